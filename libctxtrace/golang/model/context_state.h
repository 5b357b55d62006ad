/* Whether a context has ended, which those without a state of their own take from one above. */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXT_STATE_H
#define CTXTRACE_GOLANG_MODEL_CONTEXT_STATE_H

#include "golang/model/contexts.h"

#define MAX_CONTEXT_DEPTH 10000 /* of a chain; links that were torn can form a ring */

/* The context itself, or the nearest above that has a state. */
const struct go_context *context_state_holder(const struct context_types *types,
                                              const struct contexts *contexts,
                                              const struct go_context *context);

/* enum context_state */
uint8_t context_state(const struct context_types *types, const struct contexts *contexts,
                      const struct go_context *context);

#endif
