#include "golang/export/export_contexts.h"

#include "base/times.h"
#include "golang/model/context_state.h"

uint64_t context_id(const struct exporting *export, uint32_t index)
{
    return index < export->model->contexts.count ? export->model->contexts.items[index].address : 0;
}

static const struct context_type *type_of(const struct exporting *export,
                                          const struct go_context *context)
{
    return &export->types->items[context->type];
}

static uint8_t state_of(const struct exporting *export, const struct go_context *context)
{
    return context_state(export->types, &export->model->contexts, context);
}

/* Is it known that nothing above has ended? */
static bool parent_is_open(const struct exporting *export, const struct go_context *context)
{
    if (context->parent == CONTEXT_NO_PARENT)
        return !context_lacks_parent(export->types, context);
    return state_of(export, &export->model->contexts.items[context->parent]) == CONTEXT_OPEN;
}

static uint8_t end_of(const struct exporting *export, const struct go_context *context)
{
    uint8_t state = state_of(export, context);
    if (state == CONTEXT_OPEN)
        return ENDED_NOT;
    if (state == CONTEXT_STATE_UNKNOWN)
        return ENDED_UNKNOWN;
    if (!context->core)
        return ENDED_BY_PARENT;
    bool parent_open = parent_is_open(export, context);
    bool has_deadline = type_of(export, context)->kind == CONTEXT_DEADLINE;
    if (state == CONTEXT_TIMED_OUT && has_deadline && parent_open)
        return ENDED_BY_DEADLINE;
    if (state == CONTEXT_CANCELED && parent_open)
        return ENDED_BY_OWN_CANCEL;
    return ENDED_UNKNOWN;
}

static int64_t effective_deadline(const struct exporting *export, const struct go_context *context)
{
    int64_t deadline = context_deadline(export->types, &export->model->contexts, context);
    if (deadline == DEADLINE_NONE)
        return SNAPSHOT_NEVER;
    if (deadline == DEADLINE_UNKNOWN || !export->realtime_offset_ns)
        return SNAPSHOT_TIME_UNKNOWN;
    return time_between(export->realtime_offset_ns, deadline);
}

/*
 * When it had ended at the latest: what timed out did so when its deadline passed; of another it is
 * known if an earlier look saw a goroutine wait that works under it.
 */
static int64_t ended_ns(const struct exporting *export, const struct go_context *context,
                        uint8_t state, int64_t deadline)
{
    if (state == CONTEXT_OPEN)
        return SNAPSHOT_NEVER;
    if (state == CONTEXT_TIMED_OUT && deadline != SNAPSHOT_TIME_UNKNOWN &&
        deadline <= export->model->taken_ns)
        return deadline;
    return context->ended_ns ? context->ended_ns : SNAPSHOT_TIME_UNKNOWN;
}

static uint64_t parent_id(const struct exporting *export, const struct go_context *context)
{
    return context_lacks_parent(export->types, context) ? ID_UNRECORDED
                                                        : context_id(export, context->parent);
}

static void export_context(struct exporting *export, const struct go_context *context)
{
    size_t index = (size_t)(context - export->model->contexts.items);
    int64_t deadline = effective_deadline(export, context);
    struct snapshot_context said = {
        .id = context->address,
        .address = context->address,
        .parent_id = parent_id(export, context),
        .kind = context->kind,
        .own_done = type_of(export, context)->own_end,
        .state = state_of(export, context),
        .ended_by = end_of(export, context),
        .type = builder_string(export->builder, type_of(export, context)->name),
        .created_ns = SNAPSHOT_TIME_UNKNOWN,
        .deadline_ns = deadline,
        .requested_deadline_ns = deadline,
        .key = model_string(export, context->key),
        .value = model_string(export, context->value),
        .creation_stack = call_stack(export, context->creation),
        .creation_sampled = true,
        .cancel_stack = SNAPSHOT_NONE,
        .cancellable = export->facts->cancellable[index],
        .held_only_by_parent = export->facts->held_only_by_parent[index],
        .unlinked = export->facts->unlinked[index]};
    said.ended_ns = ended_ns(export, context, said.state, deadline);
    if (context_has_ended(&said))
        said.cause_text = model_string(export, context->cause_text);
    builder_add_context(export->builder, &said);
}

/* Nobody recorded who created it; this is where to look. */
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

/* Such as have something to be found. */
static uint64_t types_of_its_own(const struct context_types *types)
{
    uint64_t count = 0;
    for (size_t i = 0; i < types->count; i++)
        count += types->items[i].kind == CONTEXT_CUSTOM && !types->items[i].single;
    return count;
}

void export_contexts(struct exporting *export)
{
    const struct contexts *contexts = &export->model->contexts;
    for (size_t i = 0; i < contexts->count; i++)
        if (contexts->items[i].shown)
            export_context(export, &contexts->items[i]);
    export_holders(export);
    builder_add_loss(export->builder, "contexts",
                     "their parents' maps count them, but they could not be read",
                     export->model->missing_children);
    builder_add_expected_loss(export->builder, "types of contexts",
                              "the program's own: one that has no children, and that only "
                              "pointers of its type lead to or that lies on a stack, is not found",
                              types_of_its_own(export->types));
    builder_add_expected_loss(export->builder, "objects that may be contexts",
                              "a stack holds a pointer to each, and the word that names its type "
                              "apart from it, so that this may be the type of another one",
                              contexts->undecided);
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
