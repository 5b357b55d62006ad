/* Shared by the files that make contexts. */
#ifndef CTXTRACE_RUNTIME_CONTEXT_H
#define CTXTRACE_RUNTIME_CONTEXT_H

#include "runtime/node.h"

/* Records a new node; `detail` is a value context's key or NULL. */
void context_record_created(struct ctxt *node, int64_t requested_deadline_ns, const char *detail,
                            const void *site);

/* The id by which records refer to it. Roots are recorded when first referred to. */
uint64_t context_record_id(struct ctxt *context);
/* The same for a reference from something that is recorded: ID_UNRECORDED if it is not. */
uint64_t context_record_reference(struct ctxt *context);
/* The same of the context that a task is under: for a root's sake alone nothing is recorded. */
uint64_t context_record_surrounding(struct ctxt *context);

/* Undoes node_new() for a node that nobody has seen. Returns NULL and keeps errno. */
struct ctxt *context_abandon(struct ctxt *node);

#endif
