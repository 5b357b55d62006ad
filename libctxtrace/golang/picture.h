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
    bool has_heap; /* it could be found */
    int64_t taken_ns, pause_ns;
};

/* false only when memory ran out. Free it in any case. */
bool picture_read(const struct go_program *program, const struct context_types *types,
                  struct picture *picture);
void picture_free(struct picture *picture);

#endif
