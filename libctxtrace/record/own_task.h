/*
 * The slots of tasks. A thread whose creation was not seen becomes a task of its own with the first
 * thing that it records.
 */
#ifndef CTXTRACE_RECORD_OWN_TASK_H
#define CTXTRACE_RECORD_OWN_TASK_H

#include "record/recorder.h"

struct new_task {
    uint64_t parent_id, start_context_id, name;
    uint32_t tid, stack;
    uint8_t origin;
    const void *function;
};

static inline uint64_t task_packed(uint32_t tid, uint8_t origin)
{
    return tid | (uint64_t)origin << 32;
}

void task_fill(struct recorder_thread *thread, segment_word *words, uint64_t id,
               const struct new_task *task);
void task_free(struct recorder_thread *thread, struct record_slot *slot);

/* From now on the thread runs as this task. */
void task_run_as(struct recorder_thread *thread, const struct record_slot *slot);

/* The calling thread's, as the kernel numbers it. */
uint32_t recorder_thread_id(void);

void tasks_attach(struct recorder_thread *thread);
void tasks_detach(struct recorder_thread *thread);

#endif
