/*
 * The recorder's life: starting, stopping, threads that come and go, fork. record.h declares what
 * the runtime calls of it.
 */
#ifndef CTXTRACE_RECORD_LIFECYCLE_H
#define CTXTRACE_RECORD_LIFECYCLE_H

#include "record/recorder.h"

/* Recording happens between these two, which give the calling thread's state. */

extern __thread struct recorder_thread *recorder_thread_pointer
    __attribute__((tls_model("initial-exec")));

/* What is rare: the thread's first record in this recording, or one that interrupts another. */
struct recorder_thread *recorder_enter_slow(void);

/* NULL: recording is off, or this call interrupts another one, which has been counted. */
static inline struct recorder_thread *recorder_enter(void)
{
    if (!recording())
        return NULL;
    struct recorder_thread *thread = recorder_thread_pointer;
    if (__builtin_expect(!thread || thread->busy || thread->epoch != recorder_epoch(), 0))
        return recorder_enter_slow();
    thread->busy = true;
    atomic_signal_fence(memory_order_acquire);
    return thread;
}

static inline void recorder_leave(struct recorder_thread *thread)
{
    invariant(thread->busy);
    atomic_signal_fence(memory_order_release);
    thread->busy = false;
}

#endif
