/*
 * Where in the heap contexts may be: one pass over the spans of small objects with pointers, which
 * looks at words alone and follows none of them. What it finds is judged by the search for contexts.
 *
 * The pass over a running program keeps nothing of what it reads and touches no state but its own,
 * so that it can run in a thread of its own beside whatever else is read of the program.
 */
#ifndef CTXTRACE_GOLANG_CONTEXT_HITS_H
#define CTXTRACE_GOLANG_CONTEXT_HITS_H

#include "golang/context_types.h"
#include "golang/heap.h"

enum hit_kind {
    HIT_PAIR,    /* an itab of a context type and the word behind it */
    HIT_CLOSURE, /* the entry of what may be a cancel function and the word behind it */
    HIT_OBJECT,  /* an object of a cancelCtx's size that begins with an itab of a context type */
};

struct context_hit {
    uint64_t first, second; /* of an object: its address, and the number of its span */
    enum hit_kind kind;
};

struct context_hits {
    struct context_hit *items;
    size_t count, capacity;
    uint64_t next; /* where to go on another time, 0: the pass came to the end */
    bool failed;   /* memory ran out; what was met since is missing */
};

/* What to look for. */
struct hit_pattern {
    uint64_t first_itab, last_itab;
    uint64_t first_text, last_text; /* of functions that may be cancel functions */
    uint64_t object_size;           /* of objects that hold a cancelCtx; 0: not known */
};

struct hit_pattern hit_pattern_of(const struct go_program *program,
                                  const struct context_types *types);

/*
 * From address `from` on, until `cpu_ns` nanoseconds of this thread's time are used up. `anew`:
 * reads the program past what is kept of it. Free the hits in any case.
 */
void context_hits_find(const struct go_program *program, const struct hit_pattern *pattern,
                       const struct heap *heap, uint64_t from, int64_t cpu_ns, bool anew,
                       struct context_hits *hits);
void context_hits_free(struct context_hits *hits);

#endif
