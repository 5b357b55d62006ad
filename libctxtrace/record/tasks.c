/*
 * Tasks: the threads of the program, and what it describes as tasks of its own.
 *
 * A thread whose creation was not seen becomes a task with the first thing that it records. One
 * that was created with a slot (ctxt_go, the preload) is bound to that slot instead.
 */
#include "record/events.h"
#include "record/lifecycle.h"
#include "record/open_waits.h"
#include "record/own_task.h"
#include "record/stacks.h"
#include "record/texts.h"

#include <pthread.h>

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

/* ---- the calling thread as a task ---- */

void record_task_bind(struct record_slot *slot)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_TASKS, slot);
    if (words) {
        if (thread->task.id && !thread->bound)
            task_free(thread, &thread->task);
        thread->task = *slot;
        thread->bound = true;
        task_run_as(thread, slot);
        uint32_t tid = recorder_thread_id();
        /* Its creator may be detaching or naming it this very moment. */
        lock_take(&recorder.ends_lock);
        uint64_t sequence = slot_begin(words);
        word_set(words, TASK_THREAD_AND_STATE, word_get(words, TASK_THREAD_AND_STATE) | tid);
        word_set(words, TASK_HANDLE, (uint64_t)pthread_self());
        slot_end(words, sequence);
        lock_release(&recorder.ends_lock);
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
        word_set(
            words, TASK_THREAD_AND_STATE,
            task_packed((uint32_t)word_get(words, TASK_THREAD_AND_STATE), TASK_ORIGIN_CALLBACK));
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
    task_run_as(thread, slot && recorder_current(AREA_TASKS, slot) ? slot : &thread->task);
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
                                   .origin = task->origin,
                                   .function = task->function};
        task_fill(thread, recorder_slot(AREA_TASKS, slot->index), slot->id, &created);
        event_write(thread, &(struct event){.kind = EVENT_TASK_CREATED,
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
        lock_take(&recorder.ends_lock);
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
            task_run_as(thread, &thread->task);
        bool last = (flags & SEGMENT_EXITED) && (flags & (SEGMENT_JOINED | SEGMENT_DETACHED));
        if (last)
            task_free(thread, slot);
        lock_release(&recorder.ends_lock);
    }
    recorder_leave(thread);
}

void record_task_exited(struct record_slot *slot)
{
    end_half(slot, SEGMENT_EXITED, EVENT_TASK_EXITED);
}

void record_task_joined(struct record_slot *slot)
{
    end_half(slot, SEGMENT_JOINED, EVENT_TASK_JOINED);
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
    lock_take(&recorder.ends_lock);
    uint64_t before = word_get(words, TASK_NAME);
    change(words, TASK_NAME, text);
    lock_release(&recorder.ends_lock);
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
