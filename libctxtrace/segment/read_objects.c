/*
 * Channels and groups, and who could still signal a channel.
 *
 * References to channels are counted: whoever holds a channel has one of its own. Of a channel of
 * which all holders are known to be tasks that are blocked, `signalable` is NO, and the holders are
 * its waiters and, if it is none of them, the task that made it (`owner_task_id`): whether one of
 * them goes on all the same is worked out in snapshot/facts.c.
 *
 * The argument. In step 2 there were R references. B tasks were steadily blocked on the channel
 * then, each with a reference of its own. The maker has had the first reference until it gave one
 * back; if it lives, has given none back and is not among the B, it is a holder, too. If R is not
 * higher than the number of these, nobody else holds the channel. What that excludes: a holder that
 * is not blocked on it (R is higher); a task that was just served (served ones count in R until
 * their wait is over, see OBJ_REFERENCES); a waiter that is on its way in or out (not steady); a
 * task that cannot be read (it does not count). And a waiter that has no reference of its own, the
 * channel having been lent to it by somebody who holds it and goes on: of the references that were
 * made for others than the maker, those that others gave back are gone, so there are at least as
 * many strangers with references as there are strangers among the waiters, or one of them was lent
 * it. Nothing tells of a stranger that lends its own reference and has never used the channel.
 */
#include "segment/read_objects.h"

#include "base/array.h"
#include "base/invariant.h"
#include "base/sorted.h"

#include <stdlib.h>
#include <string.h>

static bool visit_object(void *state, uint64_t index, const uint64_t *words)
{
    struct reading *reading = state;
    (void)index;
    if (!ARRAY_ROOM(reading->objects, reading->object_capacity, reading->object_count + 1))
        return false;
    memcpy(reading->objects[reading->object_count++].words, words, sizeof reading->objects->words);
    return true;
}

bool hold_objects(struct reading *reading)
{
    return slots_walk(reading->file, AREA_OBJECTS, visit_object, reading,
                      &reading->in_flight[AREA_OBJECTS]);
}

/* ---- blocked holders ---- */

/* A steady wait for a recorded channel, of a task that is there. */
struct blocked_holder {
    uint64_t object_id, task_id;
};

struct blocked_holders {
    struct blocked_holder *items; /* by object, then by task; each once */
    size_t count;
};

static int by_object(const void *a, const void *b)
{
    const struct blocked_holder *one = a, *other = b;
    if (one->object_id != other->object_id)
        return one->object_id < other->object_id ? -1 : 1;
    return one->task_id < other->task_id ? -1 : one->task_id > other->task_id;
}

static void keep_each_once(struct blocked_holders *holders)
{
    size_t kept = 0;
    for (size_t i = 0; i < holders->count; i++) {
        if (kept == 0 || by_object(&holders->items[kept - 1], &holders->items[i]) != 0)
            holders->items[kept++] = holders->items[i];
    }
    holders->count = kept;
}

/* False when memory ran out. */
static bool find_blocked_holders(const struct reading *reading, struct blocked_holders *holders)
{
    holders->count = 0;
    holders->items = malloc((reading->wait_count + 1) * sizeof *holders->items);
    for (size_t i = 0; holders->items && i < reading->wait_count; i++) {
        const struct held_wait *wait = &reading->waits[i];
        if (!wait->steady || (wait->words[WAIT_KINDS] & 0xff) != OBJECT_CHANNEL ||
            !reading_task(reading, wait->words[WAIT_TASK_ID]))
            continue;
        holders->items[holders->count++] = (struct blocked_holder){
            .object_id = wait->words[WAIT_OBJECT_ID], .task_id = wait->words[WAIT_TASK_ID]};
    }
    if (holders->count > 0)
        qsort(holders->items, holders->count, sizeof *holders->items, by_object);
    keep_each_once(holders);
    invariant(
        SORTED_ALL(i, holders->count, by_object(&holders->items[i - 1], &holders->items[i]) < 0));
    return holders->items != NULL;
}

/* The tasks that are known to hold a channel. */
struct channel_holders {
    uint64_t blocked;   /* on it */
    uint64_t strangers; /* of these, who did not make it */
    uint64_t maker;     /* its id, if it holds the channel and is not blocked on it; else 0 */
};

/* It lives, and has given back no reference to what it made. */
static bool maker_holds_it(const struct reading *reading, const uint64_t *words)
{
    const uint64_t *maker = reading_task(reading, words[OBJ_CREATOR_TASK]);
    return words[OBJ_RETURNED] >> 32 == 0 && maker &&
           !(maker[TASK_THREAD_AND_STATE] >> 40 & SEGMENT_EXITED);
}

static struct channel_holders holders_of(const struct reading *reading, const uint64_t *words,
                                         const struct blocked_holders *all)
{
    uint64_t object_id = words[OBJ_ID];
    size_t place = SORTED_FIRST(i, 0, all->count, all->items[i].object_id >= object_id);
    struct channel_holders holders = {0};
    for (; place < all->count && all->items[place].object_id == object_id; place++) {
        holders.blocked++;
        holders.strangers += all->items[place].task_id != words[OBJ_CREATOR_TASK];
    }
    invariant(holders.strangers <= holders.blocked && holders.blocked <= holders.strangers + 1);
    bool maker_is_blocked = holders.strangers < holders.blocked;
    if (!maker_is_blocked && maker_holds_it(reading, words))
        holders.maker = words[OBJ_CREATOR_TASK];
    return holders;
}

/* ---- channels ---- */

static struct fact unknown(enum precondition missing)
{
    return (struct fact){.value = FACT_UNKNOWN, .missing = (uint8_t)missing};
}

/* Could all strangers that are blocked on it have a reference of their own? */
static bool strangers_are_counted(const uint64_t *words, const struct channel_holders *holders)
{
    uint64_t made = words[OBJ_REFERENCES] >> 32, returned = (uint32_t)words[OBJ_RETURNED];
    return holders->strangers + returned + 1 <= made;
}

/* A lost wait hides a holder that is blocked, so it can turn a no into a yes, never the reverse. */
static struct fact channel_signalable(const struct reading *reading, const uint64_t *words,
                                      const struct channel_holders *holders)
{
    uint64_t references = (uint32_t)words[OBJ_REFERENCES];
    if (reading->counts_lack != PRECONDITION_NONE)
        return unknown(reading->counts_lack);
    if (holders->blocked > 0 && references <= holders->blocked + (holders->maker != 0)) {
        /* Version 1 does not tell who gave references back. */
        if (!reading->file->says_bounds || !strangers_are_counted(words, holders))
            return unknown(PRECONDITION_COUNTED_REFERENCES);
        return (struct fact){.value = FACT_NO};
    }
    if (segment_lost(&reading->file->header, LOSS_WAITS) == 0)
        return (struct fact){.value = FACT_YES};
    return unknown(PRECONDITION_NO_LOSSES);
}

static void add_object(struct reading *reading, const uint64_t *words,
                       const struct blocked_holders *all)
{
    uint64_t packed = words[OBJ_KIND_AND_FLAGS];
    struct snapshot_object object = {
        .id = words[OBJ_ID],
        .address = words[OBJ_ADDRESS],
        .kind = reading_word(reading, RECORDED_OBJECT_KINDS, packed & 0xff),
        .closed = (packed >> 8 & SEGMENT_CLOSED) != 0,
        .descriptor = -1,
        .name = reading_text(reading, words[OBJ_NAME]),
        .capacity = (uint32_t)words[OBJ_CAPACITY_AND_LENGTH],
        .length = (uint32_t)(words[OBJ_CAPACITY_AND_LENGTH] >> 32),
        .references = (uint32_t)words[OBJ_REFERENCES],
        .creation_stack = stack_reader_find(&reading->stacks, (uint32_t)words[OBJ_STACK]),
        .signalable = unknown(PRECONDITION_COUNTED_REFERENCES),
    };
    if (object.kind == OBJECT_CHANNEL) {
        struct channel_holders holders = holders_of(reading, words, all);
        object.signalable = channel_signalable(reading, words, &holders);
        if (object.signalable.value == FACT_NO)
            object.owner_task_id = holders.maker;
    }
    builder_object(reading->builder, object.id, &object);
}

bool add_objects(struct reading *reading)
{
    struct blocked_holders holders;
    if (!find_blocked_holders(reading, &holders))
        return false;
    for (size_t i = 0; i < reading->object_count; i++)
        add_object(reading, reading->objects[i].words, &holders);
    free(holders.items);
    return true;
}
