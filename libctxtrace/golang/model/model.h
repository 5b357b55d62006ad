/* Everything that was found in a Go program at one time, before it is exported as a snapshot. */
#ifndef CTXTRACE_GOLANG_MODEL_MODEL_H
#define CTXTRACE_GOLANG_MODEL_MODEL_H

#include "golang/capture/capture.h"
#include "golang/model/ancestors.h"
#include "golang/model/call_stacks.h"
#include "golang/model/contexts.h"
#include "golang/model/goroutine_stacks.h"
#include "golang/model/incremental_scan.h"
#include "golang/model/runtime_clock.h"
#include "snapshot/strings.h"

struct model {
    struct goroutines goroutines;
    struct goroutine_stacks stacks;
    struct heap heap;
    struct contexts contexts;
    bool has_heap; /* it could be found */
    bool captured; /* it is of a capture */
    bool whole;    /* of which nothing is missing */
    int64_t taken_ns, pause_ns;
    uint64_t missing_children; /* see missing_children.h; 0 of a running program */
    int64_t searched_ns; /* all contexts that there were then are in it; 0: all that there are */
    uint64_t contexts_unheld;   /* not shown, as they ended and nothing was seen to hold them */
    struct runtime_clock clock; /* what the program noted of time */
    struct string_pool texts;   /* see describe.h */
    struct call_stacks calls;   /* where things were created */
    struct ancestors ancestors; /* of goroutines */
};

/*
 * Of a running program: keeps little of what it reads. The search of the heap may use `cpu_ns` of
 * processor time, the first time as much as it takes. `taken_ns` is set by the caller. false only
 * when memory ran out. Free it in any case.
 */
bool model_read(const struct go_program *program, const struct context_types *types,
                struct incremental_scan *scan, int64_t cpu_ns, struct model *model);
/* The same of a capture, whose lists it takes over. */
bool model_of_capture(struct go_capture *capture, const struct context_types *types,
                      struct model *model);

void model_free(struct model *model);

#endif
