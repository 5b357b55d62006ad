/* Tasks, their waits, the objects that they wait for, and events: ids become indexes. */
#include "base/invariant.h"
#include "base/keys.h"
#include "snapshot/builder_state.h"

#include <stdlib.h>

static struct key_column task_ids(const struct tables *tables)
{
    return (struct key_column){.first = tables->tasks ? &tables->tasks->id : NULL,
                               .stride = sizeof *tables->tasks,
                               .count = tables->snapshot.task_count};
}

static struct key_column context_ids(const struct tables *tables)
{
    return (struct key_column){.first = tables->contexts ? &tables->contexts->id : NULL,
                               .stride = sizeof *tables->contexts,
                               .count = tables->snapshot.context_count};
}

static uint32_t find_task(const struct tables *tables, uint64_t id)
{
    struct key_column ids = task_ids(tables);
    return id == 0 ? SNAPSHOT_NONE : keys_find(&ids, id);
}

static uint32_t find_context(const struct tables *tables, uint64_t id)
{
    struct key_column ids = context_ids(tables);
    return id == 0 ? SNAPSHOT_NONE : keys_find(&ids, id);
}

/* Something has this id, and is not here. */
static enum precondition why_not_there(const struct snapshot_program *program)
{
    return program->contexts_unrecorded > 0 || program->forked_from != 0
               ? PRECONDITION_RECORDED_FROM_START
               : PRECONDITION_NO_LOSSES;
}

/* ---- tasks ---- */

static void clamp_task(struct snapshot_task *task)
{
    if (task->kind >= TASK_KIND_COUNT)
        task->kind = TASK_THREAD;
    if (task->state >= TASK_STATE_COUNT)
        task->state = TASK_STATE_UNKNOWN;
}

static void take_task(const struct snapshot_builder *builder, struct tables *tables,
                      const struct pending_task *pending, struct repairs *repairs)
{
    invariant(tables->snapshot.task_count < builder->task_count);
    struct snapshot_task *task = &tables->tasks[tables->snapshot.task_count++];
    *task = pending->task;
    clamp_task(task);
    check_stack(builder, &task->creation_stack, repairs);
    check_stack(builder, &task->stack, repairs);
    task->current_context = find_context(tables, pending->current_context_id);
    task->current_context_unknown =
        pending->current_context_id != 0 && task->current_context == SNAPSHOT_NONE;
    task->likely_context = find_context(tables, task->likely_context_id);
    task->start_context = find_context(tables, pending->start_context_id);
    task->parent = SNAPSHOT_NONE;
    task->first_wait = SNAPSHOT_NONE;
    task->wait_count = 0;
}

static void link_creators(struct tables *tables)
{
    uint64_t last_id = 0;
    uint32_t last = SNAPSHOT_NONE;
    for (uint32_t i = 0; i < tables->snapshot.context_count; i++) {
        struct snapshot_context *context = &tables->contexts[i];
        if (context->creator_task_id != last_id) {
            last_id = context->creator_task_id;
            last = find_task(tables, last_id);
        }
        context->creator_task = last;
        if (context->canceller_task_id != 0)
            context->canceller_task = find_task(tables, context->canceller_task_id);
    }
    for (uint32_t i = 0; i < tables->snapshot.task_count; i++) {
        struct snapshot_task *task = &tables->tasks[i];
        task->parent =
            task->parent_id == task->id ? SNAPSHOT_NONE : find_task(tables, task->parent_id);
    }
}

/* Whoever follows parents must come to an end: cycles are cut. `marks` has a number per task. */
static void cut_task_cycles(struct tables *tables, uint32_t *marks, struct repairs *repairs)
{
    for (uint32_t i = 0; i < tables->snapshot.task_count; i++) {
        uint32_t task = i, before = SNAPSHOT_NONE;
        while (task != SNAPSHOT_NONE && marks[task] == 0) {
            marks[task] = i + 1;
            before = task;
            task = tables->tasks[task].parent;
        }
        if (task != SNAPSHOT_NONE && before != SNAPSHOT_NONE && marks[task] == i + 1) {
            tables->tasks[before].parent = SNAPSHOT_NONE;
            repairs->cut_task_parents++;
        }
    }
}

bool link_tasks(struct snapshot_builder *builder, struct tables *tables, struct repairs *repairs)
{
    size_t count = builder->task_count;
    struct key_column pending_ids = {.first = count ? &builder->tasks->task.id : NULL,
                                     .stride = sizeof *builder->tasks,
                                     .count = count};
    uint32_t *order = keys_order(&pending_ids);
    uint32_t *marks = calloc(count + 1, sizeof *marks);
    tables->tasks = malloc((count + 1) * sizeof *tables->tasks);
    bool done = order && marks && tables->tasks;
    if (done) {
        uint64_t last_id = 0;
        for (size_t i = 0; i < count; i++) {
            const struct pending_task *pending = &builder->tasks[order[i]];
            if (pending->task.id == last_id) {
                repairs->repeated_tasks++;
                continue;
            }
            last_id = pending->task.id;
            take_task(builder, tables, pending, repairs);
        }
        link_creators(tables);
        cut_task_cycles(tables, marks, repairs);
    }
    free(order);
    free(marks);
    return done;
}

/* ---- objects ---- */

static void link_objects(struct snapshot_builder *builder, struct tables *tables,
                         struct repairs *repairs)
{
    tables->objects = builder->objects;
    tables->snapshot.object_count = (uint32_t)builder->object_count;
    builder->objects = NULL;
    for (uint32_t i = 0; i < tables->snapshot.object_count; i++) {
        struct snapshot_object *object = &tables->objects[i];
        uint64_t key = builder->object_keys[i];
        if (object->kind >= OBJECT_KIND_COUNT)
            object->kind = OBJECT_UNKNOWN;
        check_stack(builder, &object->creation_stack, repairs);
        object->context =
            object->kind == OBJECT_CONTEXT ? find_context(tables, key) : SNAPSHOT_NONE;
        object->task = object->kind == OBJECT_TASK ? find_task(tables, key) : SNAPSHOT_NONE;
        object->owner_task = find_task(tables, object->owner_task_id);
        object->waiter_count = 0;
        object->first_waiter = SNAPSHOT_NONE;
    }
}

/* ---- waits ---- */

/* Copies the waits that have a task and an object, in the order in which they were added. */
static void take_waits(struct snapshot_builder *builder, struct tables *tables,
                       struct snapshot_wait *waits, struct repairs *repairs)
{
    uint32_t kept = 0;
    for (size_t i = 0; i < builder->wait_count; i++) {
        const struct pending_wait *pending = &builder->waits[i];
        struct snapshot_wait wait = pending->wait;
        wait.task = find_task(tables, pending->task_id);
        if (wait.task == SNAPSHOT_NONE || wait.object >= tables->snapshot.object_count) {
            repairs->lost_waits++;
            continue;
        }
        wait.bounded_by = find_context(tables, pending->bounded_by_id);
        wait.bound_missing = PRECONDITION_NONE;
        if (pending->bounded_by_id != 0 && wait.bounded_by == SNAPSHOT_NONE)
            wait.bound_missing = (uint8_t)why_not_there(&builder->program);
        wait.next_of_object = SNAPSHOT_NONE;
        if (wait.operation >= WAIT_OPERATION_COUNT)
            wait.operation = WAIT_UNKNOWN;
        check_stack(builder, &wait.stack, repairs);
        tables->tasks[wait.task].wait_count++;
        waits[kept++] = wait;
    }
    tables->snapshot.wait_count = kept;
}

/* Brings the waits of each task together: counted by take_waits(), now distributed. */
static void gather_waits(struct tables *tables, const struct snapshot_wait *waits)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < tables->snapshot.task_count; i++) {
        struct snapshot_task *task = &tables->tasks[i];
        if (task->wait_count == 0)
            continue;
        task->first_wait = next;
        next += task->wait_count;
        task->wait_count = 0;
    }
    invariant(next == tables->snapshot.wait_count);
    for (uint32_t i = 0; i < tables->snapshot.wait_count; i++) {
        struct snapshot_task *task = &tables->tasks[waits[i].task];
        tables->waits[task->first_wait + task->wait_count++] = waits[i];
    }
}

static void link_waiters(struct tables *tables)
{
    for (uint32_t i = tables->snapshot.wait_count; i-- > 0;) {
        struct snapshot_wait *wait = &tables->waits[i];
        struct snapshot_object *object = &tables->objects[wait->object];
        wait->next_of_object = object->first_waiter;
        object->first_waiter = i;
        object->waiter_count++;
    }
}

bool link_waits(struct snapshot_builder *builder, struct tables *tables, struct repairs *repairs)
{
    link_objects(builder, tables, repairs);
    struct snapshot_wait *waits = malloc((builder->wait_count + 1) * sizeof *waits);
    tables->waits = malloc((builder->wait_count + 1) * sizeof *tables->waits);
    if (!waits || !tables->waits) {
        free(waits);
        return false;
    }
    take_waits(builder, tables, waits, repairs);
    gather_waits(tables, waits);
    link_waiters(tables);
    free(waits);
    return true;
}

/* ---- events ---- */

bool link_events(struct snapshot_builder *builder, struct tables *tables)
{
    size_t count = builder->event_count;
    struct key_column times = {.first = count ? &builder->events->time_ns : NULL,
                               .stride = sizeof *builder->events,
                               .count = count,
                               .is_signed = true};
    struct repairs ignored = {0};
    tables->snapshot.event_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        check_stack(builder, &builder->events[i].stack, &ignored);
    if (keys_ascend(&times)) {
        tables->events = builder->events;
        builder->events = NULL;
        return true;
    }
    uint32_t *order = keys_order(&times);
    tables->events = malloc((count + 1) * sizeof *tables->events);
    bool done = order && tables->events;
    for (size_t i = 0; done && i < count; i++)
        tables->events[i] = builder->events[order[i]];
    free(order);
    return done;
}
