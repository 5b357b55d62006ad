/*
 * Following what is reached, until nothing new is: objects, closures that cancel, and the
 * goroutines that this wakes.
 *
 * What comes out does not depend on the order. All that the marking knows are rules of one form,
 * "if that is reached, so is this", and nothing that is reached is taken back. So it is enough that
 * each rule is applied, whichever of its two sides is known first:
 *
 *  - An object is followed after it was marked, and its mark is set once. One without pointers is
 *    followed, too, if somebody watches for it.
 *  - The watches of goroutines are set before anything is marked. One that is set later takes
 *    effect at once if its object is marked already (mark_when_reached).
 *  - A g or sudog that is reached while its goroutine is not live is marked and not followed. When
 *    the goroutine becomes live, mark_stack() visits its stack and its g, and marks its sudogs and
 *    the values that they hand over.
 *  - What the first step holds back, the children of a context and the goroutines that watch a
 *    parent, is let go behind it for all that were reached (release_children in marking.c); what is
 *    reached later is not held back any more.
 *
 * It ends because each object and each goroutine is put on its list at most once, but for those
 * that a trail leaves for last and puts back.
 */
#include "base/invariant.h"
#include "golang/binary/field.h"
#include "golang/proof/marking_state.h"

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

static void reach_watched(struct marking *marking, uint64_t object)
{
    uint32_t watch = address_map_get(&marking->watches, object);
    while (watch != ADDRESS_MAP_NONE) {
        invariant(watch < marking->watch_count);
        const struct watch *it = &marking->watch_list[watch];
        if (it->other)
            mark_pointer(marking, it->other);
        else
            wake(marking, it);
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
    bool good = without.children
                    ? visit_object(&marking->masks, span, item->object, mark_but_children, &without)
                    : visit_object(&marking->masks, span, item->object, mark_visited, marking);
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
