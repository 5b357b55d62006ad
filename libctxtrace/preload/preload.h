/*
 * libctxtrace-preload.so: wrappers around functions of libc, for programs that were never written
 * for libctxtrace. They describe threads and waits through the annotations of <ctxtrace/trace.h>,
 * and nothing else.
 *
 * Adding a wrapped function is one small piece: a `struct wrapped`, the function under libc's name
 * marked PRELOAD_WRAPPER, and one row in wrapped_table.c. Rules for wrappers:
 * - The fast path of the real function stays fast: try first, describe a wait only when it blocks.
 * - Calls that come from libctxtrace itself are passed on (from_library()).
 * - What the program sees (results, errno, cancellation points) is exactly what libc does.
 */
#ifndef CTXTRACE_PRELOAD_PRELOAD_H
#define CTXTRACE_PRELOAD_PRELOAD_H

#include <ctxtrace/trace.h>
#include <pthread.h>

#define PRELOAD_WRAPPER __attribute__((visibility("default")))

/* A wrapped function: its name, and the version of libc's that is meant where there are several. */
struct wrapped {
    const char *name;
    const char *version; /* NULL: the only one */
    void *next;          /* the real one, once it has been looked up */
};

/* Ends with NULL. */
extern struct wrapped *const wrapped_table[];

/* The real function. */
void *wrapped_look_up(struct wrapped *wrapped);
static inline void *next_of(struct wrapped *wrapped)
{
    void *next = __atomic_load_n(&wrapped->next, __ATOMIC_RELAXED);
    return __builtin_expect(next != NULL, 1) ? next : wrapped_look_up(wrapped);
}

/* Is this return address inside libctxtrace? */
bool from_library(const void *return_address);

/* ---- threads that the program has made, by their handle and by their tid ---- */

void threads_add(pthread_t handle, ctxt_task_id_t task);
/* The task of a handle, 0 if it is not known. */
ctxt_task_id_t threads_find(pthread_t handle);
/* Forgets it: it was joined, or is detached and has ended. */
void threads_remove(pthread_t handle);
/* The calling thread is this task. */
void threads_bind(ctxt_task_id_t task);
void threads_unbind(void);
/* The task of the thread with this tid, 0 if it is not known. */
ctxt_task_id_t threads_of_tid(int tid);

/* ---- waits ---- */

/* A time of `clock` on the monotonic one; CTXT_NEVER for NULL. */
int64_t wait_until(clockid_t clock, const struct timespec *until);
/* Begins a wait on an object at `address` until a time of `clock`, NULL for no limit. */
uint32_t wait_begin(enum ctxt_wait_object object, enum ctxt_wait_operation operation,
                    const void *address, ctxt_task_id_t owner, clockid_t clock,
                    const struct timespec *until);
/* For pthread_cleanup_push: `token` points to the token. */
void wait_end_at(void *token);

#endif
