#include "golang/model/missing_children.h"

#include "golang/binary/field.h"

#include <stdlib.h>

/* Chains that were torn can form a ring. */
enum { MOST_STEPS = 10000 };

/* No map of children holds more than this: the word is no count. */
#define MOST_CHILDREN (UINT64_C(1) << 32)

static bool is_cut_off(const struct context_types *types, const struct go_context *context)
{
    const struct context_type *type = &types->items[context->type];
    return type->kind == CONTEXT_WITHOUT_CANCEL || type->own_end;
}

/* The nearest context above that has a map of children; CONTEXT_NO_PARENT: none. */
static uint32_t map_holder(const struct context_types *types, const struct contexts *contexts,
                           const struct go_context *context)
{
    uint32_t at = context->parent;
    for (unsigned step = 0; at < contexts->count && step < MOST_STEPS; step++) {
        const struct go_context *it = &contexts->items[at];
        if (it->core && !it->hidden)
            return at;
        if (is_cut_off(types, it))
            break;
        at = it->parent;
    }
    return CONTEXT_NO_PARENT;
}

/* Would its parent's map have it? */
static bool is_open_child(const struct go_context *context)
{
    return context->core && !context->hidden && !context->error.type;
}

uint64_t children_by_map(const struct go_program *program, const struct go_context *context,
                         uint64_t *map)
{
    *map = is_open_child(context) ? field_word(program, context->core, CANCEL_CHILDREN) : 0;
    uint64_t count = *map ? memory_word(program->memory, *map) : 0;
    return count < MOST_CHILDREN ? count : 0;
}

uint64_t *children_found(const struct context_types *types, const struct contexts *contexts)
{
    uint64_t *found = calloc(contexts->count + 1, sizeof *found);
    for (size_t i = 0; found && i < contexts->count; i++) {
        uint32_t holder = is_open_child(&contexts->items[i])
                              ? map_holder(types, contexts, &contexts->items[i])
                              : CONTEXT_NO_PARENT;
        if (holder != CONTEXT_NO_PARENT)
            found[holder]++;
    }
    return found;
}

uint64_t count_missing_children(const struct go_program *program, const struct context_types *types,
                                const struct contexts *contexts)
{
    uint64_t missing = 0, map;
    uint64_t *found = children_found(types, contexts);
    for (size_t i = 0; found && i < contexts->count; i++) {
        uint64_t there = children_by_map(program, &contexts->items[i], &map);
        missing += there > found[i] ? there - found[i] : 0;
    }
    free(found);
    return missing;
}
