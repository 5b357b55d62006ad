#include "snapshot/outlook.h"

#include "base/invariant.h"

static struct fact known(enum fact_value value)
{
    return (struct fact){.value = (uint8_t)value, .missing = PRECONDITION_NONE};
}

static struct fact unknown(enum precondition missing)
{
    invariant(missing != PRECONDITION_NONE && missing < PRECONDITION_COUNT);
    return (struct fact){.value = FACT_UNKNOWN, .missing = (uint8_t)missing};
}

static struct outlook by_fact(struct fact fact)
{
    return (struct outlook){.fact = fact, .task = SNAPSHOT_NONE};
}

static struct outlook by_task(uint32_t task)
{
    invariant(task != SNAPSHOT_NONE);
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
    if (found->deadline_ns == SNAPSHOT_TIME_UNKNOWN && found->cancellable.value != FACT_YES)
        return unknown(PRECONDITION_NOT_OBSERVABLE);
    if (found->deadline_ns != SNAPSHOT_NEVER)
        return known(FACT_YES);
    return found->cancellable;
}

/*
 * Does the owner certainly still hold what it was seen to hold? It was ended, or blocked without a
 * break, from before it was seen until now; or it was seen in this snapshot.
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
        outlook.fact = unknown(PRECONDITION_TWO_SNAPSHOTS_AGREE);
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
                                     const struct fact *signalable, bool without_parent)
{
    invariant(wait->object < tables->snapshot.object_count);
    const struct snapshot_object *object = &tables->objects[wait->object];
    struct fact signal = signalable[wait->object];
    switch (object->kind) {
    case OBJECT_CONTEXT:
        return by_fact(context_can_end(tables, object->context, without_parent));
    case OBJECT_MUTEX:
        return holder_outlook(tables, object);
    case OBJECT_RWMUTEX: /* readers are not known by name */
        return object->owner_task_id || object->owner_gone ? holder_outlook(tables, object)
                                                           : by_fact(signal);
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
        return by_fact(signal);
    default:
        return by_fact(signal);
    }
}

struct fact better_fact(struct fact a, struct fact b)
{
    if (a.value == FACT_YES || b.value == FACT_YES)
        return known(FACT_YES);
    return a.value == FACT_UNKNOWN ? a : b;
}

struct outlook outlook_of_wait(const struct tables *tables, const struct snapshot_wait *wait,
                               const struct fact *signalable, bool without_parent)
{
    if (wait->until_ns != SNAPSHOT_NEVER)
        return by_fact(known(FACT_YES));
    struct outlook outlook = object_outlook(tables, wait, signalable, without_parent);
    if (wait->bounded_by != SNAPSHOT_NONE) {
        struct fact bound = context_can_end(tables, wait->bounded_by, without_parent);
        outlook.fact = better_fact(outlook.fact, bound);
    } else if (wait->bound_missing != PRECONDITION_NONE) {
        outlook.fact = better_fact(outlook.fact, unknown((enum precondition)wait->bound_missing));
    }
    if (outlook.fact.value == FACT_UNKNOWN && outlook.fact.missing == PRECONDITION_NONE)
        outlook.fact.missing = PRECONDITION_NOT_OBSERVABLE;
    return outlook;
}
