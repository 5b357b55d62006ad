/* What a context holds: its parent, its end, its deadline. */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXT_CONTENT_H
#define CTXTRACE_GOLANG_MODEL_CONTEXT_CONTENT_H

#include "golang/model/context_search.h"

/* Of a context that is sound (context_soundness.h), whose address and type are filled in. */
void context_content_read(struct context_search *search, struct go_context *context);

/* Is it the type of the channels that Done() returns? */
bool is_done_channel(struct context_search *search, uint64_t type);

#endif
