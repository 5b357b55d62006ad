/*
 * The recorder's life: starting, stopping, threads that come and go, fork. record.h declares what
 * the runtime calls of it.
 */
#ifndef CTXTRACE_RECORD_LIFECYCLE_H
#define CTXTRACE_RECORD_LIFECYCLE_H

#include "record/recorder.h"

/* Recording happens between these two, which give the calling thread's state. */

/* NULL: recording is off, or this call interrupts another one, which has been counted. */
struct recorder_thread *recorder_enter(void);
static inline void recorder_leave(struct recorder_thread *thread)
{
    invariant(thread->busy);
    atomic_signal_fence(memory_order_release);
    thread->busy = false;
}

#endif
