/* The ancestors of tasks: sorted by the index of the task, each task's in their order. */
#include "base/invariant.h"
#include "base/keys.h"
#include "base/sorted.h"
#include "snapshot/builder_state.h"

#include <stdlib.h>

struct placed {
    struct snapshot_ancestor ancestor;
    size_t place;
};

static int by_task(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;
    if (a->ancestor.task != b->ancestor.task)
        return a->ancestor.task < b->ancestor.task ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

/* Those of tasks that are there; returns how many. */
static uint32_t place(const struct snapshot_builder *builder, const struct tables *tables,
                      struct placed *placed, struct repairs *repairs)
{
    const struct key_column ids = {.first = tables->tasks ? &tables->tasks->id : NULL,
                                   .stride = sizeof *tables->tasks,
                                   .count = tables->snapshot.task_count};
    uint32_t count = 0;
    for (size_t i = 0; i < builder->ancestor_count; i++) {
        struct snapshot_ancestor ancestor = builder->ancestors[i].ancestor;
        ancestor.task = keys_find(&ids, builder->ancestors[i].task_id);
        check_stack(builder, &ancestor.stack, repairs);
        if (ancestor.task != SNAPSHOT_NONE)
            placed[count++] = (struct placed){ancestor, i};
    }
    return count;
}

bool link_ancestors(struct snapshot_builder *builder, struct tables *tables,
                    struct repairs *repairs)
{
    if (builder->ancestor_count == 0)
        return true;
    struct placed *placed = malloc(builder->ancestor_count * sizeof *placed);
    tables->ancestors = malloc(builder->ancestor_count * sizeof *tables->ancestors);
    if (!placed || !tables->ancestors) {
        free(placed);
        return false;
    }
    uint32_t count = place(builder, tables, placed, repairs);
    qsort(placed, count, sizeof *placed, by_task);
    for (uint32_t i = 0; i < count; i++)
        tables->ancestors[i] = placed[i].ancestor;
    invariant(SORTED_ALL(i, count, tables->ancestors[i - 1].task <= tables->ancestors[i].task));
    tables->snapshot.ancestor_count = count;
    free(placed);
    return true;
}
