#include "golang/model/stack_contexts.h"

struct looking {
    struct context_search *search;
    struct context_hints *hints;
};

/* Is it in an object as large as those of package context that have a cancelCtx? */
static bool has_size_of_context(const struct context_search *search, uint64_t pointer)
{
    const struct span *span = heap_span_of(search->heap, pointer);
    return span && candidate_size_is(search->pattern, span->element);
}

static void met(void *state, const struct stack_pointer *found)
{
    struct looking *looking = state;
    struct context_search *search = looking->search;
    uint32_t number = found->before ? context_words_find(&search->pattern->words, found->before)
                                    : ADDRESS_MAP_NONE;
    bool is_named = number < search->types->count;
    if (number != ADDRESS_MAP_NONE && !found->is_inward)
        context_search_word(search, number, found->pointer);
    if (is_named && search->types->items[number].single)
        context_hints_add(looking->hints, found, search->types->items[number].type, true);
    else if (is_named || has_size_of_context(search, found->pointer))
        context_hints_add(looking->hints, found, found->pointer, is_named);
}

void stack_contexts_find(struct context_search *search, struct context_hints *hints,
                         struct goroutine *goroutine, const struct go_stack *stack)
{
    struct looking looking = {search, hints};
    context_hints_begin(hints, goroutine, stack);
    if (goroutine->sp < goroutine->low || goroutine->sp >= goroutine->high)
        return; /* it runs, and nobody knows where */
    search->in_root = true;
    visit_walked_stack(search->program, goroutine, stack, met, &looking);
    search->in_root = false;
}
