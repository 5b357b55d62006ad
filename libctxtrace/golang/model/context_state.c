#include "golang/model/context_state.h"

static const struct context_type *type_of(const struct context_types *types,
                                          const struct go_context *context)
{
    return &types->items[context->type];
}

static bool is_root(const struct context_type *type)
{
    return type->kind == CONTEXT_BACKGROUND || type->kind == CONTEXT_TODO;
}

bool context_lacks_parent(const struct context_types *types, const struct go_context *context)
{
    const struct context_type *type = type_of(types, context);
    bool can_have_none = is_root(type) || type->single;
    return context->parent == CONTEXT_NO_PARENT && !can_have_none;
}

const struct go_context *context_state_holder(const struct context_types *types,
                                              const struct contexts *contexts,
                                              const struct go_context *context)
{
    for (unsigned i = 0; i < MAX_CONTEXT_DEPTH; i++) {
        const struct context_type *type = type_of(types, context);
        if (context->core || type->kind == CONTEXT_WITHOUT_CANCEL || is_root(type))
            return context;
        if (type->own_end || context->parent == CONTEXT_NO_PARENT)
            return NULL;
        context = &contexts->items[context->parent];
    }
    return NULL;
}

uint8_t context_state(const struct context_types *types, const struct contexts *contexts,
                      const struct go_context *context)
{
    const struct go_context *holder = context_state_holder(types, contexts, context);
    if (!holder)
        return CONTEXT_STATE_UNKNOWN;
    if (!holder->error.type)
        return CONTEXT_OPEN;
    return holder->deadline_exceeded ? CONTEXT_TIMED_OUT : CONTEXT_CANCELED;
}

int64_t context_deadline(const struct context_types *types, const struct contexts *contexts,
                         const struct go_context *context)
{
    for (unsigned i = 0; i < MAX_CONTEXT_DEPTH; i++) {
        const struct context_type *type = type_of(types, context);
        /* One with a deadline is only made if that comes before its parents'. */
        if (type->kind == CONTEXT_DEADLINE)
            return context->deadline_realtime_ns;
        if (type->kind == CONTEXT_WITHOUT_CANCEL || is_root(type))
            return DEADLINE_NONE;
        if (type->own_deadline || context->parent == CONTEXT_NO_PARENT)
            return DEADLINE_UNKNOWN;
        context = &contexts->items[context->parent];
    }
    return DEADLINE_UNKNOWN;
}
