/*
 * What there is in a Go program at one time: everything that was found, before it is exported as a
 * snapshot.
 */
#ifndef CTXTRACE_GOLANG_MODEL_MODEL_H
#define CTXTRACE_GOLANG_MODEL_MODEL_H

#include "golang/heap/heap.h"
#include "golang/model/contexts.h"
#include "golang/model/goroutine_stacks.h"
#include "golang/model/goroutines.h"
#include "golang/model/incremental_scan.h"
#include "golang/model/runtime_clock.h"
#include "snapshot/strings.h"

struct model {
    struct goroutines goroutines;
    struct goroutine_stacks stacks;
    struct heap heap;
    struct contexts contexts;
    bool has_heap;       /* it could be found */
    bool copied;         /* everything that a marking needs is in our memory */
    uint64_t uncopied;   /* bytes that could not be copied */
    uint64_t bulk_bytes; /* of the heap and variables, which came in `bulk_ns` of processor time */
    int64_t bulk_ns;
    int64_t taken_ns, pause_ns;
    uint64_t missing_children; /* see missing_children.h; 0 of a running program */
    int64_t searched_ns; /* all contexts that there were then are in it; 0: all that there are */
    uint64_t contexts_unheld;   /* not shown, as they ended and nothing was seen to hold them */
    struct runtime_clock clock; /* what the program noted of time */
    struct string_pool texts;   /* see describe.h */
};

/*
 * Of a running program: keeps little of what it reads. For what is to be discovered in the heap it
 * uses `cpu_ns` of processor time, the first time as much as it takes. `taken_ns` is set by the
 * caller. false only when memory ran out. Free it in any case.
 */
bool model_read(const struct go_program *program, const struct context_types *types,
                struct incremental_scan *scan, int64_t cpu_ns, struct model *model);
/*
 * The same of a program that stands still, in two parts: copies everything that a marking needs;
 * and, which may be after the program runs on, looks at what was copied.
 */
bool model_copy(const struct go_program *program, struct model *model);
bool model_examine(const struct go_program *program, const struct context_types *types,
                   struct model *model);

/*
 * How long copying will take, by doing it to the running program, for `limit_ns` at most; what that
 * was too short for is reckoned. Our own memory is warm then; if it takes longer than the limit,
 * that memory is given back.
 */
int64_t model_estimate_ns(const struct go_program *program, int64_t limit_ns);

/* Gives back the memory of the heap that was copied. What is in the model stays. */
void model_drop(const struct go_program *program, const struct model *model);

void model_free(struct model *model);

#endif
