/*
 * Which waits a task is in. They nest (a callback blocks within one), and are a list from the
 * innermost outwards, in the process's own memory. It belongs to the task, not to the thread:
 * coroutines block and resume in turn in one thread, or resume in another. A task runs in one
 * thread at a time, so that its list needs no lock.
 */
#ifndef CTXTRACE_RECORD_OPEN_WAITS_H
#define CTXTRACE_RECORD_OPEN_WAITS_H

#include "record/recorder.h"

bool waits_open(struct open_waits *waits, uint64_t wait_capacity, uint64_t task_capacity);
void waits_close(struct open_waits *waits);

/*
 * Where the list of the running task begins. A thread that no task could be made for has its own.
 */
static inline uint32_t *waits_of_running(struct recorder_thread *thread)
{
    return thread->running.id ? &recorder.waits.innermost[thread->running.index]
                              : &thread->innermost_wait;
}

void waits_end_innermost(struct recorder_thread *thread, uint32_t *innermost);
void waits_end_of_task(struct recorder_thread *thread, const struct record_slot *task);
void waits_detach(struct recorder_thread *thread);

#endif
