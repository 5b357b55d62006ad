/*
 * The texts of a model: names, keys, values, causes, labels, lines. They are read last, and only
 * for what is shown, as most contexts in memory are not. Many texts lie in objects without
 * pointers, which a capture of a stopped program leaves out: these are read from the program as it
 * runs, and are shown if what led to them has not changed since (memory_over.h). Otherwise the
 * memory may have been reused, and the text be that of something newer; then only the type is
 * shown.
 *
 * Nothing reads the program for this model after this.
 */
#ifndef CTXTRACE_GOLANG_MODEL_DESCRIBE_H
#define CTXTRACE_GOLANG_MODEL_DESCRIBE_H

#include "golang/model/model.h"
#include "image/descriptor_names.h"
#include "image/memory_over.h"

struct description {
    bool contents;            /* of values, and of keys that are no constants of the program */
    bool system;              /* the runtime's own goroutines, too */
    const bool *dead;         /* by context: nothing holds it, and it is not shown; NULL: unknown */
    struct memory_over *over; /* through which the program is read, of a capture; or NULL */
    struct descriptor_names *descriptors;
};

/* Says which contexts are shown, and fills in what is shown of them. false when memory ran out. */
bool model_describe(const struct go_program *program, const struct context_types *types,
                    const struct description *wanted, struct model *model);

#endif
