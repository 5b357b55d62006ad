/* The snapshot of a proof: of a model and its facts. */
#ifndef CTXTRACE_GOLANG_EXPORT_EXPORT_H
#define CTXTRACE_GOLANG_EXPORT_EXPORT_H

#include "golang/proof/proof.h"

/*
 * Its model has its texts (model/describe.h); nothing is read from the program. `want_system`:
 * include the runtime's own goroutines. NULL when memory ran out. The snapshot is the caller's.
 */
struct snapshot *export_proof(const struct go_program *program, const struct context_types *types,
                              const struct proof *proof, bool want_system);

#endif
