/* From where contexts are held: by index of the context, in order of it. */
#include "base/invariant.h"
#include "base/keys.h"
#include "base/sorted.h"
#include "snapshot/builder_state.h"

#include <stdlib.h>

static int by_context(const void *left, const void *right)
{
    const struct snapshot_holder *a = left, *b = right;
    return (a->context > b->context) - (a->context < b->context);
}

bool link_holders(struct snapshot_builder *builder, struct tables *tables, struct repairs *repairs)
{
    const struct key_column ids = {.first = tables->contexts ? &tables->contexts->id : NULL,
                                   .stride = sizeof *tables->contexts,
                                   .count = tables->snapshot.context_count};
    uint32_t count = 0;
    if (builder->holder_count == 0)
        return true;
    tables->holders = calloc(builder->holder_count, sizeof *tables->holders);
    if (!tables->holders)
        return false;
    for (size_t i = 0; i < builder->holder_count; i++) {
        struct snapshot_holder holder = builder->holders[i].holder;
        holder.context = keys_find(&ids, builder->holders[i].context_id);
        check_stack(builder, &holder.stack, repairs);
        if (holder.context != SNAPSHOT_NONE)
            tables->holders[count++] = holder;
    }
    qsort(tables->holders, count, sizeof *tables->holders, by_context);
    invariant(SORTED_ALL(i, count, tables->holders[i - 1].context <= tables->holders[i].context));
    tables->snapshot.holder_count = count;
    return true;
}
