/*
 * The contexts of a program.
 *
 * Found as values of the interface context.Context or context.canceler: wherever a word is the itab
 * of a context type, the next word is a context. Looked for in global data, on the stacks of
 * goroutines, and in the heap's spans of small objects. A context that is only held by a plain
 * pointer is found through a cancel function that captures it, or by its own shape.
 *
 * A pointer is accepted only if it is the beginning of an allocated object, or lies in global data,
 * and what it points to looks as its type says: read-only data and stale words yield ghosts
 * otherwise.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXTS_H
#define CTXTRACE_GOLANG_MODEL_CONTEXTS_H

#include "golang/heap/heap.h"
#include "golang/model/context_candidates.h"
#include "golang/model/context_types.h"
#include "image/memory_pass.h"

#define CONTEXT_NO_PARENT UINT32_MAX

struct interface_value {
    uint64_t type, data; /* type 0: nil */
};

struct go_context {
    uint64_t address;
    uint64_t core; /* of the cancelCtx in it, 0 if it has none */
    uint32_t type; /* index of context types */
    uint32_t parent;
    uint64_t parent_itab, parent_data;
    uint64_t done; /* its channel, 0: nobody has asked for it */
    struct interface_value error, cause;
    int64_t deadline_realtime_ns; /* of a deadline context; INT64_MAX none */
    bool hidden;                  /* it is the inner part of another */
    bool held;                    /* a stack or global data refers to it or to one below it */
    bool deadline_exceeded;       /* that is the error */
    bool shown;                   /* it and the next four: see describe.h */
    uint8_t kind;                 /* enum context_kind */
    snapshot_string key, value, cause_text;
    uint32_t pass; /* the last one that met it, see incremental_scan.h */
};

struct contexts {
    struct go_context *items;
    size_t count, capacity;
    struct address_map by_address; /* also by `core` */
    struct address_map by_done;    /* channels that are not closed */
    bool failed;
};

void contexts_free(struct contexts *contexts);

/* Looking for contexts: begin, look in places, end. */
struct context_search;

/* Everything stays the caller's. NULL when memory ran out. */
struct context_search *context_search_begin(const struct go_program *program,
                                            const struct context_types *types,
                                            const struct heap *heap, uint32_t pass,
                                            struct contexts *contexts);
/* In a stack. */
void context_search_range(struct context_search *search, uint64_t start, uint64_t end);
void context_search_globals(struct context_search *search);
/* Those that earlier passes found, as far as they are still there; read in a pass over memory. */
void context_search_known(struct context_search *search, struct memory_pass *at_hand,
                          const struct contexts *known);
/* Where a pass over the heap met something. */
void context_search_candidates(struct context_search *search,
                               const struct context_candidates *candidates);
/* Follows parents, links what was found, and frees the search. false when memory ran out. */
bool context_search_end(struct context_search *search);

/* Is it global data of a module? */
bool is_global_data(const struct go_program *program, uint64_t address);

#endif
