#include "golang/model/working_contexts.h"

#include "base/array.h"

#include <stdlib.h>

#define MOST_HINTS  16 /* of one goroutine */
#define MOST_FRAMES 64 /* that are looked at */
#define MOST_STEPS  10000

void context_hints_free(struct context_hints *hints)
{
    free(hints->items);
    *hints = (struct context_hints){0};
}

void context_hints_begin(struct context_hints *hints, struct goroutine *goroutine,
                         const struct go_stack *stack)
{
    hints->goroutine = goroutine;
    hints->stack = stack;
    hints->is_found = false;
    goroutine->stack.first_hint = (uint32_t)hints->count;
    goroutine->stack.hint_count = 0;
    goroutine->stack.likely_context = UINT32_MAX;
}

/*
 * An interface counts unless it is known to be dead, a plain pointer only if it is known to be
 * live.
 */
static bool counts(const struct context_hints *hints, const struct stack_pointer *found,
                   uint32_t frame, bool is_named)
{
    if (found->place != STACK_FRAME && !(found->place == STACK_ANY && is_named))
        return false;
    if (frame >= MOST_FRAMES || hints->goroutine->stack.hint_count == MOST_HINTS)
        return false;
    return !hints->is_found || hints->items[hints->count - 1].frame == frame;
}

void context_hints_add(struct context_hints *hints, const struct stack_pointer *found,
                       uint64_t address, bool is_named)
{
    uint32_t frame = found->frame ? (uint32_t)(found->frame - hints->stack->frames) : UINT32_MAX;
    if (!counts(hints, found, frame, is_named))
        return;
    if (!ARRAY_ROOM(hints->items, hints->capacity, hints->count + 1)) {
        hints->failed = true;
        return;
    }
    hints->items[hints->count++] = (struct context_hint){address, frame};
    hints->goroutine->stack.hint_count++;
    hints->is_found |= is_named;
}

static unsigned depth_of(const struct contexts *contexts, uint32_t index)
{
    unsigned depth = 0;
    while (contexts->items[index].parent < contexts->count && depth < MOST_STEPS) {
        index = contexts->items[index].parent;
        depth++;
    }
    return depth;
}

static uint32_t choose(const struct context_hint *hints, uint32_t count,
                       const struct contexts *contexts)
{
    uint32_t chosen = UINT32_MAX, frame = 0;
    unsigned deepest = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = address_map_get(&contexts->by_address, hints[i].address);
        if (index == ADDRESS_MAP_NONE)
            continue;
        if (chosen != UINT32_MAX && hints[i].frame != frame)
            break;
        unsigned depth = depth_of(contexts, index);
        if (chosen == UINT32_MAX || depth > deepest) {
            chosen = index;
            deepest = depth;
        }
        frame = hints[i].frame;
    }
    return chosen;
}

void context_hints_resolve(const struct context_hints *hints, const struct contexts *contexts,
                           struct goroutines *goroutines)
{
    for (size_t i = 0; i < goroutines->count; i++) {
        struct stack_summary *stack = &goroutines->items[i].stack;
        stack->likely_context = UINT32_MAX;
        if (stack->hint_count && !goroutines->items[i].moved &&
            (size_t)stack->first_hint + stack->hint_count <= hints->count)
            stack->likely_context =
                choose(hints->items + stack->first_hint, stack->hint_count, contexts);
    }
}
