#include "base/invariant.h"
#include "base/sorted.h"
#include <stdlib.h>

#include "base/array.h"
#include "segment/reading.h"

/* What Cause() says where the program gave no text of its own. */
static snapshot_string plain_cause(struct reading *reading, const struct snapshot_context *context)
{
    if (context->state == CONTEXT_OPEN)
        return 0;
    return builder_string(reading->builder, context->state == CONTEXT_TIMED_OUT
                                                ? "context deadline exceeded"
                                                : "context canceled");
}

static void add_texts(struct reading *reading, const uint64_t *words,
                      struct snapshot_context *context)
{
    context->name = reading_text(reading, words[CTX_NAME]);
    snapshot_string detail = reading_text(reading, words[CTX_DETAIL]);
    if (context->kind == CONTEXT_VALUE) {
        context->key = detail;
        detail = 0;
    } else if (context->kind == CONTEXT_CUSTOM && context->state == CONTEXT_OPEN) {
        context->type = detail;
        detail = 0;
    }
    if (context->state != CONTEXT_OPEN)
        context->cause_text = detail ? detail : plain_cause(reading, context);
}

static void add_end(struct reading *reading, const uint64_t *words,
                    struct snapshot_context *context)
{
    uint64_t packed = words[CTX_KIND_AND_STATE];
    context->ended_ns = SNAPSHOT_NEVER;
    context->cancel_stack = SNAPSHOT_NONE;
    if (context->state == CONTEXT_OPEN)
        return;
    context->ended_by = reading_word(reading, RECORDED_CONTEXT_ENDS, packed >> 16 & 0xff);
    if (context->ended_by == ENDED_NOT)
        context->ended_by = ENDED_UNKNOWN;
    context->ended_ns = (int64_t)words[CTX_ENDED];
    context->canceller_task_id = words[CTX_CANCELLER_TASK];
    context->cancel_stack =
        stack_reader_find(&reading->stacks, (uint32_t)(words[CTX_STACKS] >> 32));
    context->cause_code = (int32_t)(uint32_t)words[CTX_CODE_AND_LOSERS];
    reading_note_time(reading, words[CTX_ENDED]);
}

/* Remembers what the second walk is to confirm. False when memory ran out. */
static bool note_open(struct reading *reading, uint64_t slot,
                      const struct snapshot_context *context)
{
    if (context->state != CONTEXT_OPEN || reading->file->quiet)
        return true;
    if (!ARRAY_ROOM(reading->open_contexts, reading->open_capacity, reading->open_count + 1))
        return false;
    reading->open_contexts[reading->open_count++] =
        (struct open_context){.slot = slot, .id = context->id};
    bool can_be_cancelled = context->kind == CONTEXT_CANCEL || context->kind == CONTEXT_DEADLINE;
    reading->weighty_contexts += (can_be_cancelled && context->cancellable.value == FACT_NO) ||
                                 context->held_only_by_parent.value == FACT_YES;
    return true;
}

bool add_context(struct reading *reading, uint64_t slot, const uint64_t *words)
{
    uint64_t packed = words[CTX_KIND_AND_STATE];
    struct snapshot_context context = {
        .id = words[CTX_ID],
        .address = words[CTX_ADDRESS],
        .parent_id = words[CTX_PARENT_ID],
        .kind = reading_word(reading, RECORDED_CONTEXT_KINDS, packed & 0xff),
        .state = reading_word(reading, RECORDED_CONTEXT_STATES, packed >> 8 & 0xff),
        .own_done = (packed >> 24 & SEGMENT_OWN_DONE) != 0,
        .stopped = (packed >> 24 & SEGMENT_STOPPED) != 0,
        .born_ended = (packed >> 24 & SEGMENT_BORN_ENDED) != 0,
        .owners = (uint32_t)words[CTX_REFERENCES],
        .observers = (uint32_t)(words[CTX_REFERENCES] >> 32),
        .losing_cancels = (uint32_t)(words[CTX_CODE_AND_LOSERS] >> 32),
        .created_ns = (int64_t)words[CTX_CREATED],
        .deadline_ns = (int64_t)words[CTX_DEADLINE],
        .requested_deadline_ns = (int64_t)words[CTX_REQUESTED],
        .creator_task_id = words[CTX_CREATOR_TASK],
        .creation_stack = stack_reader_find(&reading->stacks, (uint32_t)words[CTX_STACKS]),
    };
    add_end(reading, words, &context);
    add_texts(reading, words, &context);
    context_facts_from_counts(&context, reading->counts_lack);
    reading_note_time(reading, words[CTX_CREATED]);
    builder_add_context(reading->builder, &context);
    return note_open(reading, slot, &context);
}

static bool visit_context(void *state, uint64_t index, const uint64_t *words)
{
    return add_context(state, index, words);
}

static bool read_once(struct reading *reading)
{
    const struct segment_file *file = reading->file;
    if (!file->quiet && file->areas[AREA_CONTEXTS].used <= MOST_MENDED_CONTEXTS)
        return read_contexts_mended(reading);
    return slots_walk(file, AREA_CONTEXTS, visit_context, reading,
                      &reading->in_flight[AREA_CONTEXTS]);
}

/* ---- the second walk ---- */

static int by_slot(const void *a, const void *b)
{
    const struct open_context *one = a, *other = b;
    if (one->slot != other->slot)
        return one->slot < other->slot ? -1 : 1;
    return one->id < other->id ? -1 : one->id > other->id;
}

static bool visit_again(void *state, uint64_t index, const uint64_t *words)
{
    struct reading *reading = state;
    const struct open_context key = {.slot = index, .id = words[CTX_ID]};
    if ((words[CTX_KIND_AND_STATE] >> 8 & 0xff) != CONTEXT_OPEN)
        return true;
    struct open_context *found = bsearch(&key, reading->open_contexts, reading->open_count,
                                         sizeof *reading->open_contexts, by_slot);
    if (found)
        found->is_still_open = true;
    return true;
}

/* Most programs have nothing at stake, and are spared it. */
static bool look_again_at_contexts(struct reading *reading)
{
    uint64_t ignored = 0;
    if (reading->weighty_contexts == 0)
        return true;
    qsort(reading->open_contexts, reading->open_count, sizeof *reading->open_contexts, by_slot);
    invariant(SORTED_ALL(i, reading->open_count,
                         by_slot(&reading->open_contexts[i - 1], &reading->open_contexts[i]) <= 0));
    if (!slots_walk(reading->file, AREA_CONTEXTS, visit_again, reading, &ignored))
        return false;
    for (size_t i = 0; i < reading->open_count; i++) {
        if (!reading->open_contexts[i].is_still_open)
            builder_context_was_moving(reading->builder, reading->open_contexts[i].id);
    }
    return true;
}

bool read_contexts(struct reading *reading)
{
    return read_once(reading) && (reading->file->quiet || look_again_at_contexts(reading));
}
