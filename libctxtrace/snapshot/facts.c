/*
 * Facts that follow from others: from counted references, and from what a task waits for.
 *
 * A waiting task can be woken if any of its waits can end. A wait ends by itself (a time to give
 * up, a closed channel), by something whose fact is known (a context that can end, an object that
 * can be signalled), or when another task goes on: the holder of a mutex, the task that is joined.
 * So "can be woken" spreads along the edges "waits for that task" from what is known; it is the
 * least solution, and a cycle that nothing reaches from outside is one that cannot be woken. YES
 * spreads first, then UNKNOWN among the rest; each edge is followed once, so this is linear.
 *
 * Two more kinds of edges lead from many to many, and are followed in rounds.
 *
 * A channel of which a source says that only tasks hold it which are blocked (NO, its holders being
 * those that wait on it and its owner) is signalled if any of them goes on: each may be blocked in
 * a select, with a time, another channel or a context beside it, and signal it then. So a NO of a
 * channel is what is assumed first; it falls when one of the holders goes on, or may.
 *
 * A context that nobody owns any more can be owned again: an observer may take over the duty to
 * cancel it. The observers are the tasks that work under it, if there are as many; none of them
 * does that as long as it is blocked, unless it is woken before the context ends. So a NO of a
 * context falls when one of its observers goes on, or is not known.
 *
 * What falls in one round may let other tasks go on in the next. When nothing falls any more, what
 * is left holds of all of them together: whoever were to go on first would have to be woken by one
 * of the others. A NO excludes, in all: a time; what is outside of the program; a closed channel; a
 * context that can end, or is not here; a holder, joined task or observer that goes on, is not
 * known, or was seen to hold a lock before it was blocked itself; a wait that may be over; a select
 * of which a wait is missing; lost waits and changes.
 */
#include "base/invariant.h"
#include "snapshot/observers.h"
#include "snapshot/outlook.h"

#include <stdlib.h>
#include <string.h>

static struct fact known(enum fact_value value)
{
    return (struct fact){.value = (uint8_t)value, .missing = PRECONDITION_NONE};
}

static struct fact unknown(enum precondition missing)
{
    invariant(missing != PRECONDITION_NONE && missing < PRECONDITION_COUNT);
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

/* ---- spreading ---- */

struct spread {
    struct tables *tables;
    struct fact *facts;   /* of each task */
    struct fact *signals; /* of each object: what is assumed of `signalable` in this round */
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
        struct outlook outlook = outlook_of_wait(spread->tables, &spread->tables->waits[index],
                                                 spread->signals, without_parent);
        fact = better_fact(fact, outlook.fact);
        if (outlook.task != SNAPSHOT_NONE) {
            invariant(outlook.task < spread->tables->snapshot.task_count);
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
            invariant(spread->queued < spread->tables->snapshot.task_count); /* each comes once */
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
        return wait->any_unlocks &&
               (wait->others_unlock || object->owner_gone || object->owner_task == wait->task);
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

/* With what is assumed of channels and contexts in this round. */
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

/* ---- rounds ---- */

/* After that many, what may still fall is unknown: only very long chains of channels need more. */
enum { MOST_ROUNDS = 32 };

/* The best that is known of the blocked holders of a channel. */
static struct fact holders_go_on(const struct spread *spread, const struct snapshot_object *channel)
{
    const struct tables *tables = spread->tables;
    struct fact best = known(FACT_NO);
    if (channel->owner_task != SNAPSHOT_NONE)
        best = spread->facts[channel->owner_task];
    else if (channel->owner_task_id != 0)
        best = unknown(PRECONDITION_NO_LOSSES);
    for (uint32_t i = channel->first_waiter; i != SNAPSHOT_NONE && best.value != FACT_YES;
         i = tables->waits[i].next_of_object)
        best = better_fact(best, spread->facts[tables->waits[i].task]);
    return best;
}

static bool is_assumed(const struct spread *spread, uint32_t object)
{
    const struct snapshot_object *it = &spread->tables->objects[object];
    return it->kind == OBJECT_CHANNEL && !it->closed && spread->signals[object].value == FACT_NO;
}

/* Did the assumption of any channel fall? */
static bool doubt_channels(struct spread *spread)
{
    bool fell = false;
    for (uint32_t i = 0; i < spread->tables->snapshot.object_count; i++) {
        if (!is_assumed(spread, i))
            continue;
        spread->signals[i] = holders_go_on(spread, &spread->tables->objects[i]);
        fell |= spread->signals[i].value != FACT_NO;
    }
    return fell;
}

static void give_up_channels(struct spread *spread)
{
    for (uint32_t i = 0; i < spread->tables->snapshot.object_count; i++) {
        if (is_assumed(spread, i))
            spread->signals[i] = unknown(PRECONDITION_NOT_OBSERVABLE);
    }
}

static void settle(struct spread *spread, bool without_parent)
{
    for (uint32_t i = 0; i < spread->tables->snapshot.object_count; i++)
        spread->signals[i] = spread->tables->objects[i].signalable;
    int round = 0;
    do
        work_out(spread, without_parent);
    while (doubt_channels(spread) && ++round < MOST_ROUNDS);
    if (round < MOST_ROUNDS)
        return;
    give_up_channels(spread);
    work_out(spread, without_parent);
}

/* ---- all together ---- */

/* Both kinds of facts, again and again until no context of which they make use falls. */
static void settle_all(struct spread *spread, struct fact *without_parent, uint32_t *known)
{
    const struct observing observing = {spread->facts, without_parent, known};
    size_t size = spread->tables->snapshot.task_count * sizeof *without_parent;
    for (int round = 0;; round++) {
        settle(spread, true);
        memcpy(without_parent, spread->facts, size);
        settle(spread, false);
        if (!doubt_observed_contexts(spread->tables, &observing, round >= MOST_ROUNDS))
            return;
        work_out_can_end(spread->tables);
    }
}

static struct fact lowered(struct fact fact, enum precondition missing)
{
    return fact.value == FACT_NO && missing != PRECONDITION_NONE ? unknown(missing) : fact;
}

static void keep(const struct spread *spread, const struct fact *without_parent,
                 enum precondition missing)
{
    for (uint32_t i = 0; i < spread->tables->snapshot.task_count; i++) {
        struct snapshot_task *task = &spread->tables->tasks[i];
        if (!is_given(task->wakeable))
            task->wakeable = lowered(spread->facts[i], missing);
        if (!is_given(task->wakeable_without_parent))
            task->wakeable_without_parent = lowered(without_parent[i], missing);
    }
    for (uint32_t i = 0; i < spread->tables->snapshot.object_count; i++)
        spread->tables->objects[i].signalable = lowered(spread->signals[i], missing);
}

static void free_spread(struct spread *spread)
{
    free(spread->facts);
    free(spread->signals);
    free(spread->first_edge);
    free(spread->next_edge);
    free(spread->queue);
}

bool derive_task_facts(struct tables *tables, enum precondition missing)
{
    size_t tasks = tables->snapshot.task_count + (size_t)1;
    size_t waits = tables->snapshot.wait_count + (size_t)1;
    struct spread spread = {
        .tables = tables,
        .facts = calloc(tasks, sizeof *spread.facts),
        .signals = calloc(tables->snapshot.object_count + (size_t)1, sizeof *spread.signals),
        .first_edge = calloc(tasks, sizeof *spread.first_edge),
        .next_edge = calloc(waits, sizeof *spread.next_edge),
        .queue = calloc(tasks, sizeof *spread.queue),
    };
    struct fact *without_parent = calloc(tasks, sizeof *without_parent);
    uint32_t *known = calloc(tables->snapshot.context_count + (size_t)1, sizeof *known);
    bool done = spread.facts && spread.signals && spread.first_edge && spread.next_edge &&
                spread.queue && without_parent && known;
    if (done) {
        settle_all(&spread, without_parent, known);
        keep(&spread, without_parent, missing);
    }
    free(without_parent);
    free(known);
    free_spread(&spread);
    return done;
}
