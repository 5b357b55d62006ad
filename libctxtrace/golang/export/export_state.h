/* What the pieces that turn a model into a snapshot share. */
#ifndef CTXTRACE_GOLANG_EXPORT_EXPORT_STATE_H
#define CTXTRACE_GOLANG_EXPORT_EXPORT_STATE_H

#include "golang/export/export.h"
#include "golang/export/stack_names.h"
#include "golang/model/model.h"
#include "golang/model/runtime_clock.h"
#include "golang/model/waits.h"
#include "golang/proof/facts.h"
#include "golang/proof/holders.h"
#include "image/descriptor_names.h"

struct exporting {
    const struct go_program *program;
    const struct context_types *types;
    const struct model *model;
    const struct facts *facts;
    const struct holders *holders;
    const struct runtime_clock *clock;
    const struct export_options *options;
    struct snapshot_builder *builder;
    struct stack_names *names;
    struct descriptor_names *descriptors; /* the session's */
    int64_t realtime_offset_ns;           /* 0: not known */
};

#endif
