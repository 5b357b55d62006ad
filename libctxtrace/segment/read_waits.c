/* Waits and the objects that are waited for. */
#include <stdlib.h>
#include <string.h>

#include "segment/reading.h"

static const uint8_t object_kinds[] = {
    [0] = OBJECT_UNKNOWN,
    [SEGMENT_OBJECT_CONTEXT] = OBJECT_CONTEXT,
    [SEGMENT_OBJECT_CHANNEL] = OBJECT_CHANNEL,
    [SEGMENT_OBJECT_MUTEX] = OBJECT_MUTEX,
    [SEGMENT_OBJECT_RWLOCK] = OBJECT_RWMUTEX,
    [SEGMENT_OBJECT_CONDITION] = OBJECT_CONDITION,
    [SEGMENT_OBJECT_SEMAPHORE] = OBJECT_SEMAPHORE,
    [SEGMENT_OBJECT_TASK] = OBJECT_TASK,
    [SEGMENT_OBJECT_GROUP] = OBJECT_GROUP,
    [SEGMENT_OBJECT_DESCRIPTOR] = OBJECT_DESCRIPTOR,
    [SEGMENT_OBJECT_TIMER] = OBJECT_TIMER,
    [SEGMENT_OBJECT_NOTHING] = OBJECT_NOTHING,
};
static const struct enum_table object_kind_table = {object_kinds, sizeof object_kinds};

static const uint8_t operations[] = {
    [0] = WAIT_UNKNOWN,
    [SEGMENT_WAIT_DONE] = WAIT_DONE,
    [SEGMENT_WAIT_RECEIVE] = WAIT_RECEIVE,
    [SEGMENT_WAIT_SEND] = WAIT_SEND,
    [SEGMENT_WAIT_LOCK] = WAIT_LOCK,
    [SEGMENT_WAIT_READ_LOCK] = WAIT_READ_LOCK,
    [SEGMENT_WAIT_CONDITION] = WAIT_CONDITION,
    [SEGMENT_WAIT_JOIN] = WAIT_JOIN,
    [SEGMENT_WAIT_GROUP] = WAIT_GROUP_EMPTY,
    [SEGMENT_WAIT_READ] = WAIT_READ,
    [SEGMENT_WAIT_WRITE] = WAIT_WRITE,
    [SEGMENT_WAIT_ACCEPT] = WAIT_ACCEPT,
    [SEGMENT_WAIT_CONNECT] = WAIT_CONNECT,
    [SEGMENT_WAIT_POLL] = WAIT_POLL,
    [SEGMENT_WAIT_SLEEP] = WAIT_SLEEP,
    [SEGMENT_WAIT_ACQUIRE] = WAIT_ACQUIRE,
};
static const struct enum_table operation_table = {operations, sizeof operations};

/* ---- step 1: which waits there are ---- */

static bool visit_first_look(void *state, uint64_t index, const uint64_t *words)
{
    struct reading *reading = state;
    if (reading->first_look_count + 2 > reading->first_look_capacity) {
        size_t capacity = reading->first_look_capacity ? reading->first_look_capacity * 2 : 512;
        uint64_t *first_look = realloc(reading->first_look, capacity * sizeof *first_look);
        if (!first_look)
            return false;
        reading->first_look = first_look;
        reading->first_look_capacity = capacity;
    }
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

/* ---- step 2: the objects with their references ---- */

static bool visit_object(void *state, uint64_t index, const uint64_t *words)
{
    struct reading *reading = state;
    (void)index;
    if (reading->object_count == reading->object_capacity) {
        size_t capacity = reading->object_capacity ? reading->object_capacity * 2 : 256;
        struct held_object *objects = realloc(reading->objects, capacity * sizeof *objects);
        if (!objects)
            return false;
        reading->objects = objects;
        reading->object_capacity = capacity;
    }
    memcpy(reading->objects[reading->object_count++].words, words, sizeof reading->objects->words);
    return true;
}

bool hold_objects(struct reading *reading)
{
    return slots_walk(reading->file, AREA_OBJECTS, visit_object, reading,
                      &reading->in_flight[AREA_OBJECTS]);
}

/* ---- step 3: the waits for keeps ---- */

static bool was_seen_before(const struct reading *reading, uint64_t index, uint64_t sequence)
{
    size_t low = 0, high = reading->first_look_count / 2;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (reading->first_look[middle * 2] < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low * 2 < reading->first_look_count && reading->first_look[low * 2] == index &&
           reading->first_look[low * 2 + 1] == sequence;
}

static bool visit_wait(void *state, uint64_t index, const uint64_t *words)
{
    struct reading *reading = state;
    if (reading->wait_count == reading->wait_capacity) {
        size_t capacity = reading->wait_capacity ? reading->wait_capacity * 2 : 256;
        struct held_wait *waits = realloc(reading->waits, capacity * sizeof *waits);
        if (!waits)
            return false;
        reading->waits = waits;
        reading->wait_capacity = capacity;
    }
    struct held_wait *wait = &reading->waits[reading->wait_count++];
    memcpy(wait->words, words, sizeof wait->words);
    wait->index = index;
    wait->owner = words[WAIT_OWNER_TASK] == SEGMENT_UNRECORDED ? 0 : words[WAIT_OWNER_TASK];
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
 * The waits of a select are filled and freed one by one. Who finds fewer than belong together has
 * met the task on its way in or out, or some were lost: what is missing may be what wakes it.
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

static enum precondition doubt_about(const struct held_wait *wait)
{
    if (!wait->steady)
        return PRECONDITION_TWO_PICTURES_AGREE;
    return wait->group_is_whole ? PRECONDITION_NONE : PRECONDITION_NO_LOSSES;
}

const struct held_wait *reading_wait_of(const struct reading *reading, uint64_t task_id,
                                        enum precondition *doubt)
{
    size_t low = 0, high = reading->wait_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (reading->waits[middle].words[WAIT_TASK_ID] < task_id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == reading->wait_count || reading->waits[low].words[WAIT_TASK_ID] != task_id)
        return NULL;
    *doubt = PRECONDITION_NONE;
    for (size_t i = low; *doubt == PRECONDITION_NONE && i < reading->wait_count &&
                         reading->waits[i].words[WAIT_TASK_ID] == task_id;
         i++)
        *doubt = doubt_about(&reading->waits[i]);
    return &reading->waits[low];
}

/* ---- objects ---- */

static uint8_t object_kind_of(struct reading *reading, const struct held_wait *wait)
{
    return reading_enum(reading, &object_kind_table, wait->words[WAIT_KINDS] & 0xff);
}

/* What tells objects of one kind apart; see builder_object(). */
static uint64_t object_key(uint8_t kind, const struct held_wait *wait)
{
    if (kind == OBJECT_TIMER || kind == OBJECT_NOTHING)
        return wait->words[WAIT_TASK_ID]; /* a sleep is nobody else's */
    if (kind == OBJECT_DESCRIPTOR || wait->words[WAIT_OBJECT_ID] != 0)
        return wait->words[WAIT_OBJECT_ID];
    return wait->words[WAIT_ADDRESS];
}

/* A steady wait for a recorded object: one task that holds it and cannot signal it. */
struct blocked_holder {
    uint64_t object_id, task_id;
};

static int by_object(const void *a, const void *b)
{
    const struct blocked_holder *one = a, *other = b;
    if (one->object_id != other->object_id)
        return one->object_id < other->object_id ? -1 : 1;
    return one->task_id < other->task_id ? -1 : one->task_id > other->task_id;
}

/* All blocked holders, each once, by object. NULL when memory ran out. */
static struct blocked_holder *blocked_holders(const struct reading *reading, size_t *count)
{
    struct blocked_holder *holders = malloc((reading->wait_count + 1) * sizeof *holders);
    *count = 0;
    if (!holders)
        return NULL;
    for (size_t i = 0; i < reading->wait_count; i++) {
        const struct held_wait *wait = &reading->waits[i];
        if (!wait->steady || (wait->words[WAIT_KINDS] & 0xff) != SEGMENT_OBJECT_CHANNEL ||
            !reading_has_task(reading, wait->words[WAIT_TASK_ID]))
            continue;
        holders[(*count)++] = (struct blocked_holder){.object_id = wait->words[WAIT_OBJECT_ID],
                                                      .task_id = wait->words[WAIT_TASK_ID]};
    }
    if (*count > 0)
        qsort(holders, *count, sizeof *holders, by_object);
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (kept == 0 || by_object(&holders[kept - 1], &holders[i]) != 0)
            holders[kept++] = holders[i];
    }
    *count = kept;
    return holders;
}

/* Tasks that are blocked on this object, and those of them that did not make it. */
static void count_holders(const struct blocked_holder *holders, size_t count, const uint64_t *words,
                          size_t *blocked, size_t *strangers)
{
    uint64_t object_id = words[OBJ_ID];
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (holders[middle].object_id < object_id)
            low = middle + 1;
        else
            high = middle;
    }
    *blocked = *strangers = 0;
    for (; low < count && holders[low].object_id == object_id; low++) {
        ++*blocked;
        *strangers += holders[low].task_id != words[OBJ_CREATOR_TASK];
    }
}

/* A lost wait hides a holder that is blocked, so it can turn a no into a yes, never the reverse. */
static struct fact channel_signalable(const struct reading *reading, const uint64_t *words,
                                      const struct blocked_holder *holders, size_t holder_count)
{
    size_t blocked, strangers;
    count_holders(holders, holder_count, words, &blocked, &strangers);
    uint64_t references = (uint32_t)words[OBJ_REFERENCES], made = words[OBJ_REFERENCES] >> 32;
    struct fact fact = {.value = FACT_UNKNOWN, .missing = PRECONDITION_NO_LOSSES};
    if (reading->counts_lack != PRECONDITION_NONE)
        fact.missing = (uint8_t)reading->counts_lack;
    else if (blocked > 0 && references <= blocked && made < 1 + strangers)
        fact.missing = PRECONDITION_COUNTED_REFERENCES; /* lent to a waiter, not counted for it */
    else if (blocked > 0 && references <= blocked)
        fact = (struct fact){.value = FACT_NO};
    else if (segment_lost(&reading->file->header, LOSS_WAITS) == 0)
        fact = (struct fact){.value = FACT_YES};
    return fact;
}

static void add_object(struct reading *reading, const uint64_t *words,
                       const struct blocked_holder *holders, size_t holder_count)
{
    uint64_t packed = words[OBJ_KIND_AND_FLAGS];
    struct snapshot_object object = {
        .id = words[OBJ_ID],
        .address = words[OBJ_ADDRESS],
        .kind = reading_enum(reading, &object_kind_table, packed & 0xff),
        .closed = (packed >> 8 & SEGMENT_CLOSED) != 0,
        .descriptor = -1,
        .name = reading_text(reading, words[OBJ_NAME]),
        .capacity = (uint32_t)words[OBJ_CAPACITY_AND_LENGTH],
        .length = (uint32_t)(words[OBJ_CAPACITY_AND_LENGTH] >> 32),
        .references = (uint32_t)words[OBJ_REFERENCES],
        .creation_stack = stack_reader_find(&reading->stacks, (uint32_t)words[OBJ_STACK]),
        .signalable = {.value = FACT_UNKNOWN, .missing = PRECONDITION_COUNTED_REFERENCES},
    };
    if (object.kind == OBJECT_CHANNEL)
        object.signalable = channel_signalable(reading, words, holders, holder_count);
    builder_object(reading->builder, object.id, &object);
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
        return SEGMENT_UNRECORDED;
    return words[WAIT_BOUNDED_BY];
}

/*
 * As of when is the owner known? In this picture, if that is certain. A time is of use for an owner
 * that has ended: one that waits may hold what it waits for by now, or have been seen to just then.
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
    uint8_t kind = object_kind_of(reading, held);
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
        .operation = reading_enum(reading, &operation_table, words[WAIT_KINDS] >> 8 & 0xff),
        .since_ns = (int64_t)words[WAIT_SINCE],
        .until_ns = (int64_t)words[WAIT_UNTIL],
        .may_be_over = !held->steady,
        .any_unlocks = (words[WAIT_FLAGS] & SEGMENT_LOCK_ANY_UNLOCKS) != 0,
        .cancellable = (words[WAIT_FLAGS] & SEGMENT_WAIT_CANCELLABLE) != 0,
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
    return end;
}

bool add_waits(struct reading *reading)
{
    size_t holder_count;
    struct blocked_holder *holders = blocked_holders(reading, &holder_count);
    if (!holders)
        return false;
    for (size_t i = 0; i < reading->object_count; i++)
        add_object(reading, reading->objects[i].words, holders, holder_count);
    free(holders);
    for (size_t i = 0; i < reading->wait_count;)
        i = add_waits_of_task(reading, i);
    return true;
}
