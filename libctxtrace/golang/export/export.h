/* Makes the snapshot of a model. */
#ifndef CTXTRACE_GOLANG_EXPORT_EXPORT_H
#define CTXTRACE_GOLANG_EXPORT_EXPORT_H

#include "golang/model/runtime_clock.h"
#include "golang/proof/facts.h"
#include "golang/proof/holders.h"
#include "image/descriptor_names.h"

struct export_options {
    bool show_values;
    bool want_system;
};

/*
 * `why_not` is a clause that says why there are no proofs, or empty. NULL when memory ran out. The
 * snapshot is the caller's.
 */
struct snapshot *export_model(const struct go_program *program, const struct context_types *types,
                              const struct model *model, const struct facts *facts,
                              const struct holders *holders, const struct runtime_clock *clock,
                              const char *why_not, const struct export_options *options,
                              struct descriptor_names *descriptors);

#endif
