/*
 * Places in the heap where contexts may be: one pass over all spans with pointers, which looks at
 * single words and follows none of them. The search for contexts decides about what it finds.
 *
 * A span is skipped only if its pointer bits rule out that an object in it holds an interface or a
 * closure (span_filter.h), as those of nodes, strings and slices do.
 *
 * The pass over a running program keeps nothing of what it reads and touches no state but its own,
 * so several threads can make it together while others read the program: each takes the next piece
 * from a shared cursor.
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

/* What to look for, and which spans to skip. */
struct candidate_pattern {
    struct context_words words;
    uint64_t object_sizes[3]; /* of package context's objects with a cancelCtx; 0: none */
    bool *ruled_out;          /* by span: those of large objects that cannot hold any */
};

/* Are package context's objects with a cancelCtx of this size? */
bool candidate_size_is(const struct candidate_pattern *pattern, uint64_t size);

/* false when memory ran out. Free it in any case. */
bool candidate_pattern_make(const struct context_types *types, struct masks *masks,
                            struct candidate_pattern *pattern);
void candidate_pattern_free(struct candidate_pattern *pattern);

/* A cursor at this address, or at the first span after it. */
struct heap_cursor heap_cursor_at(uint64_t address);
/* The address that it has come to; 0: the end. */
uint64_t heap_cursor_address(const struct heap *heap, const struct heap_cursor *cursor);

/* What is looked for, and where. */
struct candidate_search {
    const struct go_program *program;
    const struct heap *heap;
    const struct candidate_pattern *pattern;
    bool fresh; /* read from the program, not from the memory that is kept of it */
};

/*
 * Runs until the cursor is at the end, or `cpu_ns` nanoseconds of this thread's processor time are
 * used up; takes one piece at least. Free the candidates in any case.
 */
void context_candidates_find(const struct candidate_search *search, struct heap_cursor *cursor,
                             int64_t cpu_ns, struct context_candidates *candidates);
void context_candidates_free(struct context_candidates *candidates);

#endif
