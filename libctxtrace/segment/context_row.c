#include "segment/context_row.h"

#include "base/array.h"

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
    reading->claimed_contexts += (can_be_cancelled && context->cancellable.value == FACT_NO) ||
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
