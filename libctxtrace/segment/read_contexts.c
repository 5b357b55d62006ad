#include "segment/read_contexts.h"

#include "base/invariant.h"
#include "base/sorted.h"
#include "segment/context_row.h"
#include "segment/retry_orphans.h"

#include <stdlib.h>

static bool visit_context(void *state, uint64_t index, const uint64_t *words)
{
    return add_context(state, index, words);
}

static bool read_once(struct reading *reading)
{
    const struct segment_file *file = reading->file;
    if (!file->quiet && file->areas[AREA_CONTEXTS].used <= MOST_RETRIED_CONTEXTS)
        return read_contexts_with_parents(reading);
    return slots_walk(file, AREA_CONTEXTS, visit_context, reading,
                      &reading->in_flight[AREA_CONTEXTS]);
}

/* ---- the second walk ---- */

static int by_slot(const void *a, const void *b)
{
    const struct open_context *one = a, *other = b;
    if (one->slot != other->slot)
        return one->slot < other->slot ? -1 : 1;
    return one->id < other->id ? -1 : one->id > other->id;
}

static bool visit_again(void *state, uint64_t index, const uint64_t *words)
{
    struct reading *reading = state;
    const struct open_context key = {.slot = index, .id = words[CTX_ID]};
    if ((words[CTX_KIND_AND_STATE] >> 8 & 0xff) != CONTEXT_OPEN)
        return true;
    struct open_context *found = bsearch(&key, reading->open_contexts, reading->open_count,
                                         sizeof *reading->open_contexts, by_slot);
    if (found)
        found->is_still_open = true;
    return true;
}

/* Most programs have nothing at stake, and are spared it. */
static bool look_again_at_contexts(struct reading *reading)
{
    uint64_t ignored = 0;
    if (reading->claimed_contexts == 0)
        return true;
    qsort(reading->open_contexts, reading->open_count, sizeof *reading->open_contexts, by_slot);
    invariant(SORTED_ALL(i, reading->open_count,
                         by_slot(&reading->open_contexts[i - 1], &reading->open_contexts[i]) <= 0));
    if (!slots_walk(reading->file, AREA_CONTEXTS, visit_again, reading, &ignored))
        return false;
    for (size_t i = 0; i < reading->open_count; i++) {
        if (!reading->open_contexts[i].is_still_open)
            builder_context_was_moving(reading->builder, reading->open_contexts[i].id);
    }
    return true;
}

bool read_contexts(struct reading *reading)
{
    return read_once(reading) && (reading->file->quiet || look_again_at_contexts(reading));
}
