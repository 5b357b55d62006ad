#include "golang/telling.h"

#include "golang/plain_text.h"
#include "snapshot/times.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 10000 /* of a chain of contexts; links that were torn can form a ring */

uint64_t context_id(const struct telling *telling, uint32_t index)
{
    return index < telling->picture->contexts.count
               ? telling->picture->contexts.items[index].address
               : 0;
}

static const struct context_type *type_of(const struct telling *telling,
                                          const struct go_context *context)
{
    return &telling->types->items[context->type];
}

/* Is it ended: itself, or, for one without a state of its own, the nearest that has one? */
static const struct go_context *state_holder(const struct telling *telling,
                                             const struct go_context *context)
{
    for (unsigned i = 0; i < MAX_DEPTH; i++) {
        if (context->core || type_of(telling, context)->kind == CONTEXT_WITHOUT_CANCEL ||
            context->parent == CONTEXT_NO_PARENT)
            return context;
        context = &telling->picture->contexts.items[context->parent];
    }
    return context;
}

static uint8_t state_of(const struct telling *telling, const struct go_context *context)
{
    char name[GO_NAME_SIZE];
    const struct go_context *holder = state_holder(telling, context);
    if (!holder->error.type)
        return CONTEXT_OPEN;
    go_type_name(telling->program, holder->error.type, name);
    return strcmp(name, "context.deadlineExceededError") == 0 ? CONTEXT_TIMED_OUT
                                                              : CONTEXT_CANCELED;
}

static uint8_t end_of(const struct telling *telling, const struct go_context *context)
{
    uint8_t state = state_of(telling, context);
    if (state == CONTEXT_OPEN)
        return ENDED_NOT;
    if (!context->core)
        return ENDED_BY_PARENT;
    const struct go_context *parent = context->parent == CONTEXT_NO_PARENT
                                          ? NULL
                                          : &telling->picture->contexts.items[context->parent];
    bool parent_open = !parent || state_of(telling, parent) == CONTEXT_OPEN;
    bool has_deadline = type_of(telling, context)->kind == CONTEXT_DEADLINE;
    if (state == CONTEXT_TIMED_OUT && has_deadline && parent_open)
        return ENDED_BY_DEADLINE;
    if (state == CONTEXT_CANCELED && parent_open)
        return ENDED_BY_OWN_CANCEL;
    return ENDED_UNKNOWN;
}

/* The earliest deadline up to where cancellation stops. */
static int64_t effective_deadline(const struct telling *telling, const struct go_context *context)
{
    int64_t earliest = INT64_MAX;
    for (unsigned i = 0; i < MAX_DEPTH; i++) {
        const struct context_type *type = type_of(telling, context);
        if (type->kind == CONTEXT_DEADLINE && context->deadline_realtime_ns < earliest)
            earliest = context->deadline_realtime_ns;
        /* A deadline context is only made if it ends before its parents. */
        if (type->kind == CONTEXT_DEADLINE || type->kind == CONTEXT_WITHOUT_CANCEL ||
            context->parent == CONTEXT_NO_PARENT)
            break;
        context = &telling->picture->contexts.items[context->parent];
    }
    if (earliest == INT64_MAX)
        return SNAPSHOT_NEVER;
    return telling->realtime_offset_ns ? time_between(telling->realtime_offset_ns, earliest)
                                       : SNAPSHOT_TIME_UNKNOWN;
}

static void tell_key(struct telling *telling, const struct go_context *context,
                     struct snapshot_context *said)
{
    char text[PLAIN_TEXT_SIZE];
    uint64_t key[2], value[2];
    int32_t key_at = field_offset(telling->program, VALUECTX_KEY);
    int32_t value_at = field_offset(telling->program, VALUECTX_VAL);
    if (key_at < 0 || value_at < 0)
        return;
    memory_read(telling->program->memory, context->address + (uint64_t)key_at, key, sizeof key);
    memory_read(telling->program->memory, context->address + (uint64_t)value_at, value,
                sizeof value);
    if (telling->options->show_values)
        plain_value(telling->program, key[0], key[1], true, text);
    else
        plain_key(telling->program, key[0], key[1], text);
    said->key = builder_string(telling->builder, text);
    plain_value(telling->program, value[0], value[1], telling->options->show_values, text);
    said->value = builder_string(telling->builder, text);
}

static void tell_cause(struct telling *telling, const struct go_context *context,
                       struct snapshot_context *said)
{
    char text[PLAIN_TEXT_SIZE];
    const struct interface_value *cause = context->cause.type ? &context->cause : &context->error;
    if (!cause->type)
        return;
    plain_error(telling->program, cause->type, cause->data, text);
    said->cause_text = builder_string(telling->builder, text);
}

static uint8_t kind_of(const struct telling *telling, const struct go_context *context)
{
    uint64_t todo;
    const struct context_type *type = type_of(telling, context);
    /* Up to Go 1.20 both roots are of one type, told apart by the variables that hold them. */
    if (strcmp(type->name, "*context.emptyCtx") == 0 &&
        elf_file_symbol(telling->program->image->executable, "context.todo", &todo) &&
        memory_word(telling->program->memory, todo + telling->program->image->bias) ==
            context->address)
        return CONTEXT_TODO;
    return type->kind;
}

static void tell_context(struct telling *telling, const struct go_context *context)
{
    size_t index = (size_t)(context - telling->picture->contexts.items);
    int64_t deadline = effective_deadline(telling, context);
    struct snapshot_context said = {
        .id = context->address,
        .address = context->address,
        .parent_id = context_id(telling, context->parent),
        .kind = kind_of(telling, context),
        .state = state_of(telling, context),
        .ended_by = end_of(telling, context),
        .type = builder_string(telling->builder, type_of(telling, context)->name),
        .created_ns = SNAPSHOT_TIME_UNKNOWN,
        .ended_ns = SNAPSHOT_TIME_UNKNOWN,
        .deadline_ns = deadline,
        .requested_deadline_ns = deadline,
        .creation_stack = SNAPSHOT_NONE,
        .cancel_stack = SNAPSHOT_NONE,
        .cancellable = telling->facts->cancellable[index],
        .held_only_by_parent = telling->facts->held_only_by_parent[index],
        .unlinked = telling->facts->unlinked[index]};
    if (said.state == CONTEXT_OPEN)
        said.ended_ns = SNAPSHOT_NEVER;
    if (said.kind == CONTEXT_VALUE)
        tell_key(telling, context, &said);
    if (said.state != CONTEXT_OPEN)
        tell_cause(telling, state_holder(telling, context), &said);
    builder_add_context(telling->builder, &said);
}

/* Nobody recorded who made it; this is where to look. */
static void tell_holders(struct telling *telling)
{
    const struct standings *standings = &telling->picture->standings;
    for (size_t i = 0; i < telling->holders->count; i++) {
        const struct holder *holder = &telling->holders->items[i];
        struct snapshot_holder said = {.stack = SNAPSHOT_NONE,
                                       .name = builder_string(telling->builder, holder->name),
                                       .place = holder->place};
        if (holder->closure) {
            said.stack = stack_names_add(telling->names, &holder->closure, 1, false);
        } else if (holder->goroutine != SNAPSHOT_NONE) {
            const struct standing *standing =
                &telling->picture->goroutines.items[holder->goroutine].standing;
            said.stack = stack_names_add(telling->names,
                                         standings->frames + standing->first_frame + holder->frame,
                                         standing->frame_count - holder->frame, standing->complete);
        }
        builder_context_is_held(telling->builder, context_id(telling, holder->context), &said);
    }
}

/* Every program has Background and TODO; they are worth a line when something hangs below them. */
static bool is_unused_root(const struct telling *telling, size_t index, const bool *has_child)
{
    const struct context_type *type = type_of(telling, &telling->picture->contexts.items[index]);
    return has_child && !has_child[index] &&
           (type->kind == CONTEXT_BACKGROUND || type->kind == CONTEXT_TODO);
}

/*
 * Memory holds contexts that ended and were not collected yet, more than there are in use. Where no
 * marking told which these are, one that ended is shown only if the last garbage collection found
 * it alive, or something was seen to hold it or one below it.
 */
static bool *find_unheld(const struct telling *telling)
{
    const struct contexts *contexts = &telling->picture->contexts;
    bool *unheld = calloc(contexts->count + 1, sizeof *unheld);
    for (size_t i = 0; unheld && telling->picture->searched_ns && i < contexts->count; i++)
        unheld[i] =
            !contexts->items[i].held && state_of(telling, &contexts->items[i]) != CONTEXT_OPEN &&
            !heap_survived(telling->program, &telling->picture->heap, contexts->items[i].address);
    for (size_t i = 0; unheld && i < contexts->count; i++)
        for (uint32_t at = unheld[i] ? CONTEXT_NO_PARENT : contexts->items[i].parent;
             at < contexts->count && unheld[at]; at = contexts->items[at].parent)
            unheld[at] = false;
    return unheld;
}

void tell_contexts(struct telling *telling)
{
    const struct contexts *contexts = &telling->picture->contexts;
    bool *has_child = calloc(contexts->count + 1, sizeof *has_child);
    for (size_t i = 0; has_child && i < contexts->count; i++)
        if (contexts->items[i].parent < contexts->count)
            has_child[contexts->items[i].parent] = true;
    bool *unheld = find_unheld(telling);
    for (size_t i = 0; i < contexts->count; i++) {
        if (contexts->items[i].hidden || telling->facts->garbage[i] ||
            is_unused_root(telling, i, has_child))
            continue;
        if (unheld && unheld[i])
            builder_program(telling->builder)->contexts_unheld++;
        else
            tell_context(telling, &contexts->items[i]);
    }
    free(has_child);
    free(unheld);
    tell_holders(telling);
    builder_add_loss(telling->builder, "contexts",
                     "their parents have them, but not what is searched: small objects, stacks and "
                     "data that hold them as a context",
                     telling->picture->missing_children);
    if (!telling->picture->has_heap)
        builder_add_loss(telling->builder, "contexts",
                         telling->program->image->truncated
                             ? "the list of the heap's spans is in the part of the core that is "
                               "missing, so that no context in the heap is shown"
                             : "the heap could not be found",
                         1);
    else if (telling->program->image->truncated)
        builder_add_loss(telling->builder, "contexts",
                         "the core is cut short: at least those in the part that is missing are "
                         "not shown",
                         1);
}
