#include "record/recorder.h"

enum { ID_BLOCK = 64 };

struct recorder recorder;

_Atomic uint32_t recorder_always_off = RECORDER_OFF;
_Atomic uint32_t *recorder_state = &recorder_always_off;

void recorder_lost(enum loss loss, enum loss_reason reason)
{
    invariant(loss < LOSS_COUNT && reason < LOSS_REASON_COUNT);
    atomic_fetch_add_explicit(&recorder.storage.header->losses[loss][reason], 1,
                              memory_order_relaxed);
}

enum loss_reason recorder_why_no_slot(enum segment_area_kind area)
{
    const struct segment_area *it = &recorder.storage.header->areas[area];
    if (atomic_load(&it->used) >= it->capacity)
        return LOSS_FULL;
    return atomic_load_explicit(&recorder.sealed, memory_order_relaxed) ? LOSS_FORBIDDEN
                                                                        : LOSS_NO_SPACE;
}

bool recorder_is_on(void)
{
    return atomic_load(recorder_state) == RECORDER_ON;
}

/* ---- slots and ids ---- */

uint64_t recorder_new_id(struct recorder_thread *thread)
{
    if (thread->next_id == thread->last_id) {
        thread->next_id =
            atomic_fetch_add_explicit(&recorder.next_id, ID_BLOCK, memory_order_relaxed);
        thread->last_id = thread->next_id + ID_BLOCK;
    }
    invariant(thread->next_id < thread->last_id);
    return thread->next_id++;
}

bool recorder_take_slot(struct recorder_thread *thread, enum segment_area_kind area, enum loss loss,
                        struct record_slot *slot)
{
    uint32_t index;
    if (!slots_take(&recorder.stocks[area], &thread->caches[area], &recorder.storage, area,
                    &index)) {
        recorder_lost(loss, recorder_why_no_slot(area));
        return false;
    }
    invariant(word_get(recorder_slot(area, index), 1) == 0); /* a free slot has no id */
    *slot = (struct record_slot){recorder_new_id(thread), index, recorder_epoch()};
    return true;
}

void recorder_free_slot(struct recorder_thread *thread, enum segment_area_kind area,
                        struct record_slot *slot)
{
    segment_word *words = recorder_slot(area, slot->index);
    invariant(slot->id && word_get(words, 1) == slot->id); /* it is its owner that frees it */
    uint64_t sequence = slot_begin(words);
    word_set(words, 1, 0);
    slot_end(words, sequence);
    slots_free(&recorder.stocks[area], &thread->caches[area], slot->index);
    slot->id = 0;
}

uint64_t record_slot_id(const struct record_slot *slot)
{
    return record_slot_epoch(slot) == recorder_epoch() ? slot->id : 0;
}
