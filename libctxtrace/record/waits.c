/*
 * Waits: a slot for each object that a task is blocked on, taken and freed around the blocking. A
 * token is the slot of its outermost wait, + 1; ending it ends what was begun within it and was
 * left without being ended. A token that is not in the list of the running task belongs to nothing,
 * and ends nothing.
 */
#include "record/lifecycle.h"
#include "record/open_waits.h"
#include "record/stacks.h"

static bool is_in(uint32_t innermost, uint32_t token)
{
    for (uint32_t at = innermost; at; at = recorder.waits.outer[at - 1])
        if (at == token)
            return true;
    return false;
}

/* A select: `count` waits that begin together. */
struct wait_group {
    uint32_t number, count;
};

static uint64_t kinds_of(const struct record_wait *wait, struct wait_group group)
{
    invariant(wait->object < OBJECT_KIND_COUNT && wait->operation < WAIT_OPERATION_COUNT);
    uint64_t count = group.count < UINT16_MAX ? group.count : UINT16_MAX;
    return wait->object | (uint64_t)wait->operation << 8 | count << 16 |
           (uint64_t)group.number << 32;
}

static void fill(segment_word *words, const struct record_wait *wait, uint64_t task_id,
                 int64_t since_ns, uint32_t stack, struct wait_group group)
{
    uint64_t sequence = slot_begin(words);
    word_set(words, WAIT_TASK_ID, task_id);
    word_set(words, WAIT_KINDS, kinds_of(wait, group));
    word_set(words, WAIT_OBJECT_ID, wait->object_id);
    word_set(words, WAIT_ADDRESS, (uint64_t)(uintptr_t)wait->address);
    word_set(words, WAIT_SINCE, (uint64_t)since_ns);
    word_set(words, WAIT_UNTIL, (uint64_t)wait->until_ns);
    word_set(words, WAIT_STACK, stack);
    word_set(words, WAIT_BOUNDED_BY, wait->bounded_by_id);
    word_set(words, WAIT_OWNER_TASK, wait->owner_task_id);
    word_set(words, WAIT_HELD, 0);
    word_set(words, WAIT_HELD_2, 0);
    word_set(words, WAIT_FLAGS, wait->properties);
    word_set(words, WAIT_OWNER_THREAD, wait->owner_thread);
    word_set(words, WAIT_OWNER_WAIT, 0);
    word_set(words, WAIT_OWNER_WAIT_SEQUENCE, 0);
    slot_end(words, sequence);
}

/* Returns its token, or 0 if there is no place for it. */
static uint32_t begin_one(struct recorder_thread *thread, const struct record_wait *wait,
                          int64_t since_ns, uint32_t stack, struct wait_group group)
{
    uint32_t index, *innermost = waits_of_running(thread);
    if (!slots_take(&recorder.stocks[AREA_WAITS], &thread->caches[AREA_WAITS], &recorder.storage,
                    AREA_WAITS, &index)) {
        recorder_lost(LOSS_WAITS, recorder_why_no_slot(AREA_WAITS));
        return 0;
    }
    fill(recorder_slot(AREA_WAITS, index), wait, thread->running.id, since_ns, stack, group);
    recorder.waits.outer[index] = *innermost;
    return *innermost = index + 1;
}

uint32_t record_wait_begin(const struct record_wait *waits, uint32_t count)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return 0;
    uint32_t outermost = 0, stack = stack_here(count ? waits[0].site : NULL);
    int64_t now = clock_now(&thread->clock);
    struct wait_group group = {0, 0};
    if (count > 1)
        group = (struct wait_group){++thread->next_group, count};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t token = begin_one(thread, &waits[i], now, stack, group);
        outermost = outermost ? outermost : token;
    }
    recorder_leave(thread);
    return outermost;
}

uint32_t record_wait_begin_marked(const struct record_wait *wait, uint64_t *sequence)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return 0;
    uint32_t stack = stack_here(wait->site);
    uint32_t token =
        begin_one(thread, wait, clock_now(&thread->clock), stack, (struct wait_group){0, 0});
    if (token)
        *sequence = word_get(recorder_slot(AREA_WAITS, token - 1), WAIT_SEQUENCE);
    recorder_leave(thread);
    return token;
}

static segment_word *open_wait(struct recorder_thread *thread, uint32_t token)
{
    return is_in(*waits_of_running(thread), token) ? recorder_slot(AREA_WAITS, token - 1) : NULL;
}

static uint64_t packed_held(const struct record_held_lock *lock)
{
    if (!lock->address)
        return 0;
    return (uint64_t)(uintptr_t)lock->address | (lock->is_rwlock ? SEGMENT_HELD_RWLOCK : 0);
}

/*
 * Word by word, and a kill may fall between any two: the mark of the owner's wait counts only if
 * its place, its sequence and the owner fit together.
 */
static void set_holders(segment_word *words, const struct record_wait_holders *holders)
{
    uint64_t flags = word_get(words, WAIT_FLAGS) | SEGMENT_OWNER_TOLD_LATER;
    word_set(words, WAIT_OWNER_WAIT, 0);
    word_set(words, WAIT_OWNER_TASK, holders->owner_task_id);
    word_set(words, WAIT_OWNER_THREAD, holders->owner_thread);
    word_set(words, WAIT_FLAGS, holders->owner_gone ? flags | SEGMENT_OWNER_GONE : flags);
    word_set(words, WAIT_OWNER_WAIT_SEQUENCE, holders->owner_wait.sequence);
    word_set(words, WAIT_OWNER_WAIT, holders->owner_wait.place);
    word_set(words, WAIT_HELD, packed_held(&holders->held[0]));
    word_set(words, WAIT_HELD_2, packed_held(&holders->held[1]));
}

void record_wait_holders(uint32_t token, const struct record_wait_holders *holders)
{
    struct recorder_thread *thread = token ? recorder_enter() : NULL;
    if (!thread)
        return;
    segment_word *words = open_wait(thread, token);
    if (words)
        set_holders(words, holders);
    recorder_leave(thread);
}

void record_wait_end(uint32_t token)
{
    if (!token)
        return;
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    uint32_t *innermost = waits_of_running(thread);
    if (is_in(*innermost, token)) {
        while (*innermost != token)
            waits_end_innermost(thread, innermost);
        waits_end_innermost(thread, innermost);
        invariant(!is_in(*innermost, token));
    }
    recorder_leave(thread);
}

/* A task that was cancelled while it waited, or has left otherwise, waits no more. */
