#include "golang/model/working_contexts.h"

#include "base/array.h"
#include "golang/capture/frame_maps.h"

#include <stdlib.h>

#define MOST_HINTS  16   /* of one goroutine */
#define MOST_FRAMES 64   /* that are looked at */
#define MOST_WORDS  8192 /* of a frame; a larger one holds an array */
#define MOST_STEPS  10000

struct looking {
    struct context_hints *hints;
    const struct go_program *program;
    const struct context_types *types;
    const struct candidate_pattern *pattern;
    const struct heap *heap;
    struct goroutine *goroutine;
    const struct go_frame *frame;
    uint32_t frame_number;
    bool found; /* an interface that holds a context */
};

void context_hints_free(struct context_hints *hints)
{
    free(hints->items);
    *hints = (struct context_hints){0};
}

static void add(struct looking *looking, uint64_t address)
{
    struct context_hints *hints = looking->hints;
    struct stack_summary *stack = &looking->goroutine->stack;
    if (!ARRAY_ROOM(hints->items, hints->capacity, hints->count + 1)) {
        hints->failed = true;
        return;
    }
    hints->items[hints->count++] = (struct context_hint){address, looking->frame_number};
    stack->hint_count++;
}

/*
 * An interface counts unless it is known to be dead, a plain pointer only if it is known to be
 * live.
 */
static void look_at_word(struct looking *looking, uint64_t address, uint64_t before, uint64_t word)
{
    uint32_t number =
        before ? context_words_find(&looking->pattern->words, before) : ADDRESS_MAP_NONE;
    bool is_interface = number != ADDRESS_MAP_NONE && number < looking->types->count;
    const struct span *span = is_interface ? NULL : heap_span_of(looking->heap, word);
    if (!is_interface && (!span || !candidate_size_is(looking->pattern, span->element)))
        return;
    enum liveness liveness = frame_word_lives(looking->program, looking->frame, address);
    if (liveness != LIVES && (!is_interface || liveness == DOES_NOT_LIVE))
        return;
    bool is_single = is_interface && looking->types->items[number].single;
    looking->found |= is_interface;
    add(looking, is_single ? looking->types->items[number].type : word);
}

static void look_at_words(struct looking *looking, uint64_t start, uint64_t end)
{
    uint64_t count = end > start ? (end - start) / 8 : 0;
    if (count > MOST_WORDS)
        count = MOST_WORDS;
    const uint64_t *words =
        count ? memory_at(looking->program->memory, start, (size_t)count * 8) : NULL;
    for (uint64_t i = 0; words && i < count; i++)
        if (words[i] && looking->goroutine->stack.hint_count < MOST_HINTS)
            look_at_word(looking, start + 8 * i, i ? words[i - 1] : 0, words[i]);
}

void context_hints_add(struct context_hints *hints, const struct go_program *program,
                       const struct context_types *types, const struct candidate_pattern *pattern,
                       const struct heap *heap, const struct go_stack *stack,
                       struct goroutine *goroutine)
{
    struct looking looking = {hints, program, types, pattern, heap, goroutine, NULL, 0, false};
    goroutine->stack.first_hint = (uint32_t)hints->count;
    goroutine->stack.hint_count = 0;
    goroutine->stack.likely_context = UINT32_MAX;
    for (uint32_t i = 0; i < stack->count && i < MOST_FRAMES && !looking.found; i++) {
        const struct go_frame *frame = &stack->frames[i];
        int32_t arguments = frame->info->function.arguments;
        looking.frame = frame;
        looking.frame_number = i;
        look_at_words(&looking, frame->sp, frame_locals_end(frame));
        if (arguments >= 8)
            look_at_words(&looking, frame->top + 8, frame->top + 8 + (uint64_t)arguments);
    }
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
