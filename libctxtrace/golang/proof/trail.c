#include "golang/proof/trail.h"

#include "base/array.h"
#include "base/invariant.h"

#include <stdlib.h>

/*
 * An entry is 0 for an object that was not reached, the number of the one that led to it plus 1, or
 * that of a root with this bit.
 */
#define IS_ROOT (UINT32_C(1) << 31)

bool trail_begin(struct trail *trail, uint64_t object_count)
{
    *trail = (struct trail){0};
    if (object_count < IS_ROOT - 1)
        trail->from = calloc(object_count + 1, sizeof *trail->from);
    return trail->from != NULL;
}

void trail_free(struct trail *trail)
{
    free(trail->from);
    free(trail->roots);
    *trail = (struct trail){0};
}

static bool add_root(struct trail *trail, const struct origin *origin)
{
    if (trail->root_count >= IS_ROOT ||
        !ARRAY_ROOM(trail->roots, trail->capacity, trail->root_count + 1))
        return false;
    trail->roots[trail->root_count++] = *origin;
    return true;
}

bool trail_leave(struct trail *trail, uint64_t object, const struct origin *origin)
{
    if (origin->kind == ORIGIN_OBJECT) {
        invariant(origin->where < IS_ROOT - 1);
        trail->from[object] = (uint32_t)origin->where + 1;
        return true;
    }
    if (!add_root(trail, origin))
        return false;
    trail->from[object] = IS_ROOT | (uint32_t)(trail->root_count - 1);
    return true;
}

bool trail_step(const struct trail *trail, uint64_t object, struct origin *origin)
{
    uint32_t from = trail->from[object];
    if (from & IS_ROOT)
        *origin = trail->roots[from & ~IS_ROOT];
    else if (from)
        *origin = (struct origin){.where = from - 1, .kind = ORIGIN_OBJECT};
    return from != 0;
}
