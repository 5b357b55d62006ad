#include "golang/export/export_contexts.h"

#include "golang/export/format_value.h"
#include "snapshot/times.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 10000 /* of a chain of contexts; links that were torn can form a ring */

uint64_t context_id(const struct exporting *export, uint32_t index)
{
    return index < export->model->contexts.count ? export->model->contexts.items[index].address : 0;
}

static const struct context_type *type_of(const struct exporting *export,
                                          const struct go_context *context)
{
    return &export->types->items[context->type];
}

/* Is it ended: itself, or, for one without a state of its own, the nearest that has one? */
static const struct go_context *state_holder(const struct exporting *export,
                                             const struct go_context *context)
{
    for (unsigned i = 0; i < MAX_DEPTH; i++) {
        if (context->core || type_of(export, context)->kind == CONTEXT_WITHOUT_CANCEL ||
            context->parent == CONTEXT_NO_PARENT)
            return context;
        context = &export->model->contexts.items[context->parent];
    }
    return context;
}

static uint8_t state_of(const struct exporting *export, const struct go_context *context)
{
    char name[GO_NAME_SIZE];
    const struct go_context *holder = state_holder(export, context);
    if (!holder->error.type)
        return CONTEXT_OPEN;
    go_type_name(export->program, holder->error.type, name);
    return strcmp(name, "context.deadlineExceededError") == 0 ? CONTEXT_TIMED_OUT
                                                              : CONTEXT_CANCELED;
}

static uint8_t end_of(const struct exporting *export, const struct go_context *context)
{
    uint8_t state = state_of(export, context);
    if (state == CONTEXT_OPEN)
        return ENDED_NOT;
    if (!context->core)
        return ENDED_BY_PARENT;
    const struct go_context *parent = context->parent == CONTEXT_NO_PARENT
                                          ? NULL
                                          : &export->model->contexts.items[context->parent];
    bool parent_open = !parent || state_of(export, parent) == CONTEXT_OPEN;
    bool has_deadline = type_of(export, context)->kind == CONTEXT_DEADLINE;
    if (state == CONTEXT_TIMED_OUT && has_deadline && parent_open)
        return ENDED_BY_DEADLINE;
    if (state == CONTEXT_CANCELED && parent_open)
        return ENDED_BY_OWN_CANCEL;
    return ENDED_UNKNOWN;
}

/* The earliest deadline up to where cancellation stops. */
static int64_t effective_deadline(const struct exporting *export, const struct go_context *context)
{
    int64_t earliest = INT64_MAX;
    for (unsigned i = 0; i < MAX_DEPTH; i++) {
        const struct context_type *type = type_of(export, context);
        if (type->kind == CONTEXT_DEADLINE && context->deadline_realtime_ns < earliest)
            earliest = context->deadline_realtime_ns;
        /* A deadline context is only made if it ends before its parents. */
        if (type->kind == CONTEXT_DEADLINE || type->kind == CONTEXT_WITHOUT_CANCEL ||
            context->parent == CONTEXT_NO_PARENT)
            break;
        context = &export->model->contexts.items[context->parent];
    }
    if (earliest == INT64_MAX)
        return SNAPSHOT_NEVER;
    return export->realtime_offset_ns ? time_between(export->realtime_offset_ns, earliest)
                                      : SNAPSHOT_TIME_UNKNOWN;
}

static void export_key(struct exporting *export, const struct go_context *context,
                       struct snapshot_context *said)
{
    char text[VALUE_TEXT_SIZE];
    uint64_t key[2], value[2];
    int32_t key_at = field_offset(export->program, VALUECTX_KEY);
    int32_t value_at = field_offset(export->program, VALUECTX_VAL);
    if (key_at < 0 || value_at < 0)
        return;
    memory_read(export->program->memory, context->address + (uint64_t)key_at, key, sizeof key);
    memory_read(export->program->memory, context->address + (uint64_t)value_at, value,
                sizeof value);
    if (export->options->show_values)
        format_value(export->program, key[0], key[1], true, text);
    else
        format_key(export->program, key[0], key[1], text);
    said->key = builder_string(export->builder, text);
    format_value(export->program, value[0], value[1], export->options->show_values, text);
    said->value = builder_string(export->builder, text);
}

static void export_cause(struct exporting *export, const struct go_context *context,
                         struct snapshot_context *said)
{
    char text[VALUE_TEXT_SIZE];
    const struct interface_value *cause = context->cause.type ? &context->cause : &context->error;
    if (!cause->type)
        return;
    format_error(export->program, cause->type, cause->data, text);
    said->cause_text = builder_string(export->builder, text);
}

static uint8_t kind_of(const struct exporting *export, const struct go_context *context)
{
    uint64_t todo;
    const struct context_type *type = type_of(export, context);
    /* Up to Go 1.20 both roots are of one type, told apart by the variables that hold them. */
    if (strcmp(type->name, "*context.emptyCtx") == 0 &&
        elf_file_symbol(export->program->image->executable, "context.todo", &todo) &&
        memory_word(export->program->memory, todo + export->program->image->bias) ==
            context->address)
        return CONTEXT_TODO;
    return type->kind;
}

static void export_context(struct exporting *export, const struct go_context *context)
{
    size_t index = (size_t)(context - export->model->contexts.items);
    int64_t deadline = effective_deadline(export, context);
    struct snapshot_context said = {
        .id = context->address,
        .address = context->address,
        .parent_id = context_id(export, context->parent),
        .kind = kind_of(export, context),
        .state = state_of(export, context),
        .ended_by = end_of(export, context),
        .type = builder_string(export->builder, type_of(export, context)->name),
        .created_ns = SNAPSHOT_TIME_UNKNOWN,
        .ended_ns = SNAPSHOT_TIME_UNKNOWN,
        .deadline_ns = deadline,
        .requested_deadline_ns = deadline,
        .creation_stack = SNAPSHOT_NONE,
        .cancel_stack = SNAPSHOT_NONE,
        .cancellable = export->facts->cancellable[index],
        .held_only_by_parent = export->facts->held_only_by_parent[index],
        .unlinked = export->facts->unlinked[index]};
    if (said.state == CONTEXT_OPEN)
        said.ended_ns = SNAPSHOT_NEVER;
    if (said.kind == CONTEXT_VALUE)
        export_key(export, context, &said);
    if (said.state != CONTEXT_OPEN)
        export_cause(export, state_holder(export, context), &said);
    builder_add_context(export->builder, &said);
}

/* Nobody recorded who made it; this is where to look. */
static void export_holders(struct exporting *export)
{
    const struct goroutine_stacks *stacks = &export->model->stacks;
    for (size_t i = 0; i < export->holders->count; i++) {
        const struct holder *holder = &export->holders->items[i];
        struct snapshot_holder said = {.stack = SNAPSHOT_NONE,
                                       .name = builder_string(export->builder, holder->name),
                                       .place = holder->place};
        if (holder->closure) {
            said.stack = stack_names_add(export->names, &holder->closure, 1, false);
        } else if (holder->goroutine != SNAPSHOT_NONE) {
            const struct stack_summary *stack =
                &export->model->goroutines.items[holder->goroutine].stack;
            said.stack =
                stack_names_add(export->names, stacks->frames + stack->first_frame + holder->frame,
                                stack->frame_count - holder->frame, stack->complete);
        }
        builder_context_is_held(export->builder, context_id(export, holder->context), &said);
    }
}

/* Every program has Background and TODO; they are worth a line when something hangs below them. */
static bool is_unused_root(const struct exporting *export, size_t index, const bool *has_child)
{
    const struct context_type *type = type_of(export, &export->model->contexts.items[index]);
    return has_child && !has_child[index] &&
           (type->kind == CONTEXT_BACKGROUND || type->kind == CONTEXT_TODO);
}

/*
 * Memory holds contexts that ended and were not collected yet, more than there are in use. Where no
 * marking told which these are, one that ended is shown only if the last garbage collection found
 * it alive, or something was seen to hold it or one below it.
 */
static bool *find_unheld(const struct exporting *export)
{
    const struct contexts *contexts = &export->model->contexts;
    bool *unheld = calloc(contexts->count + 1, sizeof *unheld);
    for (size_t i = 0; unheld && export->model->searched_ns && i < contexts->count; i++)
        unheld[i] =
            !contexts->items[i].held && state_of(export, &contexts->items[i]) != CONTEXT_OPEN &&
            !heap_survived(export->program, &export->model->heap, contexts->items[i].address);
    for (size_t i = 0; unheld && i < contexts->count; i++)
        for (uint32_t at = unheld[i] ? CONTEXT_NO_PARENT : contexts->items[i].parent;
             at < contexts->count && unheld[at]; at = contexts->items[at].parent)
            unheld[at] = false;
    return unheld;
}

void export_contexts(struct exporting *export)
{
    const struct contexts *contexts = &export->model->contexts;
    bool *has_child = calloc(contexts->count + 1, sizeof *has_child);
    for (size_t i = 0; has_child && i < contexts->count; i++)
        if (contexts->items[i].parent < contexts->count)
            has_child[contexts->items[i].parent] = true;
    bool *unheld = find_unheld(export);
    for (size_t i = 0; i < contexts->count; i++) {
        if (contexts->items[i].hidden || export->facts->garbage[i] ||
            is_unused_root(export, i, has_child))
            continue;
        if (unheld && unheld[i])
            builder_program(export->builder)->contexts_unheld++;
        else
            export_context(export, &contexts->items[i]);
    }
    free(has_child);
    free(unheld);
    export_holders(export);
    builder_add_loss(export->builder, "contexts",
                     "their parents have them, but not what is searched: small objects, stacks and "
                     "data that hold them as a context",
                     export->model->missing_children);
    if (!export->model->has_heap)
        builder_add_loss(export->builder, "contexts",
                         export->program->image->truncated
                             ? "the list of the heap's spans is in the part of the core that is "
                               "missing, so that no context in the heap is shown"
                             : "the heap could not be found",
                         1);
    else if (export->program->image->truncated)
        builder_add_loss(export->builder, "contexts",
                         "the core is cut short: at least those in the part that is missing are "
                         "not shown",
                         1);
}
