#include "golang/model/stack_contexts.h"

#include "golang/model/context_soundness.h"

#include <string.h>

#define MOST_WORDS 8192 /* of a frame; a larger one holds an array */

struct looking {
    struct context_search *search;
    struct context_hints *hints;
};

/* ---- without a name in front ---- */

/* Does a word of the frame name this type, whichever it is in front of? */
static bool frame_names(const struct context_search *search, const struct go_frame *frame,
                        uint32_t type)
{
    int32_t arguments = frame->info->function.arguments;
    uint64_t end = frame->top + (arguments > 0 ? 8 + (uint64_t)arguments : 0);
    uint64_t count = (end - frame->sp) / 8;
    const uint64_t *words =
        count <= MOST_WORDS ? memory_at(search->program->memory, frame->sp, count * 8) : NULL;
    for (uint64_t i = 0; words && i < count; i++)
        if (context_words_find(&search->pattern->words, words[i]) == type)
            return true;
    return false;
}

/* What may be a context although nothing proves it. */
static void note_undecided(struct context_search *search, const struct stack_pointer *found,
                           uint64_t size)
{
    for (size_t i = 0; i < search->without_core_count; i++) {
        uint32_t number = search->without_core[i];
        const struct context_type *type = &search->types->items[number];
        if (context_type_object_size(type) == size && frame_names(search, found->frame, number) &&
            context_looks_sound(search, type, found->pointer))
            search->contexts->failed |=
                !address_map_put(&search->undecided, found->pointer, number);
    }
}

/* A live pointer and nothing in front of it that says where it leads. */
static void met_bare(struct looking *looking, const struct stack_pointer *found)
{
    struct context_search *search = looking->search;
    const struct span *span = heap_span_of(search->heap, found->pointer);
    if (!span || found->place == STACK_ANY || found->place == STACK_REGISTER)
        return;
    if (candidate_size_is(search->pattern, span->element)) {
        context_search_object(search, found->pointer);
        context_hints_add(looking->hints, found, found->pointer, false);
    }
    if (found->place == STACK_FRAME)
        note_undecided(search, found, span->element);
}

/* ---- all of them ---- */

/*
 * The runtime's own functions hold contexts for nobody. No map says whether a word that names a
 * type lives, so one that an earlier call left in front of a sudog would make a context of it.
 */
static bool is_of_runtime(const struct go_frame *frame)
{
    return frame && strncmp(frame->info->function.name, "runtime.", 8) == 0;
}

static void met(void *state, const struct stack_pointer *found)
{
    struct looking *looking = state;
    struct context_search *search = looking->search;
    uint32_t number = found->before ? context_words_find(&search->pattern->words, found->before)
                                    : ADDRESS_MAP_NONE;
    if (number == ADDRESS_MAP_NONE || is_of_runtime(found->frame)) {
        met_bare(looking, found);
        return;
    }
    if (!found->is_inward)
        context_search_word(search, number, found->pointer);
    bool is_interface = !(number & CONTEXT_WORD_CLOSURE);
    bool is_single = is_interface && search->types->items[number].single;
    context_hints_add(looking->hints, found,
                      is_single ? search->types->items[number].type : found->pointer, is_interface);
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
