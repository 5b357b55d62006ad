/* Details of tasks, objects, waits and events. */
#include "base/duration.h"
#include "ctxtop/detail.h"
#include "ctxtop/elapsed.h"

#include <inttypes.h>
#include <stdio.h>

#define WAITERS_SHOWN 50

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void add_wait_line(const struct model *model, const struct snapshot_wait *wait,
                          const char *what, struct lines *out)
{
    char since[DURATION_SIZE], until[DURATION_SIZE], bound[LABEL_SIZE];
    duration_since(wait->since_ns, model->now_ns, since, sizeof since);
    duration_until(wait->until_ns, model->now_ns, until, sizeof until);
    bool gives_up = wait->until_ns != SNAPSHOT_NEVER;
    label_context(model->sample->snapshot, wait->bounded_by, bound, sizeof bound);
    lines_add(out, MEANING_WAITING, "    %-28s %-10s for %s%s%s%s%s%s", what,
              wait_operation_name(wait->operation), wait->since_at_least ? "at least " : "", since,
              gives_up ? ", gives up in " : "", gives_up ? until : "",
              wait->bounded_by == SNAPSHOT_NONE ? "" : ", ends with context ",
              wait->bounded_by == SNAPSHOT_NONE ? "" : bound);
}

static void add_waits_of_task(const struct model *model, const struct snapshot_task *task,
                              struct lines *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    if (task->wait_count == 0)
        return;
    lines_add(out, MEANING_STRONG, "Waits for");
    for (uint32_t i = 0; i < task->wait_count && i < WAITERS_SHOWN; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[task->first_wait + i];
        char object[LABEL_SIZE];
        label_object(snapshot, wait->object, object, sizeof object);
        add_wait_line(model, wait, object, out);
    }
    detail_stack(snapshot, "Waits at", snapshot->waits[task->first_wait].stack, out);
}

static void add_task_identity(const struct model *model, uint32_t index, struct lines *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_task *task = &snapshot->tasks[index];
    char label[LABEL_SIZE], id[LABEL_SIZE];
    label_task(snapshot, index, label, sizeof label);
    label_task_number(task, id, sizeof id);
    lines_add(out, MEANING_STRONG, "Task %s %s", id, task->name != 0 || task->main ? label : "");
    lines_add_field(out, "kind", "%s%s%s%s", task_kind_name(task->kind), task->main ? ", main" : "",
                    task->system ? ", of the system" : "",
                    task->locked_to_thread ? ", locked to its thread" : "");
    lines_add_field(out, "state", "%s", task_state_name(task->state));
    if (task->status != 0)
        lines_add_field(out, "status", "%s", snapshot_text(snapshot, task->status));
    if (task->tid != 0)
        lines_add_field(out, "thread", "%u", task->tid);
    if (task->labels != 0)
        lines_add_field(out, "labels", "%s", snapshot_text(snapshot, task->labels));
    if (task->kind == TASK_THREAD && !task->main)
        lines_add_field(out, "join", "%s",
                        task->detached ? "detached"
                        : task->joined ? "joined"
                                       : "not joined yet");
}

static void add_ancestors(const struct snapshot *snapshot, uint32_t task, struct lines *out)
{
    uint32_t count;
    const struct snapshot_ancestor *ancestors = snapshot_ancestors_of(snapshot, task, &count);
    for (uint32_t i = 0; i < count; i++) {
        char label[LABEL_SIZE], heading[LABEL_SIZE + 32];
        label_task_or_id(snapshot, snapshot_find_task(snapshot, ancestors[i].id), ancestors[i].id,
                         label, sizeof label);
        snprintf(heading, sizeof heading, i ? "Created in turn by %s at" : "Created by %s at",
                 label);
        detail_stack(snapshot, heading, ancestors[i].stack, out);
    }
}

void detail_task(const struct model *model, uint32_t index, struct lines *out)
{
    if (index == SNAPSHOT_NONE)
        return;
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_task *task = &snapshot->tasks[index];
    char label[LABEL_SIZE];
    add_task_identity(model, index, out);
    detail_moment(model, "created", task->created_ns, out);
    if (task->parent_id != 0) {
        label_task_or_id(snapshot, task->parent, task->parent_id, label, sizeof label);
        lines_add_field(out, "created by", "%s", label);
    }
    detail_moment(model, "exited", task->exited_ns, out);
    if (task->current_context != SNAPSHOT_NONE) {
        label_context(snapshot, task->current_context, label, sizeof label);
        lines_add_field(out, "context", "%s (%s)", label,
                        context_state_name(snapshot->contexts[task->current_context].state));
    }
    if (task->likely_context != SNAPSHOT_NONE) {
        label_context(snapshot, task->likely_context, label, sizeof label);
        lines_add_field(out, "works under", "%s (%s), likely", label,
                        context_state_name(snapshot->contexts[task->likely_context].state));
    }
    if (task->state == TASK_WAITING) {
        detail_fact("wakeable", task->wakeable, out);
        detail_fact("not by parent", task->wakeable_without_parent, out);
    }
    detail_finding_of(model, SUBJECT_TASK, index, out);
    add_waits_of_task(model, task, out);
    detail_stack(snapshot, "Is at", task->stack, out);
    detail_stack(snapshot, "Created at", task->creation_stack, out);
    add_ancestors(snapshot, index, out);
}

static void add_waiters_of_object(const struct model *model, const struct snapshot_object *object,
                                  struct lines *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    lines_add(out, MEANING_STRONG, "Waiters: %u", object->waiter_count);
    uint32_t shown = 0;
    for (uint32_t i = object->first_waiter; i != SNAPSHOT_NONE && shown < WAITERS_SHOWN;
         i = snapshot->waits[i].next_of_object) {
        char task[LABEL_SIZE];
        label_task(snapshot, snapshot->waits[i].task, task, sizeof task);
        add_wait_line(model, &snapshot->waits[i], task, out);
        shown++;
    }
    if (shown < object->waiter_count)
        lines_add(out, MEANING_DIM, "    ... and %u more", object->waiter_count - shown);
}

void detail_object(const struct model *model, uint32_t index, struct lines *out)
{
    if (index == SNAPSHOT_NONE)
        return;
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_object *object = &snapshot->objects[index];
    char label[LABEL_SIZE], holder[LABEL_SIZE];
    label_object(snapshot, index, label, sizeof label);
    lines_add(out, MEANING_STRONG, "Object %s", label);
    if (object->address != 0)
        lines_add_field(out, "address", "0x%" PRIx64, object->address);
    if (object->kind == OBJECT_CHANNEL)
        lines_add_field(out, "channel", "%u of %u element%s buffered%s", object->length,
                        object->capacity, plural(object->capacity),
                        object->closed ? ", closed" : "");
    if (object->type != 0)
        lines_add_field(out, "type", "%s", snapshot_text(snapshot, object->type));
    if (object->owner_task_id != 0) {
        label_task_or_id(snapshot, object->owner_task, object->owner_task_id, holder,
                         sizeof holder);
        lines_add_field(out, "held by", "%s", holder);
    }
    if (object->references != 0)
        lines_add_field(out, "references", "%u", object->references);
    detail_fact("signalable", object->signalable, out);
    detail_finding_of(model, SUBJECT_OBJECT, index, out);
    add_waiters_of_object(model, object, out);
    detail_creation(snapshot, object->creation_stack, object->creation_sampled, out);
    if (object->kind == OBJECT_CONTEXT)
        detail_context(model, object->context, out);
}

void detail_wait(const struct model *model, uint32_t index, struct lines *out)
{
    detail_task(model, model->sample->snapshot->waits[index].task, out);
}

void detail_event(const struct model *model, uint32_t index, struct lines *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_event *event = &snapshot->events[index];
    char id[LABEL_SIZE], task[LABEL_SIZE];
    label_id(event->subject_id, id, sizeof id);
    label_task_or_id(snapshot, snapshot_find_task(snapshot, event->task_id), event->task_id, task,
                     sizeof task);
    lines_add(out, MEANING_STRONG, "Event: %s %s", event_kind_name(event->kind), id);
    detail_moment(model, "when", event->time_ns, out);
    lines_add_field(out, "by", "%s", task);
    if (event->kind == EVENT_CONTEXT_ENDED)
        lines_add_field(out, "ended by", "%s", context_end_name(event->ended_by));
    if (event->text != 0 || event->code != 0)
        lines_add_field(out, "cause", "%s (code %d)", snapshot_text(snapshot, event->text),
                        event->code);
    detail_stack(snapshot, "At", event->stack, out);
    bool of_task = event->kind == EVENT_TASK_CREATED || event->kind == EVENT_TASK_EXITED ||
                   event->kind == EVENT_TASK_JOINED;
    if (of_task)
        detail_task(model, snapshot_find_task(snapshot, event->subject_id), out);
    else
        detail_context(model, snapshot_find_context(snapshot, event->subject_id), out);
}
