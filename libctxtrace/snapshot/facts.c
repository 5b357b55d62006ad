/*
 * Facts that follow from others: from counted references, and from what a task waits for.
 *
 * A waiting task can be woken if any of its waits can end. A wait ends by itself (a time to give
 * up, a closed channel), by something whose fact is known (a context that can end, an object that
 * can be signalled), or when another task goes on: the holder of a mutex, the task that is joined.
 * So "can be woken" spreads along the edges "waits for that task" from what is known; it is the
 * least solution, and a cycle that nothing reaches from outside is one that cannot be woken. YES
 * spreads first, then UNKNOWN among the rest; each edge is followed once, so this is linear.
 */
#include <stdlib.h>

#include "snapshot/builder_state.h"

static struct fact known(enum fact_value value)
{
    return (struct fact){.value = (uint8_t)value, .missing = PRECONDITION_NONE};
}

static struct fact unknown(enum precondition missing)
{
    return (struct fact){.value = FACT_UNKNOWN, .missing = (uint8_t)missing};
}

static bool is_given(struct fact fact)
{
    return fact.value != FACT_UNKNOWN || fact.missing != PRECONDITION_NONE;
}

/* ---- contexts ---- */

void context_facts_from_counts(struct snapshot_context *context, enum precondition missing)
{
    bool can_be_owned = context->kind == CONTEXT_CANCEL || context->kind == CONTEXT_DEADLINE;
    bool reliable = missing == PRECONDITION_NONE;
    context->owners_counted = true;
    if (context->state != CONTEXT_OPEN) {
        context->cancellable = context->held_only_by_parent = unknown(PRECONDITION_OPEN_CONTEXT);
        return;
    }
    if (context->kind == CONTEXT_CUSTOM || context->kind == CONTEXT_UNKNOWN_KIND)
        context->cancellable = unknown(PRECONDITION_NOT_OBSERVABLE);
    else if (!can_be_owned)
        context->cancellable = known(FACT_NO);
    else if (context->owners > 0)
        context->cancellable = known(FACT_YES);
    else
        context->cancellable = reliable ? known(FACT_NO) : unknown(missing);

    if (context->owners > 0 || context->observers > 0)
        context->held_only_by_parent = known(FACT_NO);
    else
        context->held_only_by_parent = reliable ? known(FACT_YES) : unknown(missing);
}

/* ---- what one wait says ---- */

/* Either a fact, or that it is as another task's: `task` is then not SNAPSHOT_NONE. */
struct outlook {
    struct fact fact;
    uint32_t task;
};

static struct outlook by_fact(struct fact fact)
{
    return (struct outlook){.fact = fact, .task = SNAPSHOT_NONE};
}

static struct outlook by_task(uint32_t task)
{
    return (struct outlook){.fact = known(FACT_NO), .task = task};
}

static struct fact context_can_end(const struct tables *tables, uint32_t context,
                                   bool without_parent)
{
    if (context == SNAPSHOT_NONE)
        return unknown(PRECONDITION_NO_LOSSES);
    const struct snapshot_context *found = &tables->contexts[context];
    if (!without_parent || found->state != CONTEXT_OPEN)
        return tables->can_end[context];
    if (found->deadline_ns != SNAPSHOT_NEVER)
        return known(FACT_YES);
    return found->cancellable;
}

/*
 * Does the owner certainly still hold what it was seen to hold? It was ended, or blocked without a
 * break, from before it was seen until now; or it was seen in this picture.
 */
static bool still_holds(const struct tables *tables, const struct snapshot_object *object)
{
    const struct snapshot_task *owner = &tables->tasks[object->owner_task];
    if (object->owner_seen_ns == 0)
        return true;
    if (owner->state == TASK_EXITED)
        return owner->exited_ns <= object->owner_seen_ns;
    for (uint32_t i = 0; i < owner->wait_count; i++) {
        int64_t since = tables->waits[owner->first_wait + i].since_ns;
        if (since == SNAPSHOT_TIME_UNKNOWN || since > object->owner_seen_ns)
            return false;
    }
    return true;
}

static struct outlook holder_outlook(const struct tables *tables,
                                     const struct snapshot_object *object)
{
    if (object->owner_gone)
        return by_fact(known(FACT_NO));
    if (object->owner_task_id == 0)
        return by_fact(unknown(PRECONDITION_NOT_OBSERVABLE));
    if (object->owner_task == SNAPSHOT_NONE)
        return by_fact(unknown(PRECONDITION_NO_LOSSES));
    struct outlook outlook = by_task(object->owner_task);
    if (tables->tasks[object->owner_task].state == TASK_EXITED)
        outlook = by_fact(known(FACT_NO));
    if (!still_holds(tables, object))
        outlook.fact = unknown(PRECONDITION_TWO_PICTURES_AGREE);
    return outlook;
}

static struct outlook join_outlook(const struct tables *tables,
                                   const struct snapshot_object *object)
{
    if (object->task == SNAPSHOT_NONE)
        return by_fact(unknown(PRECONDITION_NO_LOSSES));
    if (tables->tasks[object->task].state == TASK_EXITED)
        return by_fact(known(FACT_YES));
    return by_task(object->task);
}

static struct outlook object_outlook(const struct tables *tables, const struct snapshot_wait *wait,
                                     bool without_parent)
{
    const struct snapshot_object *object = &tables->objects[wait->object];
    switch (object->kind) {
    case OBJECT_CONTEXT:
        return by_fact(context_can_end(tables, object->context, without_parent));
    case OBJECT_MUTEX:
        return holder_outlook(tables, object);
    case OBJECT_RWMUTEX: /* readers are not known by name */
        return object->owner_task_id || object->owner_gone ? holder_outlook(tables, object)
                                                           : by_fact(object->signalable);
    case OBJECT_TASK:
        return join_outlook(tables, object);
    case OBJECT_DESCRIPTOR:
    case OBJECT_TIMER:
        return by_fact(known(FACT_YES));
    case OBJECT_NOTHING:
        return by_fact(known(FACT_NO));
    case OBJECT_CHANNEL:
        if (object->closed)
            return by_fact(known(FACT_YES));
        return by_fact(object->signalable);
    default:
        return by_fact(object->signalable);
    }
}

static struct fact better(struct fact a, struct fact b)
{
    if (a.value == FACT_YES || b.value == FACT_YES)
        return known(FACT_YES);
    return a.value == FACT_UNKNOWN ? a : b;
}

static struct outlook wait_outlook(const struct tables *tables, const struct snapshot_wait *wait,
                                   bool without_parent)
{
    if (wait->until_ns != SNAPSHOT_NEVER)
        return by_fact(known(FACT_YES));
    struct outlook outlook = object_outlook(tables, wait, without_parent);
    if (wait->bounded_by != SNAPSHOT_NONE) {
        struct fact bound = context_can_end(tables, wait->bounded_by, without_parent);
        outlook.fact = better(outlook.fact, bound);
    } else if (wait->bound_missing != PRECONDITION_NONE) {
        outlook.fact = better(outlook.fact, unknown((enum precondition)wait->bound_missing));
    }
    if (outlook.fact.value == FACT_UNKNOWN && outlook.fact.missing == PRECONDITION_NONE)
        outlook.fact.missing = PRECONDITION_NOT_OBSERVABLE;
    return outlook;
}

/* ---- spreading ---- */

struct spread {
    struct tables *tables;
    struct fact *facts;   /* of each task */
    uint32_t *first_edge; /* of each task: the edges of those that wait for it */
    uint32_t *next_edge;  /* of each wait */
    uint32_t *queue;      /* tasks whose fact has just become known */
    uint32_t queued;
};

static void start_task(struct spread *spread, uint32_t task, bool without_parent)
{
    const struct snapshot_task *waiting = &spread->tables->tasks[task];
    struct fact given = without_parent ? waiting->wakeable_without_parent : waiting->wakeable;
    if (is_given(given)) {
        spread->facts[task] = given;
        return;
    }
    if (waiting->state != TASK_WAITING) {
        spread->facts[task] = known(FACT_YES); /* it goes on: nothing says that it will not */
        return;
    }
    if (waiting->wait_count == 0) {
        spread->facts[task] = unknown(PRECONDITION_NOT_OBSERVABLE);
        return;
    }
    struct fact fact = known(FACT_NO);
    for (uint32_t i = 0; i < waiting->wait_count; i++) {
        uint32_t index = waiting->first_wait + i;
        struct outlook outlook =
            wait_outlook(spread->tables, &spread->tables->waits[index], without_parent);
        fact = better(fact, outlook.fact);
        if (outlook.task != SNAPSHOT_NONE) {
            spread->next_edge[index] = spread->first_edge[outlook.task];
            spread->first_edge[outlook.task] = index;
        }
    }
    spread->facts[task] = fact;
}

static bool accepts(struct fact present, enum fact_value value)
{
    return value == FACT_YES ? present.value != FACT_YES : present.value == FACT_NO;
}

/* Takes `value` from the tasks that have it to those that wait for them, and on. */
static void spread_value(struct spread *spread, enum fact_value value)
{
    spread->queued = 0;
    for (uint32_t i = 0; i < spread->tables->snapshot.task_count; i++) {
        if (spread->facts[i].value == value)
            spread->queue[spread->queued++] = i;
    }
    while (spread->queued > 0) {
        uint32_t task = spread->queue[--spread->queued];
        for (uint32_t edge = spread->first_edge[task]; edge != SNAPSHOT_NONE;
             edge = spread->next_edge[edge]) {
            uint32_t waiter = spread->tables->waits[edge].task;
            if (!accepts(spread->facts[waiter], value))
                continue;
            spread->facts[waiter] = spread->facts[task];
            spread->queue[spread->queued++] = waiter;
        }
    }
}

/*
 * Strangers. A lock of the usual kinds can be unlocked by any thread, which is how a mutex is used
 * as a semaphore, and a join can be cancelled by any. So "it waits for what it holds itself", "the
 * holder has ended" and "it joins" are ways to wait for a stranger, as long as there is one that
 * goes on. Of a lock that another task holds, which is blocked itself, this is not considered: two
 * that each wait for what the other has locked do not wait for a third.
 */
static bool strangers_can_end(const struct tables *tables, const struct snapshot_wait *wait)
{
    const struct snapshot_object *object = &tables->objects[wait->object];
    if (wait->operation == WAIT_LOCK || wait->operation == WAIT_READ_LOCK)
        return wait->any_unlocks && (object->owner_gone || object->owner_task == wait->task);
    return wait->cancellable;
}

static bool somebody_goes_on(const struct spread *spread)
{
    const struct snapshot *snapshot = &spread->tables->snapshot;
    if (!snapshot->program.complete)
        return true; /* whom we do not know */
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        const struct snapshot_task *task = &spread->tables->tasks[i];
        if (task->state != TASK_EXITED && !task->system && spread->facts[i].value != FACT_NO)
            return true;
    }
    return false;
}

static void consider_strangers(struct spread *spread)
{
    const struct tables *tables = spread->tables;
    if (!somebody_goes_on(spread))
        return;
    for (uint32_t i = 0; i < tables->snapshot.wait_count; i++) {
        const struct snapshot_wait *wait = &tables->waits[i];
        struct fact *fact = &spread->facts[wait->task];
        if (fact->value == FACT_NO && strangers_can_end(tables, wait))
            *fact = unknown(PRECONDITION_NO_STRANGERS);
    }
    spread_value(spread, FACT_UNKNOWN);
}

static void work_out(struct spread *spread, bool without_parent)
{
    uint32_t count = spread->tables->snapshot.task_count;
    for (uint32_t i = 0; i < count; i++)
        spread->first_edge[i] = SNAPSHOT_NONE;
    for (uint32_t i = 0; i < count; i++)
        start_task(spread, i, without_parent);
    spread_value(spread, FACT_YES);
    spread_value(spread, FACT_UNKNOWN);
    consider_strangers(spread);
}

static void keep(const struct spread *spread, bool without_parent, enum precondition missing)
{
    for (uint32_t i = 0; i < spread->tables->snapshot.task_count; i++) {
        struct snapshot_task *task = &spread->tables->tasks[i];
        struct fact *kept = without_parent ? &task->wakeable_without_parent : &task->wakeable;
        if (is_given(*kept))
            continue;
        *kept = spread->facts[i];
        if (kept->value == FACT_NO && missing != PRECONDITION_NONE)
            *kept = unknown(missing);
    }
}

bool derive_task_facts(struct tables *tables, enum precondition missing)
{
    size_t tasks = tables->snapshot.task_count + (size_t)1;
    size_t waits = tables->snapshot.wait_count + (size_t)1;
    struct spread spread = {
        .tables = tables,
        .facts = calloc(tasks, sizeof *spread.facts),
        .first_edge = calloc(tasks, sizeof *spread.first_edge),
        .next_edge = calloc(waits, sizeof *spread.next_edge),
        .queue = calloc(tasks, sizeof *spread.queue),
    };
    bool done = spread.facts && spread.first_edge && spread.next_edge && spread.queue;
    for (int without_parent = 0; done && without_parent < 2; without_parent++) {
        work_out(&spread, without_parent);
        keep(&spread, without_parent, missing);
    }
    free(spread.facts);
    free(spread.first_edge);
    free(spread.next_edge);
    free(spread.queue);
    return done;
}
