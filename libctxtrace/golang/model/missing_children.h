/*
 * How many contexts certainly exist but were not found.
 *
 * An open cancelCtx keeps its cancellable children in a map, whose first word is its count, in all
 * releases and with all kinds of maps. A context that was found counts for its nearest ancestor
 * with a map, as context.propagateCancel links it: through value contexts and types of the
 * program's own, not through one without cancel. A map with a higher count has contexts that the
 * search did not find.
 *
 * The number is a lower bound: children of contexts that were not found are not counted, nor those
 * of a root, which keeps no map. It is known only of a program that stands still: in a running one
 * maps and contexts are read at different moments.
 */
#ifndef CTXTRACE_GOLANG_MODEL_MISSING_CHILDREN_H
#define CTXTRACE_GOLANG_MODEL_MISSING_CHILDREN_H

#include "golang/model/contexts.h"

/*
 * The count of the context's map, and where the map is; 0 for an ended context, and in a program
 * whose maps are not known.
 */
uint64_t children_by_map(const struct go_program *program, const struct go_context *context,
                         uint64_t *map);
/*
 * By context: how many of its children were found. NULL when memory ran out. The caller frees it.
 */
uint64_t *children_found(const struct context_types *types, const struct contexts *contexts);

uint64_t count_missing_children(const struct go_program *program, const struct context_types *types,
                                const struct contexts *contexts);

#endif
