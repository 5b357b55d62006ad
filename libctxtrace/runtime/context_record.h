/* What is recorded of a context when it is made, and how other records refer to it. */
#ifndef CTXTRACE_RUNTIME_CONTEXT_RECORD_H
#define CTXTRACE_RUNTIME_CONTEXT_RECORD_H

#include "runtime/node.h"

/* Records a new node; `detail` is a value context's key or NULL. */
void context_record_created(struct ctxt *node, int64_t requested_deadline_ns, const char *detail,
                            const void *site);
/* The same with the time at which it was made, which has been read for its deadline already. */
void context_record_deadline(struct ctxt *node, int64_t requested_deadline_ns, int64_t made_ns);

/* The id by which records refer to it. Roots are recorded when first referred to. */
uint64_t context_record_id(struct ctxt *context);
/* The same for a reference from something that is recorded: ID_UNRECORDED if it is not. */
uint64_t context_record_reference(struct ctxt *context);
/* The same of the context that a task is under: for a root's sake alone nothing is recorded. */
uint64_t context_record_surrounding(struct ctxt *context);

#endif
