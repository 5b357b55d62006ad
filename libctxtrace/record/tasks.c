/*
 * Tasks: the threads of the program, and what it describes as tasks of its own.
 *
 * A thread whose creation was not seen becomes a task with the first thing that it records. One
 * that was created with a slot (ctxt_go, the preload) is bound to that slot instead.
 */
#include "record/recorder.h"

#include "record/capture.h"
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t packed(uint32_t tid, uint8_t kind, uint8_t flags)
{
    return tid | (uint64_t)kind << 32 | (uint64_t)flags << 40;
}

static uint8_t flags_of(const segment_word *words)
{
    return (uint8_t)(word_get(words, TASK_THREAD_AND_STATE) >> 40);
}

static void change(segment_word *words, unsigned word, uint64_t value)
{
    uint64_t sequence = slot_begin(words);
    word_set(words, word, value);
    slot_end(words, sequence);
}

static void set_flags(segment_word *words, uint8_t flags)
{
    change(words, TASK_THREAD_AND_STATE,
           word_get(words, TASK_THREAD_AND_STATE) | (uint64_t)flags << 40);
}

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

struct new_task {
    uint64_t parent_id, start_context_id, name;
    uint32_t tid, stack;
    uint8_t kind;
    const void *function;
};

static void fill(struct recorder_thread *thread, segment_word *words, uint64_t id,
                 const struct new_task *task)
{
    uint64_t sequence = slot_begin(words);
    word_set(words, TASK_ID, id);
    word_set(words, TASK_PARENT_ID, task->parent_id);
    word_set(words, TASK_THREAD_AND_STATE, packed(task->tid, task->kind, 0));
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

static void free_task(struct recorder_thread *thread, struct record_slot *slot)
{
    segment_word *words = recorder_slot(AREA_TASKS, slot->index);
    uint64_t name = word_get(words, TASK_NAME);
    waits_end_of_task(thread, slot);
    recorder_free_slot(thread, AREA_TASKS, slot);
    text_free(thread, name);
}

/* ---- the calling thread as a task ---- */

static void run_as(struct recorder_thread *thread, const struct record_slot *slot)
{
    thread->running = *slot;
    if (thread->ring)
        word_set(thread->ring, RING_TASK_ID, slot->id);
}

void tasks_attach(struct recorder_thread *thread)
{
    uint32_t tid = recorder_thread_id();
    struct new_task task = {.tid = tid,
                            .kind = thread->internal                ? SEGMENT_CALLBACK
                                    : tid == (uint32_t)recorder.pid ? SEGMENT_MAIN
                                                                    : SEGMENT_THREAD};
    struct record_slot slot = {0};
    if (!recorder_take_slot(thread, AREA_TASKS, LOSS_TASKS, &slot))
        return;
    fill(thread, recorder_slot(AREA_TASKS, slot.index), slot.id, &task);
    thread->task = slot;
    run_as(thread, &slot);
}

/* The thread ends. A slot that others know is theirs to free; one made by tasks_attach() is not. */
void tasks_detach(struct recorder_thread *thread)
{
    if (thread->task.id && !thread->bound)
        free_task(thread, &thread->task);
}

void record_task_bind(struct record_slot *slot)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_TASKS, slot);
    if (words) {
        if (thread->task.id && !thread->bound)
            free_task(thread, &thread->task);
        thread->task = *slot;
        thread->bound = true;
        run_as(thread, slot);
        uint32_t tid = recorder_thread_id();
        /* Its creator may be detaching or naming it this very moment. */
        pthread_mutex_lock(&recorder.ends_mutex);
        uint64_t sequence = slot_begin(words);
        word_set(words, TASK_THREAD_AND_STATE, word_get(words, TASK_THREAD_AND_STATE) | tid);
        word_set(words, TASK_HANDLE, (uint64_t)pthread_self());
        slot_end(words, sequence);
        pthread_mutex_unlock(&recorder.ends_mutex);
    }
    recorder_leave(thread);
}

void record_thread_is_internal(const char *name)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    thread->internal = true;
    segment_word *words = recorder_current(AREA_TASKS, &thread->task);
    if (words) {
        uint64_t text = text_store(thread, name);
        uint64_t sequence = slot_begin(words);
        word_set(words, TASK_THREAD_AND_STATE,
                 packed((uint32_t)word_get(words, TASK_THREAD_AND_STATE), SEGMENT_CALLBACK, 0));
        word_set(words, TASK_NAME, text);
        slot_end(words, sequence);
    }
    recorder_leave(thread);
}

void record_task_current(uint64_t context_id)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_TASKS, &thread->running);
    if (words)
        word_set(words, TASK_CURRENT_CONTEXT, context_id);
    recorder_leave(thread);
}

void record_task_current_as_started(void)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_TASKS, &thread->running);
    if (words)
        word_set(words, TASK_CURRENT_CONTEXT, word_get(words, TASK_START_CONTEXT));
    recorder_leave(thread);
}

void record_task_switch(struct record_slot *slot)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    run_as(thread, slot && recorder_current(AREA_TASKS, slot) ? slot : &thread->task);
    recorder_leave(thread);
}

uint64_t record_self_id(void)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return 0;
    uint64_t id = thread->running.id;
    recorder_leave(thread);
    return id;
}

/* ---- tasks that have a slot ---- */

void record_task_created(struct record_slot *slot, const struct record_task *task)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    if (recorder_take_slot(thread, AREA_TASKS, LOSS_TASKS, slot)) {
        struct new_task created = {.parent_id = thread->running.id,
                                   .start_context_id = task->start_context_id,
                                   .name = text_store(thread, task->name),
                                   .stack = stack_here(NULL),
                                   .kind = task->kind,
                                   .function = task->function};
        fill(thread, recorder_slot(AREA_TASKS, slot->index), slot->id, &created);
        event_write(thread, &(struct event){.kind = SEGMENT_TASK_CREATED,
                                            .time_ns = clock_now(&thread->clock),
                                            .task_id = created.parent_id,
                                            .subject_id = slot->id,
                                            .parent_id = created.parent_id,
                                            .stack = created.stack});
    }
    recorder_leave(thread);
}

static void write_event(struct recorder_thread *thread, uint8_t kind, uint64_t id)
{
    event_write(thread, &(struct event){.kind = kind,
                                        .time_ns = clock_now(&thread->clock),
                                        .task_id = thread->running.id,
                                        .subject_id = id});
}

/* Exiting and joining, or detaching, race; whoever comes second frees the slot. */
static void end_half(struct record_slot *slot, uint8_t flag, uint8_t event)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_TASKS, slot);
    if (words) {
        if (event)
            write_event(thread, event, slot->id);
        pthread_mutex_lock(&recorder.ends_mutex);
        set_flags(words, flag);
        uint8_t flags = flags_of(words);
        if (flag == SEGMENT_EXITED) {
            waits_end_of_task(thread, slot);
            change(words, TASK_EXITED_AT, (uint64_t)clock_now(&thread->clock));
            word_set(words, TASK_CURRENT_CONTEXT, 0);
        }
        /* From here on the slot can become another task's, and this thread may still record. */
        if (flag == SEGMENT_EXITED && thread->task.id == slot->id)
            thread->task = thread->running = (struct record_slot){0};
        else if (flag == SEGMENT_EXITED && thread->running.id == slot->id)
            run_as(thread, &thread->task);
        bool last = (flags & SEGMENT_EXITED) && (flags & (SEGMENT_JOINED | SEGMENT_DETACHED));
        if (last)
            free_task(thread, slot);
        pthread_mutex_unlock(&recorder.ends_mutex);
    }
    recorder_leave(thread);
}

void record_task_exited(struct record_slot *slot)
{
    end_half(slot, SEGMENT_EXITED, SEGMENT_TASK_EXITED);
}

void record_task_joined(struct record_slot *slot)
{
    end_half(slot, SEGMENT_JOINED, SEGMENT_TASK_JOINED);
}

void record_task_detached(struct record_slot *slot)
{
    end_half(slot, SEGMENT_DETACHED, 0);
}

static void name_it(struct recorder_thread *thread, segment_word *words, const char *name)
{
    if (!words)
        return;
    uint64_t text = text_store(thread, name);
    pthread_mutex_lock(&recorder.ends_mutex);
    uint64_t before = word_get(words, TASK_NAME);
    change(words, TASK_NAME, text);
    pthread_mutex_unlock(&recorder.ends_mutex);
    text_free(thread, before);
}

void record_task_named(struct record_slot *slot, const char *name)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    name_it(thread, recorder_current(AREA_TASKS, slot), name);
    recorder_leave(thread);
}

void record_self_named(const char *name)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    name_it(thread, recorder_current(AREA_TASKS, &thread->running), name);
    recorder_leave(thread);
}
