#include "segment/read_tasks.h"

#include "base/array.h"
#include "base/invariant.h"
#include "base/sorted.h"

#include <stdlib.h>
#include <string.h>

static bool visit_task(void *state, uint64_t index, const uint64_t *words)
{
    struct reading *reading = state;
    (void)index;
    if (!ARRAY_ROOM(reading->tasks, reading->task_capacity, reading->task_count + 1))
        return false;
    memcpy(reading->tasks[reading->task_count++].words, words, sizeof reading->tasks->words);
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct held_task *one = a, *other = b;
    if (one->words[TASK_ID] != other->words[TASK_ID])
        return one->words[TASK_ID] < other->words[TASK_ID] ? -1 : 1;
    return 0;
}

bool hold_tasks(struct reading *reading)
{
    if (!slots_walk(reading->file, AREA_TASKS, visit_task, reading,
                    &reading->in_flight[AREA_TASKS]))
        return false;
    if (reading->task_count > 0)
        qsort(reading->tasks, reading->task_count, sizeof *reading->tasks, by_id);
    invariant(
        SORTED_ALL(i, reading->task_count, by_id(&reading->tasks[i - 1], &reading->tasks[i]) <= 0));
    return true;
}

/* ---- after the waits are known ---- */

static enum task_kind kind_of(struct reading *reading, uint64_t origin)
{
    reading->odd_values += origin >= TASK_ORIGIN_COUNT;
    return task_kind_of((unsigned)origin);
}

static void add_whereabouts(struct reading *reading, struct snapshot_task *task)
{
    enum precondition doubt;
    const struct held_wait *wait = reading_wait_of(reading, task->id, &doubt);
    if (!wait || task->state == TASK_EXITED)
        return;
    task->state = TASK_WAITING;
    task->stack = stack_reader_find(&reading->stacks, (uint32_t)wait->words[WAIT_STACK]);
    if (doubt != PRECONDITION_NONE) {
        struct fact unknown = {.value = FACT_UNKNOWN, .missing = (uint8_t)doubt};
        task->wakeable = task->wakeable_without_parent = unknown;
    }
}

/* As the program told it by a call that was recorded, else as the kernel knows it. */
static snapshot_string name_of(struct reading *reading, const uint64_t *words)
{
    char text[THREAD_NAME_SIZE];
    uint64_t packed = words[TASK_THREAD_AND_STATE], flags = packed >> 40;
    snapshot_string name = reading_text(reading, words[TASK_NAME]);
    if (name || flags & SEGMENT_EXITED ||
        !thread_name(&reading->thread_names, (pid_t)(uint32_t)packed, text))
        return name;
    return builder_string(reading->builder, text);
}

static void add_task(struct reading *reading, const uint64_t *words)
{
    uint64_t packed = words[TASK_THREAD_AND_STATE], flags = packed >> 40;
    uint64_t origin = packed >> 32 & 0xff;
    struct snapshot_task task = {
        .id = words[TASK_ID],
        .tid = (uint32_t)packed,
        .kind = (uint8_t)kind_of(reading, origin),
        .state = flags & SEGMENT_EXITED ? TASK_EXITED : TASK_STATE_UNKNOWN,
        .main = origin == TASK_ORIGIN_MAIN,
        .system = origin == TASK_ORIGIN_CALLBACK,
        .detached = (flags & SEGMENT_DETACHED) != 0,
        .joined = (flags & SEGMENT_JOINED) != 0,
        .name = name_of(reading, words),
        .parent_id = words[TASK_PARENT_ID],
        .creation_stack = stack_reader_find(&reading->stacks, (uint32_t)words[TASK_STACK]),
        .stack = SNAPSHOT_NONE,
        .created_ns = (int64_t)words[TASK_CREATED],
        .exited_ns = flags & SEGMENT_EXITED ? (int64_t)words[TASK_EXITED_AT] : SNAPSHOT_NEVER,
    };
    reading_note_time(reading, words[TASK_CREATED]);
    reading_note_time(reading, words[TASK_EXITED_AT]);
    add_whereabouts(reading, &task);
    builder_add_task(reading->builder, &task, words[TASK_CURRENT_CONTEXT],
                     words[TASK_START_CONTEXT]);
}

bool add_tasks(struct reading *reading)
{
    for (size_t i = 0; i < reading->task_count; i++)
        add_task(reading, reading->tasks[i].words);
    return true;
}
