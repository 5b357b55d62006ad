/* What is hidden from the collector: what to look for, where, and what follows. See hidden.h. */
#include "golang/proof/marking_state.h"

#include <stdlib.h>
#include <string.h>

static size_t words_of(const struct marking *marking)
{
    return marking->model->heap.object_count / 64 + 1;
}

bool keep_marks(const struct marking *marking, uint64_t **kept)
{
    if (!marking->hidden)
        return true;
    size_t size = words_of(marking) * sizeof **kept;
    *kept = malloc(size);
    if (*kept)
        memcpy(*kept, marking->marked, size);
    return *kept != NULL;
}

static void clear(const struct marking *marking, uint64_t *bits, uint64_t address)
{
    const struct span *span = heap_span_of(&marking->model->heap, address);
    if (!span)
        return;
    uint64_t number = span->first_bit + span_index_of(span, address);
    bits[number / 64] &= ~(UINT64_C(1) << (number % 64));
}

/*
 * The runtime's own: it has their addresses everywhere, and they have those of what is waited for.
 */
static void leave_out_runtime(const struct marking *marking, uint64_t *bits)
{
    const struct goroutines *goroutines = &marking->model->goroutines;
    for (size_t i = 0; i < goroutines->count; i++)
        clear(marking, bits, goroutines->items[i].address);
    for (size_t i = 0; i < marking->sudogs.capacity; i++)
        clear(marking, bits, marking->sudogs.slots[i].address);
    for (size_t i = 0; i < marking->watch_count; i++)
        if (marking->watch_list[i].other) /* the handle of a weak pointer */
            clear(marking, bits, marking->watch_list[i].object);
}

/* Objects without pointers lead nowhere: only what somebody waits for matters. */
static void leave_out_dead_ends(const struct marking *marking, uint64_t *bits)
{
    for (size_t i = 0; i < marking->model->heap.count; i++) {
        const struct span *span = &marking->model->heap.spans[i];
        for (uint64_t n = span->first_bit; span->noscan && n < span->first_bit + span->count; n++)
            if (!bit_at(marking->watched, n))
                bits[n / 64] &= ~(UINT64_C(1) << (n % 64));
    }
}

/* Is there a goroutine of which something would be claimed? */
static bool would_claim(const struct marking *marking)
{
    for (size_t i = 0; i < marking->model->goroutines.count; i++)
        if (marking->live_since[i] > REACHED_FIRST)
            return true;
    return false;
}

void find_hidden(struct marking *marking)
{
    struct hidden *hidden = marking->hidden;
    if (!hidden || !would_claim(marking))
        return;
    for (size_t i = 0; i < words_of(marking); i++)
        marking->first[i] = marking->marked[i] & ~marking->first[i];
    leave_out_dead_ends(marking, marking->first);
    leave_out_runtime(marking, marking->first);
    leave_out_runtime(marking, marking->second);
    hidden->wanted = marking->first;
    hidden->reached = marking->second;
    hidden_find(marking->program, marking->model, &marking->masks, hidden);
    marking->failed |= hidden->failed;
}

void mark_hidden_roots(struct marking *marking)
{
    const struct hidden *hidden = marking->hidden_roots;
    for (size_t i = 0; hidden && i < hidden->count; i++)
        mark_pointer(marking, hidden->items[i]);
}
