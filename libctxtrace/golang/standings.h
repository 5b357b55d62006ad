/*
 * Where every goroutine stands: the frames of its stack and what it waits for, walked once while
 * its stack is at hand, and kept in few words.
 */
#ifndef CTXTRACE_GOLANG_STANDINGS_H
#define CTXTRACE_GOLANG_STANDINGS_H

#include "golang/goroutines.h"
#include "golang/waits.h"

struct standings {
    const struct pc_info **frames; /* innermost first */
    struct go_wait *waits;
    uint64_t *sudogs;
    size_t frame_count, frame_capacity;
    size_t wait_count, wait_capacity;
    size_t sudog_count, sudog_capacity;
    struct go_stack *stack; /* room for one */
    struct go_waits *room;  /* for those of one goroutine */
    bool failed;            /* memory ran out; what was added since is missing */
};

/* false when memory ran out. Free it in any case. */
bool standings_begin(struct standings *standings);
void standings_free(struct standings *standings);

/* Walks the stack, and writes into `goroutine` where its part of the lists is. */
void standings_add(struct standings *standings, const struct go_program *program,
                   struct goroutine *goroutine);

#endif
