/* Following what is reached: objects, closures that cancel, and whom that wakes. */
#include "base/array.h"
#include "base/invariant.h"
#include "golang/binary/field.h"
#include "golang/proof/marking_state.h"

#include <stdlib.h>
#include <string.h>

void push(struct marking *marking, uint32_t span, uint32_t object)
{
    invariant(span < marking->model->heap.count);
    invariant(object < marking->model->heap.spans[span].count);
    if (!ARRAY_ROOM(marking->work, marking->work_capacity, marking->work_count + 1)) {
        marking->failed = true;
        return;
    }
    marking->work[marking->work_count++] = (struct work_item){span, object};
}

void make_live(struct marking *marking, uint32_t goroutine)
{
    invariant(goroutine < marking->model->goroutines.count && marking->step != REACHED_NEVER);
    if (marking->live_since[goroutine] != REACHED_NEVER)
        return;
    if (marking->held[goroutine] && marking->step == REACHED_FIRST)
        return;
    invariant(marking->live_count < marking->model->goroutines.count); /* each comes once */
    marking->live_since[goroutine] = (uint8_t)marking->step;
    marking->live[marking->live_count++] = goroutine;
}

void mark_pointer(struct marking *marking, uint64_t pointer)
{
    const struct span *span = heap_span_of(&marking->model->heap, pointer);
    if (!span)
        return;
    uint32_t index = span_index_of(span, pointer);
    uint64_t number = span->first_bit + index;
    invariant(number < marking->model->heap.object_count);
    if (bit_at(marking->marked, number))
        return;
    set_bit(marking->marked, number);
    if (marking->trail)
        marking->failed |= !trail_leave(marking->trail, number, &marking->origin);
    if (!span->noscan || bit_at(marking->watched, number))
        push(marking, (uint32_t)(span - marking->model->heap.spans), index);
}

bool is_marked(const struct marking *marking, uint64_t address)
{
    const struct span *span = heap_span_of(&marking->model->heap, address);
    return !span || bit_at(marking->marked, span->first_bit + span_index_of(span, address));
}

void mark_visited(void *state, uint64_t at, uint64_t pointer)
{
    (void)at;
    mark_pointer(state, pointer);
}

/* ---- who can cancel ---- */

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
        invariant(watch < marking->watch_count);
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
    const struct goroutine *goroutine = goroutine_at(&marking->model->goroutines, start);
    uint32_t index = goroutine ? (uint32_t)(goroutine - marking->model->goroutines.items)
                               : address_map_get(&marking->sudogs, start);
    return index != ADDRESS_MAP_NONE && marking->live_since[index] == REACHED_NEVER;
}

static void follow(struct marking *marking, const struct work_item *item)
{
    const struct heap *heap = &marking->model->heap;
    const struct span *span = &heap->spans[item->span];
    uint64_t start = span_object(span, item->object);
    struct without_children without = {marking, 0};
    if (marking->trail && trail_postpones_object(marking, item))
        return;
    marking->origin =
        (struct origin){.where = span->first_bit + item->object, .kind = ORIGIN_OBJECT};
    if (bit_at(marking->watched, span->first_bit + item->object))
        reach_watched(marking, start);
    if (span->noscan)
        return;
    look_for_closure(marking, span, start);
    if (marking->special[item->span]) {
        if (belongs_to_blocked(marking, start))
            return;
        uint32_t context = address_map_get(&marking->model->contexts.by_address, start);
        if (context != ADDRESS_MAP_NONE && marking->step == REACHED_FIRST &&
            marking->model->contexts.items[context].core == start)
            without.children = start + (uint64_t)field_offset(marking->program, CANCEL_CHILDREN);
    }
    bool good = without.children ? visit_object(marking->program, &marking->masks, heap, span,
                                                item->object, mark_but_children, &without)
                                 : visit_object(marking->program, &marking->masks, heap, span,
                                                item->object, mark_visited, marking);
    marking->verdicts->complete &= good;
}

/* Its stack is a root now. */
static void mark_live(struct marking *marking, uint32_t goroutine)
{
    if (!marking->trail || !trail_postpones_goroutine(marking, goroutine))
        mark_stack(marking, goroutine);
}

void settle(struct marking *marking)
{
    do {
        while ((marking->work_count || marking->live_count) && !marking->failed) {
            if (marking->work_count) {
                struct work_item item = marking->work[--marking->work_count];
                follow(marking, &item);
            } else {
                mark_live(marking, marking->live[--marking->live_count]);
            }
        }
    } while (marking->trail && trail_releases(marking) && !marking->failed);
}
