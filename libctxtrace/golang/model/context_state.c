#include "golang/model/context_state.h"

const struct go_context *context_state_holder(const struct context_types *types,
                                              const struct contexts *contexts,
                                              const struct go_context *context)
{
    for (unsigned i = 0; i < MAX_CONTEXT_DEPTH; i++) {
        if (context->core || types->items[context->type].kind == CONTEXT_WITHOUT_CANCEL ||
            context->parent == CONTEXT_NO_PARENT)
            return context;
        context = &contexts->items[context->parent];
    }
    return context;
}

uint8_t context_state(const struct context_types *types, const struct contexts *contexts,
                      const struct go_context *context)
{
    const struct go_context *holder = context_state_holder(types, contexts, context);
    if (!holder->error.type)
        return CONTEXT_OPEN;
    return holder->deadline_exceeded ? CONTEXT_TIMED_OUT : CONTEXT_CANCELED;
}
