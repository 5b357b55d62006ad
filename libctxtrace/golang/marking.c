#include "golang/marking_state.h"

#include <stdlib.h>
#include <string.h>

static void push(struct marking *marking, uint32_t span, uint32_t object)
{
    if (marking->work_count == marking->work_capacity) {
        size_t capacity = marking->work_capacity ? marking->work_capacity * 2 : 4096;
        struct work_item *grown = realloc(marking->work, capacity * sizeof *grown);
        if (!grown) {
            marking->failed = true;
            return;
        }
        marking->work = grown;
        marking->work_capacity = capacity;
    }
    marking->work[marking->work_count++] = (struct work_item){span, object};
}

void make_live(struct marking *marking, uint32_t goroutine)
{
    if (marking->live_since[goroutine] != REACHED_NEVER)
        return;
    if (marking->held[goroutine] && marking->step == REACHED_FIRST)
        return;
    marking->live_since[goroutine] = (uint8_t)marking->step;
    marking->live[marking->live_count++] = goroutine;
}

static void leave_trail(struct marking *marking, uint64_t object)
{
    struct trail *trail = marking->trail;
    if (trail->count == trail->capacity) {
        size_t capacity = trail->capacity ? trail->capacity * 2 : 4096;
        struct origin *grown = realloc(trail->origins, capacity * sizeof *grown);
        if (!grown) {
            marking->failed = true;
            return;
        }
        trail->origins = grown;
        trail->capacity = capacity;
    }
    trail->origins[trail->count] = marking->origin;
    marking->failed |= !address_map_put(&trail->of_object, object, (uint32_t)trail->count++);
}

void mark_pointer(struct marking *marking, uint64_t pointer)
{
    const struct span *span = heap_span_of(&marking->picture->heap, pointer);
    if (!span)
        return;
    uint32_t index = span_index_of(span, pointer);
    uint64_t number = span->first_bit + index;
    if (bit_at(marking->marked, number))
        return;
    set_bit(marking->marked, number);
    if (marking->trail)
        leave_trail(marking, span_object(span, index));
    if (!span->noscan || bit_at(marking->watched, number))
        push(marking, (uint32_t)(span - marking->picture->heap.spans), index);
}

bool is_marked(const struct marking *marking, uint64_t address)
{
    const struct span *span = heap_span_of(&marking->picture->heap, address);
    return !span || bit_at(marking->marked, span->first_bit + span_index_of(span, address));
}

void mark_visited(void *state, uint64_t at, uint64_t pointer)
{
    (void)at;
    mark_pointer(state, pointer);
}

/* ---- who can cancel ---- */

/* Is the closure the one that the context's own timer will call? */
static bool is_own_timer(const struct marking *marking, const struct go_context *context,
                         uint64_t closure)
{
    uint64_t timer = field_word(marking->program, context->address, TIMERCTX_TIMER);
    const struct span *span = timer ? heap_span_of(&marking->picture->heap, timer) : NULL;
    uint64_t size = span && span->element <= 512 ? span->element : 0;
    for (uint64_t at = 0; at + 8 <= size; at += 8)
        if (memory_word(marking->program->memory, timer + at) == closure)
            return true;
    return false;
}

void note_context_in_use(struct marking *marking, uint64_t pointer)
{
    uint32_t context = address_map_get(&marking->picture->contexts.by_address, pointer);
    if (context != ADDRESS_MAP_NONE && marking->step <= REACHED_BY_PARENT)
        marking->verdicts->can_cancel[context] = true;
}

void note_closure(struct marking *marking, uint64_t from, uint64_t entry, uint64_t captured)
{
    if (address_map_get(&marking->types->cancel_functions, entry) == ADDRESS_MAP_NONE)
        return;
    uint32_t index = address_map_get(&marking->picture->contexts.by_address, captured);
    if (index == ADDRESS_MAP_NONE || marking->step > REACHED_BY_PARENT)
        return;
    const struct go_context *context = &marking->picture->contexts.items[index];
    if (marking->types->items[context->type].kind == CONTEXT_DEADLINE &&
        is_own_timer(marking, context, from))
        return;
    marking->verdicts->can_cancel[index] = true;
}

/* A closure in the heap: the entry of its function, then what it captures. */
static void look_for_closure(struct marking *marking, const struct span *span, uint64_t start)
{
    if (span->element > 64)
        return;
    uint64_t entry = memory_word(marking->program->memory, start);
    if (!entry || address_map_get(&marking->types->cancel_functions, entry) == ADDRESS_MAP_NONE)
        return;
    for (uint64_t at = 8; at + 8 <= span->element; at += 8)
        note_closure(marking, start, entry, memory_word(marking->program->memory, start + at));
}

/* ---- objects ---- */

static void reach_watched(struct marking *marking, uint64_t object)
{
    uint32_t watch = address_map_get(&marking->watches, object);
    while (watch != ADDRESS_MAP_NONE) {
        const struct watch *it = &marking->watch_list[watch];
        if (it->other)
            mark_pointer(marking, it->other);
        else
            make_live(marking, it->goroutine);
        watch = it->next;
    }
}

/* Follows all pointers of a context but those to its children, in the first step. */
struct without_children {
    struct marking *marking;
    uint64_t children; /* address of the word */
};

static void mark_but_children(void *state, uint64_t at, uint64_t pointer)
{
    struct without_children *without = state;
    if (at != without->children)
        mark_pointer(without->marking, pointer);
}

/* Is it a g, or a sudog, of a candidate that is not live? Then it is not followed. */
static bool belongs_to_blocked(const struct marking *marking, uint64_t start)
{
    const struct goroutine *goroutine = goroutine_at(&marking->picture->goroutines, start);
    uint32_t index = goroutine ? (uint32_t)(goroutine - marking->picture->goroutines.items)
                               : address_map_get(&marking->sudogs, start);
    return index != ADDRESS_MAP_NONE && marking->live_since[index] == REACHED_NEVER;
}

static void follow(struct marking *marking, const struct work_item *item)
{
    const struct heap *heap = &marking->picture->heap;
    const struct span *span = &heap->spans[item->span];
    uint64_t start = span_object(span, item->object);
    struct without_children without = {marking, 0};
    marking->origin = (struct origin){.where = start, .kind = ORIGIN_OBJECT};
    if (bit_at(marking->watched, span->first_bit + item->object))
        reach_watched(marking, start);
    if (span->noscan)
        return;
    look_for_closure(marking, span, start);
    if (marking->special[item->span]) {
        if (belongs_to_blocked(marking, start))
            return;
        uint32_t context = address_map_get(&marking->picture->contexts.by_address, start);
        if (context != ADDRESS_MAP_NONE && marking->step == REACHED_FIRST &&
            marking->picture->contexts.items[context].core == start)
            without.children = start + (uint64_t)field_offset(marking->program, CANCEL_CHILDREN);
    }
    bool good = without.children ? visit_object(marking->program, &marking->masks, heap, span,
                                                item->object, mark_but_children, &without)
                                 : visit_object(marking->program, &marking->masks, heap, span,
                                                item->object, mark_visited, marking);
    marking->verdicts->complete &= good;
}

/* Follows everything until nothing new is reached. */
static void settle(struct marking *marking)
{
    while ((marking->work_count || marking->live_count) && !marking->failed) {
        if (marking->work_count) {
            struct work_item item = marking->work[--marking->work_count];
            follow(marking, &item);
        } else {
            mark_stack(marking, marking->live[--marking->live_count]);
        }
    }
}

/* Which contexts were first reached in this step? */
static void record_contexts(struct marking *marking)
{
    const struct contexts *contexts = &marking->picture->contexts;
    for (size_t i = 0; i < contexts->count; i++) {
        if (marking->verdicts->contexts[i] != REACHED_NEVER)
            continue;
        if (is_marked(marking, contexts->items[i].address))
            marking->verdicts->contexts[i] = (uint8_t)marking->step;
    }
}

/* Lets go of what the first step held back. */
static void release_children(struct marking *marking)
{
    const struct contexts *contexts = &marking->picture->contexts;
    int32_t children = field_offset(marking->program, CANCEL_CHILDREN);
    for (size_t i = 0; i < contexts->count && children >= 0; i++)
        if (contexts->items[i].core && marking->verdicts->contexts[i] == REACHED_FIRST)
            mark_pointer(marking, memory_word(marking->program->memory,
                                              contexts->items[i].core + (uint64_t)children));
    /* Context's own watchers, whose parents may have been reached long ago. */
    for (uint32_t i = 0; i < marking->watch_count; i++) {
        const struct watch *watch = &marking->watch_list[i];
        if (!watch->other && marking->held[watch->goroutine] && is_marked(marking, watch->object))
            make_live(marking, watch->goroutine);
    }
}

static void run_steps(struct marking *marking)
{
    marking->step = REACHED_FIRST;
    mark_roots(marking);
    for (size_t i = 0; i < marking->picture->goroutines.count; i++)
        if (!marking->verdicts->candidates[i])
            make_live(marking, (uint32_t)i);
    settle(marking);
    record_contexts(marking);
    marking->step = REACHED_BY_PARENT;
    release_children(marking);
    settle(marking);
    record_contexts(marking);
    marking->step = REACHED_BY_LEAKED;
    for (size_t i = 0; i < marking->picture->goroutines.count; i++)
        make_live(marking, (uint32_t)i);
    settle(marking);
    record_contexts(marking);
}

static void flag_spans(struct marking *marking)
{
    const struct picture *picture = marking->picture;
    for (size_t i = 0; i < picture->goroutines.count; i++) {
        const struct span *span =
            heap_span_of(&picture->heap, picture->goroutines.items[i].address);
        if (span)
            marking->special[span - picture->heap.spans] = true;
    }
    for (size_t i = 0; i < picture->contexts.count; i++) {
        const struct span *span = heap_span_of(&picture->heap, picture->contexts.items[i].address);
        if (span)
            marking->special[span - picture->heap.spans] = true;
    }
    for (size_t i = 0; i < marking->sudogs.capacity; i++) {
        const struct span *span = heap_span_of(&picture->heap, marking->sudogs.slots[i].address);
        if (span)
            marking->special[span - picture->heap.spans] = true;
    }
}

static bool allocate(struct marking *marking)
{
    const struct picture *picture = marking->picture;
    struct verdicts *verdicts = marking->verdicts;
    size_t words = picture->heap.object_count / 64 + 1;
    size_t goroutines = picture->goroutines.count + 1, contexts = picture->contexts.count + 1;
    verdicts->goroutines = calloc(goroutines, 1);
    verdicts->candidates = calloc(goroutines, sizeof(bool));
    verdicts->contexts = calloc(contexts, 1);
    verdicts->can_cancel = calloc(contexts, sizeof(bool));
    marking->marked = calloc(words, 8);
    marking->watched = calloc(words, 8);
    marking->special = calloc(picture->heap.count + 1, sizeof(bool));
    marking->live = calloc(goroutines, sizeof(uint32_t));
    marking->held = calloc(goroutines, sizeof(bool));
    marking->live_since = calloc(goroutines, 1);
    marking->stack = malloc(sizeof *marking->stack);
    return verdicts->goroutines && verdicts->candidates && verdicts->contexts &&
           verdicts->can_cancel && marking->marked && marking->watched && marking->special &&
           marking->live && marking->held && marking->live_since && marking->stack;
}

static void release(struct marking *marking)
{
    free(marking->marked);
    free(marking->watched);
    free(marking->special);
    free(marking->live);
    free(marking->held);
    free(marking->live_since);
    free(marking->stack);
    free(marking->work);
    free(marking->watch_list);
    address_map_free(&marking->sudogs);
    address_map_free(&marking->watches);
    address_map_free(&marking->makers);
    masks_free(&marking->masks);
}

/* What is said of each goroutine: of one that stays for ever it is not what it is as a root. */
static void record_goroutines(struct marking *marking)
{
    const struct goroutines *goroutines = &marking->picture->goroutines;
    for (size_t i = 0; i < goroutines->count; i++)
        marking->verdicts->goroutines[i] =
            goroutines->items[i].standing.forever && marking->verdicts->candidates[i]
                ? (uint8_t)REACHED_NEVER
                : marking->live_since[i];
}

static bool run(struct marking *marking)
{
    *marking->verdicts = (struct verdicts){.complete = marking->picture->heap.complete};
    bool good = allocate(marking);
    if (good) {
        marking->step = REACHED_FIRST;
        find_candidates(marking);
        flag_spans(marking);
        run_steps(marking);
        record_goroutines(marking);
        good = !marking->failed;
    }
    release(marking);
    return good;
}

/* Index of the goroutine that runs main, if nothing else than itself reaches what it waits for. */
static size_t main_that_stays(const struct picture *picture, const struct verdicts *verdicts)
{
    for (size_t i = 0; i < picture->goroutines.count; i++)
        if (picture->goroutines.items[i].id == MAIN_GOROUTINE)
            return verdicts->goroutines[i] == REACHED_FIRST ? SIZE_MAX : i;
    return SIZE_MAX;
}

/*
 * Main is judged like the others first. If it is reached, it was a root from then on, and the order
 * in which roots are met does not matter. If not, all others are judged anew with main as a root.
 */
bool marking_run(const struct go_program *program, const struct context_types *types,
                 const struct picture *picture, struct verdicts *verdicts)
{
    struct marking marking = {
        .program = program, .types = types, .picture = picture, .verdicts = verdicts};
    if (!run(&marking))
        return false;
    size_t stays = main_that_stays(picture, verdicts);
    if (stays == SIZE_MAX)
        return true;
    uint8_t of_main = verdicts->goroutines[stays];
    verdicts_free(verdicts);
    marking = (struct marking){.program = program,
                               .types = types,
                               .picture = picture,
                               .verdicts = verdicts,
                               .main_is_root = true};
    if (!run(&marking))
        return false;
    verdicts->goroutines[stays] = of_main;
    return true;
}

bool marking_trail(const struct go_program *program, const struct context_types *types,
                   const struct picture *picture, struct trail *trail)
{
    struct verdicts verdicts = {0};
    struct marking marking = {.program = program,
                              .types = types,
                              .picture = picture,
                              .verdicts = &verdicts,
                              .trail = trail,
                              .main_is_root = true};
    bool good = run(&marking);
    verdicts_free(&verdicts);
    return good;
}

void trail_free(struct trail *trail)
{
    free(trail->origins);
    address_map_free(&trail->of_object);
    *trail = (struct trail){0};
}

void verdicts_free(struct verdicts *verdicts)
{
    free(verdicts->goroutines);
    free(verdicts->candidates);
    free(verdicts->contexts);
    free(verdicts->can_cancel);
    *verdicts = (struct verdicts){0};
}
