/*
 * One picture of a Go program as the reader itself keeps it: everything that was found, before it
 * is said in the words of a snapshot.
 */
#ifndef CTXTRACE_GOLANG_PICTURE_H
#define CTXTRACE_GOLANG_PICTURE_H

#include "golang/contexts.h"
#include "golang/goroutines.h"
#include "golang/heap.h"

struct picture {
    struct goroutines goroutines;
    struct heap heap;
    struct contexts contexts;
    bool has_heap;     /* it could be found */
    uint64_t uncopied; /* bytes that could not be copied */
    int64_t taken_ns, pause_ns;
};

/* false only when memory ran out. Free it in any case. */
bool picture_read(const struct go_program *program, const struct context_types *types,
                  struct picture *picture);
/*
 * The same of a program that is stopped: copies everything that a marking needs, and finds the
 * contexts when picture_find_contexts() is called, which may be after it runs on.
 */
bool picture_copy(const struct go_program *program, struct picture *picture);
bool picture_find_contexts(const struct go_program *program, const struct context_types *types,
                           struct picture *picture);

/* How long copying will take, by doing it to the running program; also warms our own memory. */
int64_t picture_estimate_ns(const struct go_program *program);

void picture_free(struct picture *picture);

#endif
