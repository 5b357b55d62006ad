/*
 * Waits: a slot for each object that a task is blocked on, taken and freed around the blocking. The
 * thread remembers its slots on a small stack, because waits nest (a callback that blocks within
 * one).
 */
#include "record/recorder.h"

/* A select: `count` waits that begin together. */
struct wait_group {
    uint32_t number, count;
};

static uint64_t kinds_of(const struct record_wait *wait, struct wait_group group)
{
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
    word_set(words, WAIT_FLAGS, wait->flags);
    word_set(words, WAIT_OWNER_THREAD, wait->owner_thread);
    word_set(words, WAIT_OWNER_WAIT, 0);
    word_set(words, WAIT_OWNER_WAIT_SEQUENCE, 0);
    slot_end(words, sequence);
}

uint32_t record_wait_begin(const struct record_wait *waits, uint32_t count)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return 0;
    uint32_t token = thread->open_wait_count + 1, stack = stack_here(NULL);
    int64_t now = clock_now(&thread->clock);
    struct wait_group group = {0, 0};
    if (count > 1)
        group = (struct wait_group){++thread->next_group, count};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = UINT32_MAX;
        if (thread->open_wait_count == RECORDER_OPEN_WAITS) {
            recorder_lost(LOSS_WAITS, LOSS_NESTED);
            continue;
        }
        if (!slots_take(&recorder.stocks[AREA_WAITS], &thread->caches[AREA_WAITS],
                        &recorder.storage, AREA_WAITS, &index)) {
            recorder_lost(LOSS_WAITS, recorder_why_no_slot(AREA_WAITS));
            continue;
        }
        fill(recorder_slot(AREA_WAITS, index), &waits[i], thread->running.id, now, stack, group);
        thread->open_waits[thread->open_wait_count++] = index;
    }
    recorder_leave(thread);
    return token;
}

void record_wait_holders(uint32_t token, const struct record_wait_holders *holders)
{
    struct recorder_thread *thread = token ? recorder_enter() : NULL;
    if (!thread)
        return;
    if (token <= thread->open_wait_count) {
        segment_word *words = recorder_slot(AREA_WAITS, thread->open_waits[token - 1]);
        word_set(words, WAIT_OWNER_TASK, holders->owner_task_id);
        word_set(words, WAIT_HELD, holders->held[0]);
        word_set(words, WAIT_HELD_2, holders->held[1]);
    }
    recorder_leave(thread);
}

static void end_waits(struct recorder_thread *thread, uint32_t token)
{
    while (thread->open_wait_count >= token) {
        uint32_t index = thread->open_waits[--thread->open_wait_count];
        segment_word *words = recorder_slot(AREA_WAITS, index);
        uint64_t sequence = slot_begin(words);
        word_set(words, WAIT_TASK_ID, 0);
        slot_end(words, sequence);
        slots_free(&recorder.stocks[AREA_WAITS], &thread->caches[AREA_WAITS], index);
    }
}

void record_wait_end(uint32_t token)
{
    if (!token)
        return;
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    end_waits(thread, token);
    recorder_leave(thread);
}

/* A thread that was cancelled while it waited, or has left otherwise, waits no more. */
void waits_detach(struct recorder_thread *thread)
{
    end_waits(thread, 1);
}
