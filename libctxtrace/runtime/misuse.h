/* Reporting misuse of the library: see ctxt_set_misuse_handler(). */
#ifndef CTXTRACE_RUNTIME_MISUSE_H
#define CTXTRACE_RUNTIME_MISUSE_H

#include <ctxtrace/base.h>

/*
 * `function` is the public function that was misused, `context` what it was misused on (may be
 * NULL). Sets errno to EINVAL. Returns only if the program's handler does.
 */
__attribute__((cold, format(printf, 3, 4))) void misuse(const char *function, const void *context,
                                                        const char *format, ...);

/* CTXTRACE_DEBUG=1: contexts are never reused, and remember the stack of their last reference. */
extern bool misuse_debug_mode; /* set before main */
static inline bool misuse_debug(void)
{
    return __builtin_expect(misuse_debug_mode, 0);
}

/* In debug mode: remembers where `context` lost its last reference. */
void misuse_remember_release(const void *context);

#endif
