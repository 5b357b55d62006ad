/* What the pieces that turn a model into a snapshot share. */
#ifndef CTXTRACE_GOLANG_EXPORT_EXPORT_STATE_H
#define CTXTRACE_GOLANG_EXPORT_EXPORT_STATE_H

#include "golang/export/stack_names.h"
#include "golang/model/model.h"
#include "golang/proof/facts.h"
#include "golang/proof/holders.h"

struct exporting {
    const struct go_program *program;
    const struct context_types *types;
    const struct model *model;
    const struct facts *facts;
    const struct holders *holders;
    bool want_system;
    struct snapshot_builder *builder;
    struct stack_names *names;
    uint32_t *calls;            /* indexes of the model's call stacks */
    int64_t realtime_offset_ns; /* 0: not known */
};

/* The index of a call stack of the model. */
static inline uint32_t call_stack(const struct exporting *export, uint32_t number)
{
    return number == CALL_STACK_NONE ? SNAPSHOT_NONE : export->calls[number - 1];
}

/* A text of the model as one of the snapshot. */
static inline snapshot_string model_string(const struct exporting *export, snapshot_string text)
{
    return builder_string(export->builder, export->model->texts.bytes + text);
}

#endif
