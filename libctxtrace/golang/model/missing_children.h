/*
 * How many contexts are certainly there and were not found.
 *
 * An open cancelCtx keeps its cancellable children in a map, whose count is its first word in all
 * releases and with all kinds of maps. What was found below it counts for the nearest context with
 * a map above it, as context.propagateCancel links it: through value contexts and contexts of the
 * program's own, not through one without cancel. A map that says more than that knows contexts that
 * the search did not come upon.
 *
 * The number is a lower bound: children of what was not found itself are not counted, nor what
 * hangs below a root, which keeps no map. Only of a program that stands still: in one that runs
 * maps and contexts are read at different moments.
 */
#ifndef CTXTRACE_GOLANG_MODEL_MISSING_CHILDREN_H
#define CTXTRACE_GOLANG_MODEL_MISSING_CHILDREN_H

#include "golang/model/contexts.h"

/*
 * How many the context's map says that it holds, and where the map is; 0 of what has ended, and of
 * a program in which the map is not known.
 */
uint64_t children_by_map(const struct go_program *program, const struct go_context *context,
                         uint64_t *map);
/* By context: how many of them were found. NULL when memory ran out. The caller frees it. */
uint64_t *children_found(const struct context_types *types, const struct contexts *contexts);

uint64_t count_missing_children(const struct go_program *program, const struct context_types *types,
                                const struct contexts *contexts);

#endif
