/* Contexts: their slots, and the events of their lives. */
#include "record/events.h"
#include "record/lifecycle.h"
#include "record/stacks.h"
#include "record/texts.h"

static uint64_t packed_state(uint8_t kind, uint8_t state, uint8_t how, uint8_t flags)
{
    invariant(kind < CONTEXT_KIND_COUNT && state < CONTEXT_STATE_COUNT && how < CONTEXT_END_COUNT);
    return kind | (uint64_t)state << 8 | (uint64_t)how << 16 | (uint64_t)flags << 24;
}

void record_moment_now(struct record_moment *moment, const void *site)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    moment->time_ns = clock_now(&thread->clock);
    moment->task_id = thread->running.id;
    moment->stack = stack_here(site);
    recorder_leave(thread);
}

/* A thread for which there was no ring shares the words of the header with its like. */
static void count_created(struct recorder_thread *thread)
{
    if (thread->ring)
        word_set(thread->ring, RING_CONTEXTS_CREATED,
                 word_get(thread->ring, RING_CONTEXTS_CREATED) + 1);
    else
        atomic_fetch_add_explicit(&recorder.storage.header->contexts_created, 1,
                                  memory_order_relaxed);
}

static void count_ended(struct recorder_thread *thread, uint64_t count)
{
    if (thread->ring)
        word_set(thread->ring, RING_CONTEXTS_ENDED,
                 word_get(thread->ring, RING_CONTEXTS_ENDED) + count);
    else
        atomic_fetch_add_explicit(&recorder.storage.header->contexts_ended, count,
                                  memory_order_relaxed);
}

/* A context without a place in the segment has no id, but it has an epoch. */
static bool is_counted(const struct record_slot *slot)
{
    return record_slot_epoch(slot) == recorder_epoch();
}

static void fill(segment_word *slot, const struct record_context *context, uint64_t id,
                 const struct record_moment *moment, uint64_t detail)
{
    invariant(id != 0);
    uint64_t sequence = slot_begin(slot);
    word_set(slot, CTX_ID, id);
    word_set(slot, CTX_KIND_AND_STATE,
             packed_state(context->kind, CONTEXT_OPEN, ENDED_NOT,
                          context->own_done ? SEGMENT_OWN_DONE : 0));
    word_set(slot, CTX_STACKS, moment->stack);
    word_set(slot, CTX_ENDED, 0);
    word_set(slot, CTX_CANCELLER_TASK, 0);
    word_set(slot, CTX_CODE_AND_LOSERS, 0);
    word_set(slot, CTX_DETAIL, detail);
    word_set(slot, CTX_PARENT_ID, context->parent_id);
    /*
     * What was asked for is told by the time from here to the deadline: it has to be the moment
     * that the deadline was counted from, however long the thread was kept from coming here.
     */
    word_set(slot, CTX_CREATED, (uint64_t)(context->made_ns ? context->made_ns : moment->time_ns));
    word_set(slot, CTX_DEADLINE, (uint64_t)context->deadline_ns);
    word_set(slot, CTX_REQUESTED, (uint64_t)context->requested_ns);
    word_set(slot, CTX_CREATOR_TASK, moment->task_id);
    word_set(slot, CTX_REFERENCES, 1);
    word_set(slot, CTX_NAME, 0);
    word_set(slot, CTX_ADDRESS, (uint64_t)(uintptr_t)context->address);
    slot_end(slot, sequence);
}

void record_context_created(struct record_slot *slot, const struct record_context *context)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    struct record_moment moment = {clock_now(&thread->clock), thread->running.id,
                                   stack_here(context->site)};
    *slot = (struct record_slot){.epoch = recorder_epoch()};
    count_created(thread);
    if (recorder_take_slot(thread, AREA_CONTEXTS, LOSS_CONTEXTS, slot)) {
        fill(recorder_slot(AREA_CONTEXTS, slot->index), context, slot->id, &moment,
             text_store(thread, context->detail));
        event_write(thread, &(struct event){.kind = EVENT_CONTEXT_CREATED,
                                            .time_ns = moment.time_ns,
                                            .task_id = moment.task_id,
                                            .subject_id = slot->id,
                                            .parent_id = context->parent_id,
                                            .stack = moment.stack});
    }
    recorder_leave(thread);
}

void record_root_created(struct record_slot *slot, uint8_t kind, const void *address)
{
    invariant(kind == CONTEXT_BACKGROUND || kind == CONTEXT_TODO);
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    /* Threads that meet a root for the first time at once must make one slot of it, not two. */
    lock_take(&recorder.roots_lock);
    struct record_slot made;
    if (record_slot_epoch(slot) != recorder_epoch() &&
        recorder_take_slot(thread, AREA_CONTEXTS, LOSS_CONTEXTS, &made)) {
        made.id = kind; /* 1 and 2: always the same, below the first id that is given out */
        struct record_context root = {
            .kind = kind, .deadline_ns = INT64_MAX, .requested_ns = INT64_MAX, .address = address};
        struct record_moment moment = {recorder.storage.header->started_ns, 0, 0};
        fill(recorder_slot(AREA_CONTEXTS, made.index), &root, made.id, &moment, 0);
        count_created(thread);
        slot->index = made.index;
        slot->id = made.id;
        atomic_store_explicit(&slot->epoch, recorder_epoch(), memory_order_release);
    }
    lock_release(&recorder.roots_lock);
    recorder_leave(thread);
}

static void write_end(segment_word *words, const struct record_moment *moment,
                      const struct record_end *end, uint64_t cause)
{
    uint64_t kind_and_state = word_get(words, CTX_KIND_AND_STATE);
    uint8_t flags = (uint8_t)(kind_and_state >> 24 | (end->born_ended ? SEGMENT_BORN_ENDED : 0));
    invariant((kind_and_state >> 8 & 0xff) == CONTEXT_OPEN); /* it ends once */
    invariant(end->state != CONTEXT_OPEN && end->how != ENDED_NOT);
    uint64_t sequence = slot_begin(words);
    word_set(words, CTX_KIND_AND_STATE,
             packed_state(kind_and_state & 0xff, end->state, end->how, flags));
    word_set(words, CTX_STACKS,
             (uint32_t)word_get(words, CTX_STACKS) | (uint64_t)moment->stack << 32);
    word_set(words, CTX_ENDED, (uint64_t)moment->time_ns);
    word_set(words, CTX_CANCELLER_TASK, moment->task_id);
    word_set(words, CTX_CODE_AND_LOSERS,
             (uint32_t)end->code | (word_get(words, CTX_CODE_AND_LOSERS) >> 32 << 32));
    word_set(words, CTX_DETAIL, cause);
    slot_end(words, sequence);
}

void record_context_ended(struct record_slot *slot, const struct record_moment *moment,
                          const struct record_end *end)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_CONTEXTS, slot);
    if (is_counted(slot))
        count_ended(thread, 1);
    if (words) {
        uint64_t cause = text_store(thread, end->text);
        write_end(words, moment, end, cause);
        event_write(thread, &(struct event){.kind = EVENT_CONTEXT_ENDED,
                                            .end = end->how,
                                            .code = end->code,
                                            .time_ns = moment->time_ns,
                                            .task_id = moment->task_id,
                                            .subject_id = slot->id,
                                            .text = cause,
                                            .stack = moment->stack});
    }
    recorder_leave(thread);
}

void record_contexts_ended_below(uint64_t count)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    count_ended(thread, count);
    recorder_leave(thread);
}

void record_context_cancel_too_late(struct record_slot *slot, const struct record_moment *moment,
                                    int32_t code, const char *text)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_CONTEXTS, slot);
    if (words) {
        uint64_t sequence = slot_begin(words);
        word_set(words, CTX_CODE_AND_LOSERS,
                 word_get(words, CTX_CODE_AND_LOSERS) + (UINT64_C(1) << 32));
        slot_end(words, sequence);
        uint64_t cause = text_store(thread, text);
        event_write(thread, &(struct event){.kind = EVENT_CANCEL_TOO_LATE,
                                            .code = code,
                                            .time_ns = moment->time_ns,
                                            .task_id = moment->task_id,
                                            .subject_id = slot->id,
                                            .text = cause,
                                            .stack = moment->stack});
        text_free(thread, cause); /* only history knows it, for as long as nobody needs the cell */
    }
    recorder_leave(thread);
}

void record_context_references(struct record_slot *slot, int owners, int observers)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_CONTEXTS, slot);
    if (words)
        atomic_fetch_add_explicit(&words[CTX_REFERENCES],
                                  (uint64_t)(int64_t)owners + ((uint64_t)(int64_t)observers << 32),
                                  memory_order_relaxed);
    recorder_leave(thread);
}

void record_context_named(struct record_slot *slot, const char *name)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_CONTEXTS, slot);
    if (words) {
        uint64_t before = word_get(words, CTX_NAME), text = text_store(thread, name);
        uint64_t sequence = slot_begin(words);
        word_set(words, CTX_NAME, text);
        slot_end(words, sequence);
        text_free(thread, before);
    }
    recorder_leave(thread);
}

static void add_flag(struct record_slot *slot, uint8_t flag)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_CONTEXTS, slot);
    if (words) {
        invariant(!(word_get(words, CTX_KIND_AND_STATE) >> 24 & flag)); /* each happens once */
        uint64_t sequence = slot_begin(words);
        word_set(words, CTX_KIND_AND_STATE,
                 word_get(words, CTX_KIND_AND_STATE) | (uint64_t)flag << 24);
        slot_end(words, sequence);
    }
    recorder_leave(thread);
}

void record_context_stopped(struct record_slot *slot)
{
    add_flag(slot, SEGMENT_STOPPED);
}

void record_context_function_started(struct record_slot *slot)
{
    add_flag(slot, SEGMENT_FUNCTION_STARTED);
}

/* Good to some milliseconds, but never before the context's creation and end in the history. */
static int64_t released_at(struct recorder_thread *thread, const segment_word *words)
{
    int64_t now = clock_about_now(&thread->clock);
    int64_t created = (int64_t)word_get(words, CTX_CREATED);
    int64_t ended = (int64_t)word_get(words, CTX_ENDED);
    int64_t least = ended > created ? ended : created;
    return now > least ? now : least;
}

void record_context_released(struct record_slot *slot, bool ended)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_CONTEXTS, slot);
    if (is_counted(slot) && !ended)
        count_ended(thread, 1);
    if (words) {
        event_write(thread, &(struct event){.kind = EVENT_CONTEXT_RELEASED,
                                            .time_ns = released_at(thread, words),
                                            .task_id = thread->running.id,
                                            .subject_id = slot->id});
        uint64_t name = word_get(words, CTX_NAME), detail = word_get(words, CTX_DETAIL);
        recorder_free_slot(thread, AREA_CONTEXTS, slot);
        text_free(thread, name);
        text_free(thread, detail);
    }
    recorder_leave(thread);
}
