#include "snapshot/soundness.h"

#include "base/invariant.h"

static bool is_index(uint32_t index, uint32_t count)
{
    return index < count || index == SNAPSHOT_NONE;
}

static bool is_fact(struct fact fact)
{
    return fact.value < FACT_VALUE_COUNT && fact.missing < PRECONDITION_COUNT;
}

static bool is_text(const struct snapshot *snapshot, snapshot_string string)
{
    return string < snapshot->texts_size;
}

/* ---- contexts ---- */

/* The members of the list that begins at `first`, all of which have this parent. */
static uint32_t children_from(const struct snapshot *snapshot, uint32_t first, uint32_t parent)
{
    uint32_t count = 0;
    for (uint32_t at = first; at != SNAPSHOT_NONE; at = snapshot->contexts[at].next_sibling) {
        invariant(at < snapshot->context_count && count < snapshot->context_count);
        invariant(snapshot->contexts[at].parent == parent);
        count++;
    }
    return count;
}

static void assert_context(const struct snapshot *snapshot, uint32_t index)
{
    const struct snapshot_context *context = &snapshot->contexts[index];
    invariant(context->id != 0);
    invariant(index == 0 || snapshot->contexts[index - 1].id < context->id); /* it is searched */
    invariant(context->parent < snapshot->context_count || context->parent == SNAPSHOT_NONE);
    invariant(
        context->depth ==
        (context->parent == SNAPSHOT_NONE ? 0 : snapshot->contexts[context->parent].depth + 1));
    invariant(children_from(snapshot, context->first_child, index) == context->child_count);
    invariant(is_index(context->creator_task, snapshot->task_count));
    invariant(is_index(context->canceller_task, snapshot->task_count));
    invariant(is_index(context->creation_stack, snapshot->stack_count));
    invariant(is_index(context->cancel_stack, snapshot->stack_count));
    invariant(context->kind < CONTEXT_KIND_COUNT && context->state < CONTEXT_STATE_COUNT);
    invariant(context->ended_by < CONTEXT_END_COUNT);
    invariant(is_fact(context->cancellable) && is_fact(context->held_only_by_parent));
    invariant(!snapshot->can_end || is_fact(snapshot->can_end[index]));
    invariant(is_text(snapshot, context->name) && is_text(snapshot, context->type));
    invariant(is_text(snapshot, context->key) && is_text(snapshot, context->value));
    invariant(is_text(snapshot, context->cause_text));
}

static void assert_contexts(const struct snapshot *snapshot)
{
    uint32_t linked = children_from(snapshot, snapshot->first_root, SNAPSHOT_NONE);
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        assert_context(snapshot, i);
        linked += snapshot->contexts[i].child_count;
    }
    invariant(linked == snapshot->context_count);
}

/* ---- tasks, waits, objects ---- */

static void assert_task(const struct snapshot *snapshot, uint32_t index)
{
    const struct snapshot_task *task = &snapshot->tasks[index];
    invariant(task->id != 0);
    invariant(index == 0 || snapshot->tasks[index - 1].id < task->id); /* it is searched */
    invariant(task->kind < TASK_KIND_COUNT && task->state < TASK_STATE_COUNT);
    invariant(is_fact(task->wakeable) && is_fact(task->wakeable_without_parent));
    invariant(is_index(task->parent, snapshot->task_count) && task->parent != index);
    invariant(is_index(task->current_context, snapshot->context_count));
    invariant(is_index(task->likely_context, snapshot->context_count));
    invariant(is_index(task->start_context, snapshot->context_count));
    invariant(is_index(task->creation_stack, snapshot->stack_count));
    invariant(is_index(task->stack, snapshot->stack_count));
    invariant(is_text(snapshot, task->name) && is_text(snapshot, task->status));
    if (task->wait_count == 0)
        return;
    invariant(task->first_wait < snapshot->wait_count);
    invariant(task->wait_count <= snapshot->wait_count - task->first_wait);
    for (uint32_t i = 0; i < task->wait_count; i++)
        invariant(snapshot->waits[task->first_wait + i].task == index);
}

static void assert_wait(const struct snapshot *snapshot, uint32_t index)
{
    const struct snapshot_wait *wait = &snapshot->waits[index];
    invariant(wait->task < snapshot->task_count && wait->object < snapshot->object_count);
    invariant(wait->operation < WAIT_OPERATION_COUNT && wait->bound_missing < PRECONDITION_COUNT);
    invariant(is_index(wait->next_of_object, snapshot->wait_count));
    const struct snapshot_task *task = &snapshot->tasks[wait->task];
    invariant(index >= task->first_wait && index - task->first_wait < task->wait_count);
    invariant(is_index(wait->bounded_by, snapshot->context_count));
    invariant(is_index(wait->stack, snapshot->stack_count));
}

static void assert_object(const struct snapshot *snapshot, uint32_t index)
{
    const struct snapshot_object *object = &snapshot->objects[index];
    uint32_t waiters = 0;
    for (uint32_t at = object->first_waiter; at != SNAPSHOT_NONE;
         at = snapshot->waits[at].next_of_object) {
        invariant(at < snapshot->wait_count && waiters < snapshot->wait_count);
        invariant(snapshot->waits[at].object == index);
        waiters++;
    }
    invariant(waiters == object->waiter_count);
    invariant(object->kind < OBJECT_KIND_COUNT && is_fact(object->signalable));
    invariant(is_index(object->context, snapshot->context_count));
    invariant(is_index(object->task, snapshot->task_count));
    invariant(is_index(object->owner_task, snapshot->task_count));
    invariant(is_index(object->creation_stack, snapshot->stack_count));
    invariant(is_text(snapshot, object->name) && is_text(snapshot, object->type));
}

/* ---- stacks and what is left ---- */

static void assert_stack(const struct snapshot *snapshot, const struct snapshot_stack *stack)
{
    invariant(stack->first_frame <= snapshot->frame_count);
    invariant(stack->frame_count <= snapshot->frame_count - stack->first_frame);
    invariant(is_index(stack->site, snapshot->site_count));
    invariant(is_index(stack->top_frame, snapshot->frame_count));
}

static void assert_frame(const struct snapshot *snapshot, const struct snapshot_frame *frame)
{
    invariant(is_text(snapshot, frame->function) && is_text(snapshot, frame->linkage));
    invariant(is_text(snapshot, frame->file) && is_text(snapshot, frame->module));
    invariant(is_text(snapshot, frame->build_id));
}

static void assert_site(const struct snapshot *snapshot, const struct snapshot_site *site)
{
    invariant(is_index(site->stack, snapshot->stack_count));
    invariant(is_index(site->top_frame, snapshot->frame_count));
}

static void assert_events(const struct snapshot *snapshot)
{
    const struct snapshot_event *events = snapshot->events;
    for (uint32_t i = 0; i < snapshot->event_count; i++) {
        invariant(is_index(events[i].stack, snapshot->stack_count));
        invariant(i == 0 || events[i - 1].time_ns <= events[i].time_ns);
        invariant(is_text(snapshot, events[i].text));
    }
}

void snapshot_assert_sound(const struct snapshot *snapshot)
{
    invariant(snapshot->texts_size > 0 && snapshot->texts[snapshot->texts_size - 1] == '\0');
    assert_contexts(snapshot);
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        assert_task(snapshot, i);
    for (uint32_t i = 0; i < snapshot->wait_count; i++)
        assert_wait(snapshot, i);
    for (uint32_t i = 0; i < snapshot->object_count; i++)
        assert_object(snapshot, i);
    for (uint32_t i = 0; i < snapshot->stack_count; i++)
        assert_stack(snapshot, &snapshot->stacks[i]);
    for (uint32_t i = 0; i < snapshot->frame_count; i++)
        assert_frame(snapshot, &snapshot->frames[i]);
    for (uint32_t i = 0; i < snapshot->site_count; i++)
        assert_site(snapshot, &snapshot->sites[i]);
    assert_events(snapshot);
    for (uint32_t i = 0; i < snapshot->ancestor_count; i++)
        invariant(snapshot->ancestors[i].task < snapshot->task_count &&
                  is_index(snapshot->ancestors[i].stack, snapshot->stack_count));
    for (uint32_t i = 0; i < snapshot->holder_count; i++)
        invariant(snapshot->holders[i].context < snapshot->context_count);
}
