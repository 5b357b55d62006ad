#include "ctxtop/views/waits.h"

#include "base/duration.h"
#include "base/hash.h"
#include "ctxtop/elapsed.h"

#include <stdio.h>

int64_t wait_ends_ns(const struct snapshot *snapshot, const struct snapshot_wait *wait)
{
    int64_t ends = wait->until_ns;
    if (wait->bounded_by != SNAPSHOT_NONE) {
        int64_t deadline = snapshot->contexts[wait->bounded_by].deadline_ns;
        if (deadline < ends && deadline != SNAPSHOT_TIME_UNKNOWN)
            ends = deadline;
    }
    return ends;
}

void wait_show_since(const struct model *model, const struct snapshot_wait *wait, struct cell *out)
{
    char since[DURATION_SIZE];
    duration_since(wait->since_ns, model->now_ns, since, sizeof since);
    cell_print(out, "%s%s", wait->since_at_least ? ">" : "", since);
}

void wait_show_end(const struct model *model, const struct snapshot_wait *wait, struct cell *out)
{
    int64_t ends = wait_ends_ns(model->sample->snapshot, wait);
    cell_until(out, model, ends);
}

const struct snapshot_wait *wait_of_task(const struct snapshot *snapshot, uint32_t index)
{
    const struct snapshot_task *task = &snapshot->tasks[index];
    const struct snapshot_wait *longest = NULL;
    for (uint32_t i = 0; i < task->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[task->first_wait + i];
        if (!longest || wait->since_ns < longest->since_ns)
            longest = wait;
    }
    return longest;
}

uint64_t wait_identity(const struct snapshot *snapshot, uint32_t index)
{
    const struct snapshot_wait *wait = &snapshot->waits[index];
    uint64_t task = wait->task == SNAPSHOT_NONE ? 0 : snapshot->tasks[wait->task].id;
    uint64_t object = 0;
    if (wait->object != SNAPSHOT_NONE) {
        object = snapshot->objects[wait->object].id;
        if (object == 0)
            object = snapshot->objects[wait->object].address;
        object = object * 64 + snapshot->objects[wait->object].kind;
    }
    /* Any mixing that keeps the pairs of one program apart will do. */
    return hash_scatter(task) ^ (object + (task << 7));
}

void object_add_words(const struct snapshot *snapshot, uint32_t index, struct words *out)
{
    if (index == SNAPSHOT_NONE)
        return;
    const struct snapshot_object *object = &snapshot->objects[index];
    words_add(out, "kind", object_kind_name(object->kind));
    words_add_string(out, "name", snapshot, object->name);
    words_add_string(out, "type", snapshot, object->type);
    if (object->kind == OBJECT_CONTEXT && object->context != SNAPSHOT_NONE)
        words_add_string(out, "context", snapshot, snapshot->contexts[object->context].name);
}

void wait_add_words(const struct snapshot *snapshot, const struct snapshot_wait *wait,
                    struct words *out)
{
    words_add(out, "operation", wait_operation_name(wait->operation));
    if (wait->bounded_by != SNAPSHOT_NONE)
        words_add_string(out, "context", snapshot, snapshot->contexts[wait->bounded_by].name);
    words_add_site(out, snapshot, wait->stack);
}

void task_add_words(const struct model *model, uint32_t index, struct words *out)
{
    if (index == SNAPSHOT_NONE)
        return;
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_task *task = &snapshot->tasks[index];
    const struct finding *finding = sample_finding(model->sample, SUBJECT_TASK, index);
    words_add_string(out, "name", snapshot, task->name);
    words_add(out, "state", task_state_name(task->state));
    words_add_string(out, "status", snapshot, task->status);
    words_add_string(out, "labels", snapshot, task->labels);
    uint32_t context = task_works_under(task);
    if (context != SNAPSHOT_NONE)
        words_add_string(out, "context", snapshot, snapshot->contexts[context].name);
    if (finding)
        words_add(out, "finding", finding->rule->name);
    words_add_task_number(out, task);
}

bool task_is_hidden(const struct model *model, uint32_t index)
{
    if (index == SNAPSHOT_NONE)
        return false;
    const struct snapshot_task *task = &model->sample->snapshot->tasks[index];
    return (task->system && !model->show_system) ||
           (task->state == TASK_EXITED && model->hide_ended);
}
