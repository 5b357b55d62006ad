/*
 * Invariants: what is always so, unless ctxtrace itself is wrong.
 *
 * With CTXTRACE_ASSERT (an option of CMake, on in debug builds, with sanitizers, and where warnings
 * are errors, which is where it is worked on) a broken one ends the process and says where. Without
 * it, nothing is computed: the program that is recorded is somebody else's, and must not end for a
 * mistake of ours. So an invariant never checks what comes from outside.
 */
#ifndef CTXTRACE_BASE_INVARIANT_H
#define CTXTRACE_BASE_INVARIANT_H

#ifdef CTXTRACE_ASSERT
#define INVARIANTS 1
#define invariant(condition)                                                                       \
    (__builtin_expect(!(condition), 0) ? invariant_broken(#condition, __FILE__, __LINE__) : (void)0)
#else
#define INVARIANTS           0
#define invariant(condition) ((void)(0 && (condition)))
#endif

/* Makes system calls only: it may be called from anywhere. */
__attribute__((noreturn, cold)) void invariant_broken(const char *condition, const char *file,
                                                      int line);

#endif
