/* Waits and the objects that are waited for. */
#include "segment/read_waits.h"

#include "base/array.h"
#include "base/invariant.h"
#include "base/sorted.h"
#include "segment/certain_owners.h"

#include <stdlib.h>
#include <string.h>

/* ---- step 1: which waits there are ---- */

static bool visit_first_look(void *state, uint64_t index, const uint64_t *words)
{
    struct reading *reading = state;
    if (!ARRAY_ROOM(reading->first_look, reading->first_look_capacity,
                    reading->first_look_count + 2))
        return false;
    reading->first_look[reading->first_look_count++] = index;
    reading->first_look[reading->first_look_count++] = words[WAIT_SEQUENCE];
    return true;
}

bool look_at_waits(struct reading *reading)
{
    uint64_t ignored = 0;
    reading->first_look_count = 0;
    return reading->file->quiet ||
           slots_walk(reading->file, AREA_WAITS, visit_first_look, reading, &ignored);
}

/* ---- step 3: the waits that are kept ---- */

static bool was_seen_before(const struct reading *reading, uint64_t index, uint64_t sequence)
{
    invariant(reading->first_look_count % 2 == 0);
    size_t place =
        SORTED_FIRST(i, 0, reading->first_look_count / 2, reading->first_look[i * 2] >= index);
    return place * 2 < reading->first_look_count && reading->first_look[place * 2] == index &&
           reading->first_look[place * 2 + 1] == sequence;
}

static bool visit_wait(void *state, uint64_t index, const uint64_t *words)
{
    struct reading *reading = state;
    if (!ARRAY_ROOM(reading->waits, reading->wait_capacity, reading->wait_count + 1))
        return false;
    struct held_wait *wait = &reading->waits[reading->wait_count++];
    memcpy(wait->words, words, sizeof wait->words);
    wait->index = index;
    wait->owner = words[WAIT_OWNER_TASK] == ID_UNRECORDED ? 0 : words[WAIT_OWNER_TASK];
    wait->owner_thread = (uint32_t)words[WAIT_OWNER_THREAD];
    wait->owner_is_now = false;
    wait->group_is_whole = true;
    wait->steady = reading->file->quiet || was_seen_before(reading, index, words[WAIT_SEQUENCE]);
    return true;
}

static int by_task(const void *a, const void *b)
{
    const struct held_wait *one = a, *other = b;
    if (one->words[WAIT_TASK_ID] != other->words[WAIT_TASK_ID])
        return one->words[WAIT_TASK_ID] < other->words[WAIT_TASK_ID] ? -1 : 1;
    uint64_t group = one->words[WAIT_KINDS] >> 32, others = other->words[WAIT_KINDS] >> 32;
    if (group != others)
        return group < others ? -1 : 1;
    return one->index < other->index ? -1 : one->index > other->index;
}

/*
 * The waits of a select are filled and freed one by one. Whoever finds fewer than belong together
 * has met the task on its way in or out, or some were lost: what is missing may be what wakes it.
 * Version 1 does not say how many there should be.
 */
static void check_groups(struct reading *reading)
{
    size_t end;
    for (size_t i = 0; i < reading->wait_count; i = end) {
        const uint64_t *first = reading->waits[i].words;
        uint64_t group = first[WAIT_KINDS] >> 32, least = first[WAIT_KINDS] >> 16 & 0xffff;
        for (end = i + 1; end < reading->wait_count && group != 0; end++) {
            const uint64_t *words = reading->waits[end].words;
            if (words[WAIT_TASK_ID] != first[WAIT_TASK_ID] || words[WAIT_KINDS] >> 32 != group)
                break;
        }
        bool whole = group == 0 || (reading->file->says_bounds && least > 0 && end - i >= least);
        for (size_t k = i; k < end; k++)
            reading->waits[k].group_is_whole = whole;
    }
}

bool hold_waits(struct reading *reading)
{
    if (!slots_walk(reading->file, AREA_WAITS, visit_wait, reading,
                    &reading->in_flight[AREA_WAITS]))
        return false;
    if (reading->wait_count > 0)
        qsort(reading->waits, reading->wait_count, sizeof *reading->waits, by_task);
    invariant(SORTED_ALL(i, reading->wait_count,
                         by_task(&reading->waits[i - 1], &reading->waits[i]) <= 0));
    check_groups(reading);
    return true;
}

bool look_again_at_waits(struct reading *reading)
{
    if (!reading->owners_were_read)
        return true;
    if (!look_at_waits(reading))
        return false;
    for (size_t i = 0; i < reading->wait_count; i++) {
        struct held_wait *wait = &reading->waits[i];
        wait->steady =
            wait->steady && was_seen_before(reading, wait->index, wait->words[WAIT_SEQUENCE]);
        if (!wait->steady && wait->owner_is_now)
            wait->owner = 0; /* it may be the waiter itself, which has got the lock */
    }
    return true;
}

/* ---- objects ---- */

/* What tells objects of one kind apart; see builder_object(). */
static uint64_t object_key(uint8_t kind, const struct held_wait *wait)
{
    if (kind == OBJECT_TIMER || kind == OBJECT_NOTHING)
        return wait->words[WAIT_TASK_ID]; /* a sleep is nobody else's */
    if (kind == OBJECT_CONDITION)
        return wait->words[WAIT_ADDRESS];
    if (kind == OBJECT_DESCRIPTOR || wait->words[WAIT_OBJECT_ID] != 0)
        return wait->words[WAIT_OBJECT_ID];
    return wait->words[WAIT_ADDRESS];
}

/* ---- waits ---- */

static snapshot_string name_descriptor(struct reading *reading, uint8_t kind, uint64_t number)
{
    char text[DESCRIPTOR_NAME_SIZE];
    if (kind != OBJECT_DESCRIPTOR || number > INT32_MAX)
        return 0;
    descriptor_name(&reading->descriptors, (int)number, text);
    return builder_string(reading->builder, text);
}

/*
 * The id of what bounds a wait. In version 1 a context that is not recorded is 0 as well: if there
 * are any, none is not known.
 */
static uint64_t bound_of(const struct reading *reading, const uint64_t *words)
{
    const struct segment_header *header = &reading->file->header;
    bool may_be_unrecorded = header->unrecorded_contexts != 0 || header->forked_from != 0 ||
                             segment_lost(header, LOSS_CONTEXTS) != 0;
    if (words[WAIT_BOUNDED_BY] == 0 && !reading->file->says_bounds && may_be_unrecorded)
        return ID_UNRECORDED;
    return words[WAIT_BOUNDED_BY];
}

/*
 * As of when is the owner known? In this snapshot, if that is certain. A time is of use for an
 * owner that has ended: one that waits may hold what it waits for by now, or have been seen to just
 * then.
 */
static int64_t owner_seen(const struct reading *reading, const struct held_wait *held)
{
    enum precondition doubt;
    if (held->owner == 0 || owner_is_certain(reading, held))
        return 0;
    if (reading_wait_of(reading, held->owner, &doubt))
        return SNAPSHOT_TIME_UNKNOWN;
    return held->owner_is_now ? 0 : (int64_t)held->words[WAIT_SINCE];
}

static void add_wait(struct reading *reading, const struct held_wait *held)
{
    const uint64_t *words = held->words;
    uint8_t kind = reading_word(reading, RECORDED_OBJECT_KINDS, words[WAIT_KINDS] & 0xff);
    uint64_t key = object_key(kind, held);
    struct snapshot_object object = {
        .id = key,
        .address = words[WAIT_ADDRESS],
        .kind = kind,
        .descriptor = kind == OBJECT_DESCRIPTOR ? (int32_t)key : -1,
        .name = name_descriptor(reading, kind, key),
        .owner_task_id = held->owner,
        .owner_seen_ns = owner_seen(reading, held),
        .owner_thread = held->owner_thread,
        .owner_gone = owner_is_gone(held),
        .creation_stack = SNAPSHOT_NONE,
        .signalable = {.value = FACT_UNKNOWN, .missing = PRECONDITION_COUNTED_REFERENCES},
    };
    struct snapshot_wait wait = {
        .object = builder_object(reading->builder, key, &object),
        .group = (uint32_t)(words[WAIT_KINDS] >> 32),
        .operation = reading_word(reading, RECORDED_WAIT_OPERATIONS, words[WAIT_KINDS] >> 8 & 0xff),
        .since_ns = (int64_t)words[WAIT_SINCE],
        .until_ns = (int64_t)words[WAIT_UNTIL],
        .may_be_over = !held->steady,
        .others_unlock = (words[WAIT_FLAGS] & LOCK_OTHERS_UNLOCK) != 0,
        .any_unlocks = (words[WAIT_FLAGS] & LOCK_ANY_UNLOCKS) != 0,
        .cancellable = (words[WAIT_FLAGS] & WAIT_CANCELLABLE) != 0,
        .stack = stack_reader_find(&reading->stacks, (uint32_t)words[WAIT_STACK]),
    };
    reading_note_time(reading, words[WAIT_SINCE]);
    builder_add_wait(reading->builder, &wait, words[WAIT_TASK_ID], bound_of(reading, words));
}

/*
 * What a waiting task has told of the locks that it holds: it found that it held them while its
 * wait was recorded, and cannot let go before the record ends. Of a wait that may be over, nothing.
 */
static void add_held(struct reading *reading, const struct held_wait *held)
{
    for (unsigned word = WAIT_HELD; held->steady && word <= WAIT_HELD_2; word++) {
        uint64_t address = held->words[word] & ~SEGMENT_HELD_RWLOCK;
        if (address == 0)
            continue;
        struct snapshot_object object = {
            .id = address,
            .address = address,
            .kind = held->words[word] & SEGMENT_HELD_RWLOCK ? OBJECT_RWMUTEX : OBJECT_MUTEX,
            .descriptor = -1,
            .owner_task_id = held->words[WAIT_TASK_ID],
            .creation_stack = SNAPSHOT_NONE,
            .signalable = {.value = FACT_UNKNOWN, .missing = PRECONDITION_COUNTED_REFERENCES},
        };
        builder_object(reading->builder, address, &object);
    }
}

/*
 * Adds the waits of one task, which begin at `first`; returns where the next task's begin. Waits
 * nest (an annotated call blocks in a wrapped one): what the task is really blocked in began last.
 * Those of a select all began at the same moment.
 */
static size_t add_waits_of_task(struct reading *reading, size_t first)
{
    uint64_t task_id = reading->waits[first].words[WAIT_TASK_ID];
    int64_t last_ns = INT64_MIN;
    size_t end = first;
    for (; end < reading->wait_count && reading->waits[end].words[WAIT_TASK_ID] == task_id; end++) {
        int64_t since_ns = (int64_t)reading->waits[end].words[WAIT_SINCE];
        last_ns = since_ns > last_ns ? since_ns : last_ns;
    }
    for (size_t i = first; i < end; i++) {
        if ((int64_t)reading->waits[i].words[WAIT_SINCE] != last_ns)
            continue;
        add_wait(reading, &reading->waits[i]);
        add_held(reading, &reading->waits[i]);
    }
    invariant(end > first);
    return end;
}

bool add_waits(struct reading *reading)
{
    for (size_t i = 0; i < reading->wait_count;)
        i = add_waits_of_task(reading, i);
    return true;
}
