/*
 * libctxtrace-preload.so: wrappers around functions of libc, for programs that were never written
 * for libctxtrace. They describe threads and waits through the annotations of <ctxtrace/trace.h>,
 * and nothing else.
 *
 * Adding a wrapped function is one small piece: a `struct wrapped`, the function under libc's name
 * marked PRELOAD_WRAPPER, and one row in wrapped_table.c. Rules for wrappers:
 * - The fast path of the real function stays fast: try first, describe a wait only when it blocks.
 * - Calls from libctxtrace itself, and from what it calls, are passed on (from_library()).
 * - A function of which libc has several versions that differ has a wrapper for each, under its
 *   version (versions.map): a program that was linked long ago asks for the old one, whose data is
 *   laid out otherwise. Versions that are one and the same function need no more than one wrapper.
 * - What the program sees (results, errno, cancellation points) is exactly what libc does. So what
 *   is done beside the real function is done between quiet_begin() and quiet_end().
 */
#ifndef CTXTRACE_PRELOAD_PRELOAD_H
#define CTXTRACE_PRELOAD_PRELOAD_H

#include <ctxtrace/trace.h>

#include <pthread.h>

#define PRELOAD_WRAPPER __attribute__((visibility("default")))
#define OUT_OF_LINE     __attribute__((noinline))

/*
 * Where libc has two functions of one name, whoever calls by a version gets that. A module that was
 * linked without libc, or with a library that also wraps the function, calls by none: the loader
 * then takes the first definition that comes, and in libc the oldest one.
 */
#if defined(__x86_64__)
#define HAS_OLD_VERSIONS                  1
#define OLD_VERSION                       "GLIBC_2.2.5"
/* Puts `function` in the place of the oldest version of libc's function `name`, or of none. */
#define WRAPS_OLD(function, name)         __asm__(".symver " #function ", " #name "@" OLD_VERSION)
#define WRAPS_UNVERSIONED(function, name) __asm__(".symver " #function ", " #name "@CTXTRACE_ANY")
#else
#define HAS_OLD_VERSIONS 0
#endif

enum asked_version { NEWEST, OLDEST, UNVERSIONED };

/* A wrapped function: its name, and which one is meant where libc has several. */
struct wrapped {
    const char *name;
    const char *version; /* the newest; NULL: the only one */
    const char *oldest;
    void *next; /* the real one, once it has been looked up */
    enum asked_version asked;
};

/* The real function. A call of one that this libc does not have ends the program. */
void *wrapped_look_up(struct wrapped *wrapped);
static inline void *next_of(struct wrapped *wrapped)
{
    void *next = __atomic_load_n(&wrapped->next, __ATOMIC_RELAXED);
    return __builtin_expect(next != NULL, 1) ? next : wrapped_look_up(wrapped);
}

/*
 * The same for a function that we call instead and do not wrap: whoever comes behind us, too. A
 * sanitizer's runtime that comes before us would count the lock twice, once in the call that it has
 * passed to us. Until it has been looked up it is `own`, by the usual way.
 */
static inline void *next_instead(const struct wrapped *wrapped, void *own)
{
    void *next = __atomic_load_n(&wrapped->next, __ATOMIC_RELAXED);
    return __builtin_expect(next != NULL, 1) ? next : own;
}

/* The same without remembering it: NULL if there is none. */
void *wrapped_next(const struct wrapped *wrapped);

/* Finds out where they are that from_library() asks about. */
void preload_find_library(void);
/* Is this return address inside libctxtrace, or in the libunwind that it calls? */
bool from_library(const void *return_address);

/*
 * Between the two, errno may change and nothing is a cancellation point: recording may have to
 * claim memory from a file.
 */
struct quiet {
    int errno_before, cancel_state;
};
void quiet_begin(struct quiet *quiet);
void quiet_end(const struct quiet *quiet);

/* A mutex or a reader-writer lock, by its address in memory. */
struct lock_name {
    enum ctxt_wait_object object;
    const void *address;
};

#endif
