#include "findings/waiting.h"

#include "findings/evidence.h"

uint32_t context_of_task(const struct snapshot *snapshot, uint32_t task)
{
    const struct snapshot_task *it = &snapshot->tasks[task];
    if (it->current_context != SNAPSHOT_NONE || it->current_context_unknown)
        return it->current_context;
    return it->start_context;
}

uint32_t context_to_obey(const struct snapshot *snapshot, uint32_t task, bool *likely)
{
    uint32_t recorded = context_of_task(snapshot, task);
    const struct snapshot_task *it = &snapshot->tasks[task];
    *likely = recorded == SNAPSHOT_NONE && !it->current_context_unknown;
    return *likely ? it->likely_context : recorded;
}

bool task_is_programs_own(const struct snapshot_task *task)
{
    return task->state != TASK_EXITED && !task->system && task->kind != TASK_CALLBACK;
}

bool task_keeps_program(const struct snapshot *snapshot, const struct snapshot_task *task)
{
    return task->main && snapshot->program.main_may_block;
}

uint32_t wait_cases(const struct snapshot *snapshot, const struct snapshot_wait *wait)
{
    const struct snapshot_task *task = &snapshot->tasks[wait->task];
    uint32_t cases = 0;
    if (wait->group == 0)
        return 1;
    for (uint32_t i = 0; i < task->wait_count; i++)
        cases += snapshot->waits[task->first_wait + i].group == wait->group;
    return cases;
}

struct fact wait_has_way_out(const struct snapshot *snapshot, const struct snapshot_wait *wait)
{
    if (wait->until_ns != SNAPSHOT_NEVER)
        return (struct fact){.value = FACT_YES};
    if (wait->bound_missing != PRECONDITION_NONE)
        return (struct fact){.value = FACT_UNKNOWN, .missing = wait->bound_missing};
    if (wait->bounded_by == SNAPSHOT_NONE)
        return (struct fact){.value = FACT_NO};
    return snapshot_can_end(snapshot, wait->bounded_by);
}

uint32_t task_waited_for(const struct snapshot *snapshot, uint32_t task)
{
    const struct snapshot_task *it = &snapshot->tasks[task];
    if (it->state == TASK_EXITED || it->wait_count != 1)
        return SNAPSHOT_NONE;
    const struct snapshot_wait *wait = &snapshot->waits[it->first_wait];
    const struct snapshot_object *object = &snapshot->objects[wait->object];
    if (wait->may_be_over)
        return SNAPSHOT_NONE;

    uint32_t other = SNAPSHOT_NONE;
    if (wait->operation == WAIT_LOCK || wait->operation == WAIT_READ_LOCK)
        other = object->owner_task;
    else if (wait->operation == WAIT_JOIN && object->kind == OBJECT_TASK)
        other = object->task;
    if (other == SNAPSHOT_NONE || snapshot->tasks[other].state == TASK_EXITED)
        return SNAPSHOT_NONE;
    return other;
}

/* ---- obedience ---- */

static bool waits_for_context(const struct snapshot *snapshot, const struct snapshot_wait *wait)
{
    return wait->bounded_by != SNAPSHOT_NONE || wait->bound_missing != PRECONDITION_NONE ||
           wait->operation == WAIT_DONE || snapshot->objects[wait->object].kind == OBJECT_CONTEXT;
}

static bool waits_for_others_to_end(const struct snapshot_wait *wait)
{
    return wait->operation == WAIT_JOIN || wait->operation == WAIT_GROUP_EMPTY;
}

/* What the waits of one task have in common. */
struct waits_summary {
    bool watches_context; /* some context's end ends the wait */
    bool for_others;      /* waits for tasks to end */
    bool timed;           /* gives up by itself */
};

static struct waits_summary summarize(const struct snapshot *snapshot,
                                      const struct snapshot_task *task)
{
    struct waits_summary summary = {0};
    for (uint32_t i = 0; i < task->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[task->first_wait + i];
        summary.watches_context |= waits_for_context(snapshot, wait);
        summary.for_others |= waits_for_others_to_end(wait);
        summary.timed |= wait->until_ns != SNAPSHOT_NEVER;
    }
    return summary;
}

static enum obedience after_the_end(const struct snapshot *snapshot,
                                    const struct thresholds *thresholds,
                                    const struct snapshot_task *task,
                                    const struct snapshot_context *context)
{
    if (!has_lasted(snapshot, context->ended_ns, thresholds->max_lag_ns))
        return OBEYS;
    if (context->canceller_task_id != 0 && context->canceller_task_id == task->id)
        return OBEYS;
    struct waits_summary waits = summarize(snapshot, task);
    if (waits.watches_context || waits.for_others)
        return OBEYS;
    if (waits.timed)
        return KEEPS_RUNNING;
    return task->wait_count > 0 || task->state == TASK_WAITING ? KEEPS_WAITING : KEEPS_RUNNING;
}

/* A function that runs when the context ends can be what wakes the task. */
static bool has_after_func(const struct snapshot *snapshot, const struct snapshot_context *context)
{
    uint32_t child = context->first_child;
    for (; child != SNAPSHOT_NONE; child = snapshot->contexts[child].next_sibling) {
        if (snapshot->contexts[child].kind == CONTEXT_AFTER_FUNC)
            return true;
    }
    return false;
}

/*
 * Waits that may well last as long as the context: for a lock, which is short by nature; for a new
 * connection or any of many descriptors, which servers do all day; for something that another part
 * of the program can still signal, because that is how a pool of workers is stopped.
 */
static bool may_last(const struct snapshot *snapshot, const struct snapshot_wait *wait)
{
    switch (wait->operation) {
    case WAIT_LOCK:
    case WAIT_READ_LOCK:
    case WAIT_ACCEPT:
    case WAIT_POLL:
    case WAIT_SLEEP:
        return true;
    default:
        return snapshot->objects[wait->object].signalable.value != FACT_UNKNOWN;
    }
}

static enum obedience before_the_end(const struct snapshot *snapshot,
                                     const struct thresholds *thresholds,
                                     const struct snapshot_task *task, uint32_t context)
{
    if (task->wait_count != 1 || snapshot_can_end(snapshot, context).value != FACT_YES)
        return OBEYS;
    const struct snapshot_wait *wait = &snapshot->waits[task->first_wait];
    struct waits_summary summary = summarize(snapshot, task);
    if (summary.watches_context || summary.for_others || summary.timed || may_last(snapshot, wait))
        return OBEYS;
    if (!has_lasted(snapshot, wait->since_ns, thresholds->min_age_ns))
        return OBEYS;
    return has_after_func(snapshot, &snapshot->contexts[context]) ? OBEYS : MAY_NOT_NOTICE_AN_END;
}

enum obedience task_obedience(const struct snapshot *snapshot, const struct thresholds *thresholds,
                              uint32_t task, uint32_t *wait)
{
    const struct snapshot_task *it = &snapshot->tasks[task];
    bool likely;
    uint32_t context = context_to_obey(snapshot, task, &likely);
    *wait = it->wait_count > 0 ? it->first_wait : SNAPSHOT_NONE;
    if (context == SNAPSHOT_NONE || !task_is_programs_own(it))
        return OBEYS;
    const struct snapshot_context *bound = &snapshot->contexts[context];
    if (bound->state == CONTEXT_ENDING)
        return OBEYS; /* it has not heard of the end yet */
    if (bound->state == CONTEXT_STATE_UNKNOWN)
        return OBEYS; /* for all that is known */
    if (bound->state != CONTEXT_OPEN)
        return after_the_end(snapshot, thresholds, it, bound);
    return it->main || likely ? OBEYS : before_the_end(snapshot, thresholds, it, context);
}
