/* "Kept alive by": the chain of references from a root to a context or a goroutine. */
#ifndef CTXTRACE_GOLANG_PROOF_RETENTION_PATH_H
#define CTXTRACE_GOLANG_PROOF_RETENTION_PATH_H

#include "base/error.h"
#include "golang/model/model.h"

/*
 * One line for each link, from the thing to the root; the caller frees it. `id` is that of a
 * context or a goroutine. NULL and a sentence when there is no such thing or nothing holds it.
 */
char *retention_path_of(const struct go_program *program, const struct context_types *types,
                        const struct model *model, uint64_t id, struct error *error);

#endif
