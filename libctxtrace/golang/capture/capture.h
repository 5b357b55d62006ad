/*
 * A capture: what a proof needs of a Go program at one instant, in our own memory.
 *
 * It is filled while the program stands still, and sealed: from then on nothing of the program's
 * writable memory is read any more, so that what is found in it is of that one instant, however
 * long that takes, and what is not in it reads as unreadable. Reading it is reading the program's
 * memory; there is one capture of a program at a time. Makers: stopped.h, of a live program, and
 * capture_core().
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_CAPTURE_H
#define CTXTRACE_GOLANG_CAPTURE_CAPTURE_H

#include "golang/capture/goroutines.h"
#include "golang/heap/heap.h"

struct go_capture {
    struct goroutines goroutines;
    struct heap heap;
    bool has_heap;       /* it could be found */
    uint64_t uncopied;   /* bytes that could not be copied */
    uint64_t bulk_bytes; /* of the heap and variables, which came in `bulk_ns` of processor time */
    int64_t bulk_ns;
    int64_t taken_ns, pause_ns;
};

/*
 * What the makers are made of: copies everything that a marking needs, of a program that stands
 * still. false when memory ran out. Free it in any case.
 */
bool capture_fill(const struct go_program *program, struct go_capture *capture);
void capture_seal(const struct go_program *program);

/* Of a core. false when memory ran out. */
bool capture_core(const struct go_program *program, struct go_capture *capture);

/* Ends the seal: what is not in the capture is read from the program, as it is by now. */
void capture_open(const struct go_program *program);

/* Forgets the capture of the program, sealed or open, and gives its memory back. */
void capture_forget(const struct go_program *program);

/* Frees the lists, as far as they were not taken over. */
void capture_free(struct go_capture *capture);

#endif
