/* Goroutines: which of them could be leaked, what would wake them, and what their stacks hold. */
#include "base/array.h"
#include "base/invariant.h"
#include "golang/binary/field.h"
#include "golang/binary/module.h"
#include "golang/capture/stack_roots.h"
#include "golang/proof/marking_state.h"

#include <stdlib.h>
#include <string.h>

/* Of a pointer into the heap. */
static void add_watch(struct marking *marking, uint64_t pointer, struct watch watch)
{
    const struct span *span = heap_span_of(&marking->model->heap, pointer);
    invariant(span != NULL);
    uint32_t index = span_index_of(span, pointer);
    if (!ARRAY_ROOM(marking->watch_list, marking->watch_capacity, marking->watch_count + 1)) {
        marking->failed = true;
        return;
    }
    watch.object = span_object(span, index);
    watch.next = address_map_get(&marking->watches, watch.object);
    marking->watch_list[marking->watch_count] = watch;
    marking->failed |=
        !address_map_put(&marking->watches, watch.object, (uint32_t)marking->watch_count++);
    set_bit(marking->watched, span->first_bit + index);
}

void mark_when_reached(struct marking *marking, uint64_t pointer, uint64_t other)
{
    if (!heap_span_of(&marking->model->heap, pointer))
        marking->verdicts->complete = false;
    else if (is_marked(marking, pointer))
        mark_pointer(marking, other);
    else
        add_watch(marking, pointer, (struct watch){.other = other});
}

enum watchable { NOT_CONFIRMED, CAN_WATCH, IS_GLOBAL };

/* Can what would wake it be watched? Only what lies in the heap can be unreachable. */
static enum watchable can_watch(const struct marking *marking, const struct stack_summary *stack,
                                const struct go_wait *waits)
{
    if (!stack->confirmed || !stack->wait_count)
        return NOT_CONFIRMED;
    if (stack->forever)
        return CAN_WATCH;
    for (size_t i = 0; i < stack->wait_count; i++) {
        if (is_global_data(marking->program, waits[i].signal))
            return IS_GLOBAL;
        if (!heap_span_of(&marking->model->heap, waits[i].signal))
            return NOT_CONFIRMED;
    }
    return CAN_WATCH;
}

/* The goroutine that context starts for a parent which is no context of its own. */
static bool watches_a_parent(const struct marking *marking, const struct goroutine *goroutine)
{
    const struct pc_info *info = pc_info(marking->program, goroutine->startpc);
    return info && info->known && strncmp(info->function.name, "context.", 8) == 0 &&
           strstr(info->function.name, "propagateCancel");
}

static bool may_be_candidate(const struct goroutine *goroutine)
{
    bool blocked = goroutine->status == GO_WAITING || goroutine->status == GO_LEAKED;
    return blocked && !goroutine->system && !goroutine->moved && goroutine->sp;
}

/* See marking.h: it is a root for all others. */
static bool stays_by_design(const struct marking *marking, const struct goroutine *goroutine)
{
    return goroutine->stack.forever || (marking->main_is_root && goroutine->id == MAIN_GOROUTINE);
}

static void look_at_goroutine(struct marking *marking, uint32_t index)
{
    const struct goroutine *goroutine = &marking->model->goroutines.items[index];
    const struct stack_summary *stack = &goroutine->stack;
    const struct go_wait *waits = &marking->model->stacks.waits[stack->first_wait];
    const uint64_t *sudogs = &marking->model->stacks.sudogs[stack->first_sudog];
    if (!may_be_candidate(goroutine))
        return;
    enum watchable watchable = can_watch(marking, stack, waits);
    if (watchable == NOT_CONFIRMED)
        return;
    marking->verdicts->candidates[index] = true;
    if (watchable == IS_GLOBAL || stays_by_design(marking, goroutine)) {
        make_live(marking, index);
        return;
    }
    marking->held[index] = watches_a_parent(marking, goroutine);
    for (size_t i = 0; i < stack->wait_count; i++)
        add_watch(marking, waits[i].signal,
                  (struct watch){.goroutine = index, .signal = waits[i].signal});
    for (size_t i = 0; i < stack->sudog_count; i++)
        marking->failed |= !address_map_put(&marking->sudogs, sudogs[i], index);
}

void find_candidates(struct marking *marking)
{
    for (size_t i = 0; i < marking->model->goroutines.count; i++)
        look_at_goroutine(marking, (uint32_t)i);
}

/* ---- stacks ---- */

/* Does this function have calls of context.With... inlined, or is it one of context's own? */
static bool makes_contexts(struct marking *marking, const struct go_frame *frame)
{
    const struct function *function = &frame->info->function;
    uint32_t known = address_map_get(&marking->makers, function->entry);
    if (known != ADDRESS_MAP_NONE)
        return known;
    bool makes = strncmp(function->name, "context.", 8) == 0 ||
                 function_inlines(marking->program, function, "context.");
    marking->failed |= !address_map_put(&marking->makers, function->entry, makes);
    return makes;
}

/*
 * A plain pointer to a context in the frame of a function that creates contexts may be about to be
 * used by a cancel function that was inlined away; and what a conservative scan finds may be
 * anything. Either way the cancel does not count as lost.
 */
static void met_on_stack(void *state, const struct stack_pointer *found)
{
    struct marking *marking = state;
    const struct go_frame *frame = found->frame;
    const uint64_t at = found->at, pointer = found->pointer;
    if (found->is_inward)
        return; /* it is followed, and so are those that it leads to */
    marking->origin.frame = frame ? frame->info : NULL;
    marking->origin.slot = frame && at ? (int64_t)(frame->top - at) : 0;
    mark_pointer(marking, pointer);
    if (marking->held[marking->origin.where])
        return; /* it cancels with the parent that it watches, which is no way out of its own */
    if (at)     /* a closure on the stack: this may be what it captures, and the entry before it */
        for (uint64_t back = 8; back <= 24; back += 8)
            note_closure(marking, at - back, memory_word(marking->program->memory, at - back),
                         pointer);
    if (found->place == STACK_ANY || !frame || makes_contexts(marking, frame))
        note_context_in_use(marking, pointer);
}

/* Its sudogs were perhaps reached, and not followed, when it was not yet live. */
static void mark_sudogs(struct marking *marking, const struct goroutine *goroutine)
{
    uint64_t sudog = goroutine->waiting;
    for (unsigned i = 0; sudog && i < 65536; i++) {
        mark_pointer(marking, sudog);
        mark_pointer(marking, field_word(marking->program, sudog, SUDOG_ELEM));
        sudog = field_word(marking->program, sudog, SUDOG_WAITLINK);
    }
}

void mark_stack(struct marking *marking, uint32_t index)
{
    const struct goroutine *goroutine = &marking->model->goroutines.items[index];
    const struct span *span = heap_span_of(&marking->model->heap, goroutine->address);
    marking->origin = (struct origin){.where = index, .kind = ORIGIN_STACK};
    if (span) { /* its g was perhaps reached, and not followed, when it was not yet live */
        uint32_t object = span_index_of(span, goroutine->address);
        set_bit(marking->marked, span->first_bit + object);
        visit_object(&marking->masks, span, object, mark_visited, marking);
    }
    mark_sudogs(marking, goroutine);
    marking->verdicts->complete &=
        visit_stack(marking->program, goroutine, marking->stack, met_on_stack, marking);
}
