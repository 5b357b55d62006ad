/*
 * The memory of a Go program that a proof needs, other than stacks: its variables, the spans of the
 * heap that hold pointers, and the bits that say which of their objects are allocated and which of
 * their words are pointers.
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_WANTED_H
#define CTXTRACE_GOLANG_CAPTURE_WANTED_H

#include "golang/heap/heap.h"
#include "image/ranges.h"

struct wanted {
    struct ranges whole;
    struct ranges zeroed; /* zero where nothing was ever written to them */
};

/*
 * Whole pages, ascending and apart; a list that has `failed` is missing some. Free it in any case.
 */
void wanted_find(const struct go_program *program, const struct heap *heap, struct wanted *wanted);
void wanted_free(struct wanted *wanted);

#endif
