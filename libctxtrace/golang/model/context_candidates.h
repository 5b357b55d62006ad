/*
 * Where in the heap contexts may be: one pass over all spans with pointers, which looks at words
 * alone and follows none of them. What it finds is judged by the search for contexts.
 *
 * A span is left out only where the types of its objects rule out that one of them holds an
 * interface or a closure (span_filter.h), as those of nodes, strings and slices do.
 *
 * The pass over a running program keeps nothing of what it reads and touches no state but its own,
 * so that several threads can make it together, beside whatever else is read of the program: each
 * takes the next piece from a cursor that they share.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXT_CANDIDATES_H
#define CTXTRACE_GOLANG_MODEL_CONTEXT_CANDIDATES_H

#include "golang/heap/heap.h"
#include "golang/heap/pointers.h"
#include "golang/model/context_words.h"

enum candidate_kind {
    CANDIDATE_WORD,  /* a word that stands in front of contexts, and the one behind it */
    CANDIDATE_OBJECT /* an object as large as those of package context, which begins with one */
};

struct context_candidate {
    uint64_t place;   /* where it was met; of an object its address */
    uint64_t pointer; /* the word behind it */
    uint32_t number;  /* of the word, see context_words.h */
    enum candidate_kind kind;
};

struct context_candidates {
    struct context_candidate *items;
    size_t count, capacity;
    bool failed; /* memory ran out; what was met since is missing */
};

/* How far a pass has come: everything below this address has been taken. */
struct heap_cursor {
    _Atomic uint64_t next;
};

/* What to look for, and where not to. */
struct candidate_pattern {
    struct context_words words;
    uint64_t object_sizes[3]; /* of package context's objects with a cancelCtx; 0: none */
    bool *ruled_out;          /* by span: those of large objects that cannot hold any */
};

/* Are package context's objects with a cancelCtx of this size? */
bool candidate_size_is(const struct candidate_pattern *pattern, uint64_t size);

/* false when memory ran out. Free it in any case. */
bool candidate_pattern_make(const struct go_program *program, const struct context_types *types,
                            struct masks *masks, const struct heap *heap,
                            struct candidate_pattern *pattern);
void candidate_pattern_free(struct candidate_pattern *pattern);

/* At this address, or what follows it. */
struct heap_cursor heap_cursor_at(uint64_t address);
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
