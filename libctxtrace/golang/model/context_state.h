/*
 * Whether a context has ended, and when it will at the latest, which those without a state of their
 * own take from one above.
 *
 * What is above may not be known: a context of the program's own can have methods of its own, or
 * keep its parent where nobody can tell. Then neither is what it would say.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXT_STATE_H
#define CTXTRACE_GOLANG_MODEL_CONTEXT_STATE_H

#include "golang/model/contexts.h"

#define MAX_CONTEXT_DEPTH 10000 /* of a chain; links that were torn can form a ring */

/* The context itself, or the nearest above that has a state; NULL: that is not known. */
const struct go_context *context_state_holder(const struct context_types *types,
                                              const struct contexts *contexts,
                                              const struct go_context *context);

/* enum context_state */
uint8_t context_state(const struct context_types *types, const struct contexts *contexts,
                      const struct go_context *context);

#define DEADLINE_NONE    INT64_MAX
#define DEADLINE_UNKNOWN INT64_MIN

/* Nanoseconds since 1970; what Deadline() would say. */
int64_t context_deadline(const struct context_types *types, const struct contexts *contexts,
                         const struct go_context *context);

/* Has it a parent, or may it have one, that is not among the contexts? */
bool context_lacks_parent(const struct context_types *types, const struct go_context *context);

#endif
