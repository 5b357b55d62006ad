/*
 * The order of a marking that leaves a trail. It does not change what is reached, only by which
 * path, and the path should go through the program's own code. Two paths through the standard
 * library lead to contexts that the program holds as well, and are taken last:
 *   - goroutines of the standard library alone, as that of signal.NotifyContext,
 *   - the function by which a deadline context's own timer ends it: every timer leads to a P, and
 *     so to all others.
 */
#include "base/array.h"
#include "golang/model/language.h"
#include "golang/proof/marking_state.h"

#include <stdlib.h>

/* ---- timers ---- */

static bool ends_by_timer(const struct marking *marking, uint64_t closure)
{
    uint64_t entry = memory_word(marking->program->memory, closure);
    if (!entry || address_map_get(&marking->types->cancel_functions, entry) == ADDRESS_MAP_NONE)
        return false;
    for (uint64_t at = 8; at <= 24; at += 8) {
        uint32_t index =
            context_led_to(marking, memory_word(marking->program->memory, closure + at));
        if (index != ADDRESS_MAP_NONE &&
            is_own_timer(marking, &marking->model->contexts.items[index], closure))
            return true;
    }
    return false;
}

bool trail_postpones_object(struct marking *marking, const struct work_item *item)
{
    struct postponed *postponed = &marking->postponed;
    const struct span *span = &marking->model->heap.spans[item->span];
    if (postponed->objects_released || span->noscan || span->element > 64 ||
        !ends_by_timer(marking, span_object(span, item->object)))
        return false;
    if (ARRAY_ROOM(postponed->objects, postponed->object_capacity, postponed->object_count + 1))
        postponed->objects[postponed->object_count++] = *item;
    else
        marking->failed = true;
    return true;
}

/* ---- goroutines ---- */

static bool is_of_library(const struct marking *marking, uint32_t goroutine)
{
    const struct model *model = marking->model;
    const struct stack_summary *stack = &model->goroutines.items[goroutine].stack;
    for (uint32_t i = 0; i < stack->frame_count; i++) {
        const struct pc_info *frame = model->stacks.frames[stack->first_frame + i];
        const struct frame_names names = {.function = frame->function.name};
        if (owner_of_go_frame(&names) == FRAME_OF_PROGRAM)
            return false;
    }
    return true;
}

bool trail_postpones_goroutine(struct marking *marking, uint32_t goroutine)
{
    struct postponed *postponed = &marking->postponed;
    if (postponed->goroutines_released || !is_of_library(marking, goroutine))
        return false;
    if (ARRAY_ROOM(postponed->goroutines, postponed->goroutine_capacity,
                   postponed->goroutine_count + 1))
        postponed->goroutines[postponed->goroutine_count++] = goroutine;
    else
        marking->failed = true;
    return true;
}

bool trail_releases(struct marking *marking)
{
    struct postponed *postponed = &marking->postponed;
    bool any = postponed->goroutine_count || postponed->object_count;
    if (postponed->goroutine_count) {
        postponed->goroutines_released = true;
        while (postponed->goroutine_count)
            mark_stack(marking, postponed->goroutines[--postponed->goroutine_count]);
        return any;
    }
    postponed->objects_released = true;
    while (postponed->object_count) {
        const struct work_item *item = &postponed->objects[--postponed->object_count];
        push(marking, item->span, item->object);
    }
    return any;
}
