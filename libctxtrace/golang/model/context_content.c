#include "golang/model/context_content.h"

#include "base/clock.h"
#include "base/times.h"
#include "golang/binary/field.h"

#include <string.h>

static struct interface_value read_interface(const struct context_search *search, uint64_t address,
                                             bool is_any)
{
    uint64_t words[2];
    memory_read(search->program->memory, address, words, sizeof words);
    if (!is_any && words[0]) /* an itab, which knows the type */
        words[0] = memory_word(search->program->memory, words[0] + 8);
    return (struct interface_value){words[0], words[1]};
}

#define WALL_HAS_MONOTONIC (UINT64_C(1) << 63)
#define SECONDS_TO_1885    INT64_C(59453308800)
#define SECONDS_TO_1970    INT64_C(62135596800)

#define LATEST_SECONDS (INT64_MAX / NS_PER_SECOND - 1)

/*
 * A time.Time: wall, ext, loc. Returns nanoseconds since 1970, where that is before or after what
 * they can tell, in 1678 or 2262, the first or last moment that they can.
 */
static int64_t read_time(const struct context_search *search, uint64_t address)
{
    uint64_t wall = memory_word(search->program->memory, address);
    int64_t seconds = (int64_t)memory_word(search->program->memory, address + 8);
    if (wall & WALL_HAS_MONOTONIC)
        seconds = SECONDS_TO_1885 + (int64_t)(wall << 1 >> 31);
    seconds = time_between(SECONDS_TO_1970, seconds);
    if (seconds > LATEST_SECONDS)
        return INT64_MAX - 1;
    if (seconds < -LATEST_SECONDS)
        return -INT64_MAX;
    return seconds * NS_PER_SECOND + (int64_t)(wall & ((1 << 30) - 1));
}

bool is_done_channel(struct context_search *search, uint64_t type)
{
    struct go_type channel;
    char name[GO_NAME_SIZE];
    if (type == search->channel_type)
        return true;
    if (!go_type_read(search->program, type, &channel) || channel.kind != KIND_CHAN)
        return false;
    go_type_name(search->program, type, name);
    if (strcmp(name, "chan struct {}") != 0)
        return false;
    search->channel_type = type;
    return true;
}

/* context.DeadlineExceeded? There are few types of errors, and mostly one after the other. */
static bool is_deadline_exceeded(struct context_search *search, const struct interface_value *error)
{
    char name[GO_NAME_SIZE];
    if (error->type != search->error_type) {
        go_type_name(search->program, error->type, name);
        search->error_is_deadline = strcmp(name, "context.deadlineExceededError") == 0;
        search->error_type = error->type;
    }
    return search->error_is_deadline;
}

static void read_core(struct context_search *search, struct go_context *context)
{
    const struct go_program *program = search->program;
    uint64_t done[2] = {0, 0};
    int32_t at = field_offset(program, CANCEL_DONE);
    if (at >= 0)
        memory_read(program->memory, context->core + (uint64_t)at, done, sizeof done);
    context->done = done[0] ? done[1] : 0;
    if ((at = field_offset(program, CANCEL_ERR)) >= 0)
        context->error = read_interface(search, context->core + (uint64_t)at,
                                        program->layout.traits.boxed_error);
    context->deadline_exceeded =
        context->error.type && is_deadline_exceeded(search, &context->error);
    if ((at = field_offset(program, CANCEL_CAUSE)) >= 0)
        context->cause = read_interface(search, context->core + (uint64_t)at, false);
}

void context_content_read(struct context_search *search, struct go_context *context)
{
    const struct context_type *type = &search->types->items[context->type];
    context->deadline_realtime_ns = INT64_MAX;
    if (context_type_has_core(type))
        context->core = context->address;
    int32_t timer = field_offset(search->program, TIMERCTX_TIMER);
    int32_t deadline = field_offset(search->program, TIMERCTX_DEADLINE);
    if (type->kind == CONTEXT_DEADLINE && timer == 8) /* Go 1.20: points to its cancelCtx */
        context->core = memory_word(search->program->memory, context->address);
    if (type->kind == CONTEXT_DEADLINE && deadline >= 0)
        context->deadline_realtime_ns = read_time(search, context->address + (uint64_t)deadline);
    if (context->core)
        read_core(search, context);
    uint64_t parent[2];
    bool has_inner_core = context->core && context->core != context->address;
    parent_path_follow(search->program, &type->parent,
                       has_inner_core ? context->core : context->address, parent);
    context->parent_itab = parent[0];
    context->parent_data = parent[1];
}
