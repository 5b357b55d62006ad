/*
 * Whether a context has ended, and by when it will. Contexts without a state of their own take both
 * from an ancestor.
 *
 * The ancestor may be unknown: a context type of the program's own can have its own methods, or
 * keep its parent where it cannot be found. Then state and deadline are unknown, too.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXT_STATE_H
#define CTXTRACE_GOLANG_MODEL_CONTEXT_STATE_H

#include "golang/model/contexts.h"

#define MAX_CONTEXT_DEPTH                                                                          \
    10000 /* of a chain; links that were read at different times can form a ring */

/* The context itself, or its nearest ancestor that has a state; NULL: unknown. */
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

/* Does it have, or may it have, a parent that is not among the contexts? */
bool context_lacks_parent(const struct context_types *types, const struct go_context *context);

#endif
