#include "record/own_task.h"

#include "record/open_waits.h"
#include "record/texts.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __GLIBC__
/* By what the C library writes into a mutex that it locks: without a system call. */
static uint32_t libc_thread_id(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    if (pthread_mutex_trylock(&mutex) != 0)
        return 0;
    uint32_t tid = (uint32_t)mutex.__data.__owner;
    pthread_mutex_unlock(&mutex);
    pthread_mutex_destroy(&mutex);
    return tid;
}
#else
static uint32_t libc_thread_id(void)
{
    return 0;
}
#endif

uint32_t recorder_thread_id(void)
{
    return recorder.sealed ? libc_thread_id() : (uint32_t)syscall(SYS_gettid);
}

void task_fill(struct recorder_thread *thread, segment_word *words, uint64_t id,
               const struct new_task *task)
{
    invariant(id != 0 && task->origin < TASK_ORIGIN_COUNT);
    uint64_t sequence = slot_begin(words);
    word_set(words, TASK_ID, id);
    word_set(words, TASK_PARENT_ID, task->parent_id);
    word_set(words, TASK_THREAD_AND_STATE, task_packed(task->tid, task->origin));
    word_set(words, TASK_CREATED, (uint64_t)clock_now(&thread->clock));
    word_set(words, TASK_EXITED_AT, 0);
    word_set(words, TASK_STACK, task->stack);
    word_set(words, TASK_CURRENT_CONTEXT, task->start_context_id);
    word_set(words, TASK_START_CONTEXT, task->start_context_id);
    word_set(words, TASK_NAME, task->name);
    word_set(words, TASK_START_FUNCTION, (uint64_t)(uintptr_t)task->function);
    word_set(words, TASK_HANDLE, 0);
    slot_end(words, sequence);
}

void task_free(struct recorder_thread *thread, struct record_slot *slot)
{
    segment_word *words = recorder_slot(AREA_TASKS, slot->index);
    uint64_t name = word_get(words, TASK_NAME);
    waits_end_of_task(thread, slot);
    recorder_free_slot(thread, AREA_TASKS, slot);
    text_free(thread, name);
}

void task_run_as(struct recorder_thread *thread, const struct record_slot *slot)
{
    invariant(!slot->id || record_slot_epoch(slot) == recorder_epoch());
    thread->running = *slot;
    if (thread->ring)
        word_set(thread->ring, RING_TASK_ID, slot->id);
}

void tasks_attach(struct recorder_thread *thread)
{
    invariant(!thread->task.id && !thread->running.id);
    uint32_t tid = recorder_thread_id();
    struct new_task task = {.tid = tid,
                            .origin = thread->internal                ? TASK_ORIGIN_CALLBACK
                                      : tid == (uint32_t)recorder.pid ? TASK_ORIGIN_MAIN
                                                                      : TASK_ORIGIN_THREAD};
    struct record_slot slot = {0};
    if (!recorder_take_slot(thread, AREA_TASKS, LOSS_TASKS, &slot))
        return;
    task_fill(thread, recorder_slot(AREA_TASKS, slot.index), slot.id, &task);
    thread->task = slot;
    task_run_as(thread, &slot);
}

/* The thread ends. A slot that others know is theirs to free; one made by tasks_attach() is not. */
void tasks_detach(struct recorder_thread *thread)
{
    if (thread->task.id && !thread->bound)
        task_free(thread, &thread->task);
}
