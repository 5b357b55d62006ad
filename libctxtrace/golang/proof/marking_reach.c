/* Reaching: the marks, and the lists of what was reached and is still to be followed. */
#include "base/array.h"
#include "base/invariant.h"
#include "golang/proof/marking_state.h"

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

void wake(struct marking *marking, const struct watch *watch)
{
    invariant(!watch->other);
    if (marking->live_since[watch->goroutine] == REACHED_NEVER)
        marking->verdicts->woken_by[watch->goroutine] = watch->signal;
    make_live(marking, watch->goroutine);
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
