/*
 * The rings of history, one per thread; a ring passes from a thread that ended to a new one. A
 * thread gets one with its first event: of thousands that only wait, each would cost some pages.
 */
#include "record/events.h"

static void attach(struct recorder_thread *thread)
{
    invariant(!thread->ring);
    thread->ring_wanted = true;
    if (!slots_take(&recorder.stocks[AREA_RINGS], &thread->caches[AREA_RINGS], &recorder.storage,
                    AREA_RINGS, &thread->ring_index))
        return;
    /* The cache takes them by the batch; a ring is large, so the others go back at once. */
    slots_give_back(&recorder.stocks[AREA_RINGS], &thread->caches[AREA_RINGS]);
    thread->ring = recorder_slot(AREA_RINGS, thread->ring_index);
    invariant(word_get(thread->ring, RING_TASK_ID) == 0); /* it is no other thread's */
    word_set(thread->ring, RING_TASK_ID, thread->running.id);
}

void rings_detach(struct recorder_thread *thread)
{
    if (!thread->ring)
        return;
    word_set(thread->ring, RING_TASK_ID, 0);
    slots_free(&recorder.stocks[AREA_RINGS], &thread->caches[AREA_RINGS], thread->ring_index);
    thread->ring = NULL;
}

void event_write(struct recorder_thread *thread, const struct event *event)
{
    if (!thread->ring && !thread->ring_wanted)
        attach(thread);
    segment_word *ring = thread->ring;
    if (!ring) {
        recorder_lost(LOSS_EVENTS, recorder_why_no_slot(AREA_RINGS));
        return;
    }
    uint64_t number = word_get(ring, RING_HEAD);
    segment_word *slot = ring + RING_FIRST_EVENT + (number & recorder.ring_mask) * EVENT_WORDS;
    invariant(event->kind < EVENT_KIND_COUNT && event->end < CONTEXT_END_COUNT);
    invariant(word_get(slot, EVENT_SEQUENCE) % 2 == 0); /* a ring has one writer */
    atomic_store_explicit(&slot[EVENT_SEQUENCE], 2 * number + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    word_set(slot, EVENT_TIME, (uint64_t)event->time_ns);
    word_set(slot, EVENT_KIND_AND_CODE,
             event->kind | (uint64_t)event->end << 8 | (uint64_t)(uint32_t)event->code << 32);
    word_set(slot, EVENT_TASK, event->task_id);
    word_set(slot, EVENT_SUBJECT, event->subject_id);
    word_set(slot, EVENT_PARENT, event->parent_id);
    word_set(slot, EVENT_STACK, event->stack);
    word_set(slot, EVENT_TEXT, event->text);
    atomic_store_explicit(&slot[EVENT_SEQUENCE], 2 * number + 2, memory_order_release);
    atomic_store_explicit(&ring[RING_HEAD], number + 1, memory_order_release);
}
