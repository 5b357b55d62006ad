/* Who can cancel a context: the functions for it that are met, and the context itself in use. */
#include "golang/binary/field.h"
#include "golang/proof/marking_state.h"

bool is_own_timer(const struct marking *marking, const struct go_context *context, uint64_t closure)
{
    uint64_t timer = field_word(marking->program, context->address, TIMERCTX_TIMER);
    const struct span *span = timer ? heap_span_of(&marking->model->heap, timer) : NULL;
    uint64_t size = span && span->element <= 512 ? span->element : 0;
    for (uint64_t at = 0; at + 8 <= size; at += 8)
        if (memory_word(marking->program->memory, timer + at) == closure)
            return true;
    return false;
}

#define MOST_INTO UINT64_C(512) /* bytes that a pointer leads into a context */

uint32_t context_led_to(const struct marking *marking, uint64_t pointer)
{
    const struct address_map *contexts = &marking->model->contexts.by_address;
    uint32_t index = address_map_get(contexts, pointer);
    const struct span *span = heap_span_of(&marking->model->heap, pointer);
    if (index != ADDRESS_MAP_NONE || !span)
        return index;
    uint64_t start = span_object(span, span_index_of(span, pointer));
    for (uint64_t at = pointer & ~UINT64_C(7);
         index == ADDRESS_MAP_NONE && at >= start && pointer - at < MOST_INTO; at -= 8)
        index = address_map_get(contexts, at);
    if (index == ADDRESS_MAP_NONE && field_offset(marking->program, TIMERCTX_TIMER) == 8)
        index = address_map_get(contexts, memory_word(marking->program->memory, start));
    return index;
}

void note_context_in_use(struct marking *marking, uint64_t pointer)
{
    uint32_t context = context_led_to(marking, pointer);
    if (context != ADDRESS_MAP_NONE && marking->step <= REACHED_BY_PARENT)
        marking->verdicts->can_cancel[context] = true;
}

void note_closure(struct marking *marking, uint64_t from, uint64_t entry, uint64_t captured)
{
    uint32_t kind = address_map_get(&marking->types->cancel_functions, entry);
    if (kind == ADDRESS_MAP_NONE || kind == WATCHES_PARENT)
        return;
    uint32_t index = context_led_to(marking, captured);
    if (index == ADDRESS_MAP_NONE || marking->step > REACHED_BY_PARENT)
        return;
    const struct go_context *context = &marking->model->contexts.items[index];
    if (marking->types->items[context->type].kind == CONTEXT_DEADLINE &&
        is_own_timer(marking, context, from))
        return;
    marking->verdicts->can_cancel[index] = true;
}
