/* The snapshot of a model and its facts. */
#ifndef CTXTRACE_GOLANG_EXPORT_EXPORT_H
#define CTXTRACE_GOLANG_EXPORT_EXPORT_H

#include "golang/proof/facts.h"
#include "golang/proof/holders.h"

/*
 * From a model that has its texts (model/describe.h); nothing is read from the program. `why_not`
 * is a clause that says why there are no proofs, or empty. `want_system`: include the runtime's own
 * goroutines. NULL when memory ran out. The snapshot is the caller's.
 */
struct snapshot *export_model(const struct go_program *program, const struct context_types *types,
                              const struct model *model, const struct facts *facts,
                              const struct holders *holders, const char *why_not, bool want_system);

#endif
