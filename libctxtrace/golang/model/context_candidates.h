/*
 * Where in the heap contexts may be: one pass over the spans of small objects with pointers, which
 * looks at words alone and follows none of them. What it finds is judged by the search for
 * contexts.
 *
 * The pass over a running program keeps nothing of what it reads and touches no state but its own,
 * so that several threads can make it together, beside whatever else is read of the program: each
 * takes the next piece from a cursor that they share.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXT_CANDIDATES_H
#define CTXTRACE_GOLANG_MODEL_CONTEXT_CANDIDATES_H

#include "golang/heap/heap.h"
#include "golang/model/context_types.h"

enum candidate_kind {
    CANDIDATE_PAIR,    /* an itab of a context type and the word behind it */
    CANDIDATE_CLOSURE, /* the entry of what may be a cancel function and the word behind it */
    CANDIDATE_OBJECT,  /* an object of a cancelCtx's size that begins with an itab of a context type
                        */
};

struct context_candidate {
    uint64_t first, second; /* of an object: its address, and the number of its span */
    enum candidate_kind kind;
};

struct context_candidates {
    struct context_candidate *items;
    size_t count, capacity;
    bool failed; /* memory ran out; what was met since is missing */
};

/* How far a pass has come. */
struct heap_cursor {
    _Atomic size_t next; /* number of a span */
};

/* What to look for. */
struct candidate_pattern {
    uint64_t first_itab, last_itab;
    uint64_t first_text, last_text; /* of functions that may be cancel functions */
    uint64_t object_size;           /* of objects that hold a cancelCtx; 0: not known */
};

struct candidate_pattern candidate_pattern_of(const struct go_program *program,
                                              const struct context_types *types);

/* At the first span from this address on. */
struct heap_cursor heap_cursor_at(const struct heap *heap, uint64_t address);
/* The address at which it is, 0: at the end. */
uint64_t heap_cursor_address(const struct heap *heap, const struct heap_cursor *cursor);

/*
 * Until the cursor is at the end, or `cpu_ns` nanoseconds of this thread's time are used up; one
 * piece in any case. `anew`: reads the program past what is kept of it. Free the candidates in any
 * case.
 */
void context_candidates_find(const struct go_program *program,
                             const struct candidate_pattern *pattern, const struct heap *heap,
                             struct heap_cursor *cursor, int64_t cpu_ns, bool anew,
                             struct context_candidates *candidates);
void context_candidates_free(struct context_candidates *candidates);

#endif
