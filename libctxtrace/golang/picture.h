/*
 * One picture of a Go program as the reader itself keeps it: everything that was found, before it
 * is said in the words of a snapshot.
 */
#ifndef CTXTRACE_GOLANG_PICTURE_H
#define CTXTRACE_GOLANG_PICTURE_H

#include "golang/contexts.h"
#include "golang/discovery.h"
#include "golang/goroutines.h"
#include "golang/heap.h"
#include "golang/standings.h"

struct picture {
    struct goroutines goroutines;
    struct standings standings;
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
};

/*
 * Of a running program: keeps little of what it reads. For what is to be discovered in the heap it
 * uses `cpu_ns` of processor time, the first time as much as it takes. `taken_ns` is set by the
 * caller. false only when memory ran out. Free it in any case.
 */
bool picture_read(const struct go_program *program, const struct context_types *types,
                  struct discovery *discovery, int64_t cpu_ns, struct picture *picture);
/*
 * The same of a program that stands still, in two parts: copies everything that a marking needs;
 * and, which may be after the program runs on, looks at what was copied.
 */
bool picture_copy(const struct go_program *program, struct picture *picture);
bool picture_examine(const struct go_program *program, const struct context_types *types,
                     struct picture *picture);

/*
 * How long copying will take, by doing it to the running program, for `limit_ns` at most; what that
 * was too short for is reckoned. Our own memory is warm then; if it takes longer than the limit,
 * that memory is given back.
 */
int64_t picture_estimate_ns(const struct go_program *program, int64_t limit_ns);

/*
 * Gives back the memory of what was copied and is only needed for marking. What the picture found
 * stays.
 */
void picture_drop(const struct go_program *program, const struct picture *picture);

void picture_free(struct picture *picture);

#endif
