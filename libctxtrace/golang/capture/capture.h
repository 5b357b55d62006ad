/*
 * A capture: what a proof needs of a Go program at one instant, in our own memory.
 *
 * It is filled while the program stands still, and then sealed: it never changes again, so that
 * what is found in it is of that one instant, however long the search takes, and what is not in it
 * is unreadable. Code that works on it gets its own `program`, and no other. It is made by
 * stopped.h, of a live program, or capture_core().
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_CAPTURE_H
#define CTXTRACE_GOLANG_CAPTURE_CAPTURE_H

#include "golang/capture/goroutines.h"
#include "golang/heap/heap.h"
#include "image/packed_ranges.h"

struct go_capture {
    struct goroutines goroutines;
    struct heap heap;
    bool has_heap;       /* it could be found */
    uint64_t uncopied;   /* bytes that could not be copied */
    uint64_t bulk_bytes; /* of the heap and variables, which came in `bulk_ns` of processor time */
    int64_t bulk_ns;
    int64_t taken_ns, pause_ns;
    struct packed_ranges stacks;  /* before it is sealed, when they become part of its memory */
    struct image_thread *threads; /* of a live program, which knows them no more */
    struct go_program program;    /* as it was then, when it is sealed */
};

/*
 * For both of them: copies everything that a marking needs from a program that stands still. false
 * when memory ran out. Free it in any case.
 */
bool capture_fill(const struct go_program *program, struct go_capture *capture);
/* The threads of a live program, which runs again by now, become the capture's. */
bool capture_seal(const struct go_program *program, struct go_capture *capture);

/* Of a core. false when memory ran out. Free it in any case. */
bool capture_core(const struct go_program *program, struct go_capture *capture);

static inline bool capture_is_sealed(const struct go_capture *capture)
{
    return capture->program.memory != NULL;
}

/*
 * Empties it: frees the lists that nobody took over. Our own pages stay mapped for the next
 * capture, some here, the others with the program's memory.
 */
void capture_empty(struct go_capture *capture);

/*
 * The same, and frees the pages here. memory_drop_all() of the program's memory gives the others
 * back.
 */
void capture_free(struct go_capture *capture);

#endif
