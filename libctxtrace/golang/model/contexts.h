/*
 * The contexts of a program.
 *
 * A context is found wherever a word names the type of what the next word points to: an itab, a
 * type, the entry of a cancel function (context_words.h). Global data, the stacks of goroutines,
 * and all objects of the heap that hold pointers are searched for such words; from the contexts
 * found there, parents and maps of children are followed. A context that only a plain pointer
 * holds, as in code that package context was inlined into, is found by its structure: no other
 * object has the size, the pointers and the words of one with a cancelCtx.
 *
 * Not found is what only plain pointers hold and has no structure to go by: a context without a
 * cancelCtx (value, without-cancel, a type of the program's own) that is nobody's parent.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXTS_H
#define CTXTRACE_GOLANG_MODEL_CONTEXTS_H

#include "golang/capture/goroutines.h"
#include "golang/capture/unwind.h"
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
    int64_t ended_ns;       /* monotonic; it had ended by then, see blocked_since.h; 0 unknown */
    bool guessed;           /* its type, by what it looks like */
    bool hidden;            /* it is the inner part of another */
    bool held;              /* a stack or global data refers to it or to one below it */
    bool map_walked;        /* see children_maps.h */
    bool deadline_exceeded; /* that is the error */
    bool shown;             /* it and the next four: see describe.h */
    uint8_t kind;           /* enum context_kind */
    snapshot_string key, value, cause_text;
    uint32_t creation; /* number of its call stack; see creation_stacks.h */
    uint32_t pass;     /* the last one that met it, see incremental_scan.h */
};

struct contexts {
    struct go_context *items;
    size_t count, capacity;
    struct address_map by_address; /* also by `core` */
    struct address_map by_done;    /* channels that are not closed */
    size_t
        undecided; /* objects that may be contexts and are not among them, see stack_contexts.h */
    bool failed;
};

void contexts_free(struct contexts *contexts);

/* Looking for contexts: begin, look in places, end. */
struct context_search;

/* Everything stays the caller's. NULL when memory ran out. */
struct context_search *context_search_begin(const struct context_types *types, struct masks *masks,
                                            const struct candidate_pattern *pattern, uint32_t pass,
                                            struct contexts *contexts);
void context_search_globals(struct context_search *search);
/* Those that earlier passes found and that still exist; reads through a pass over memory. */
void context_search_known(struct context_search *search, struct memory_pass *at_hand,
                          const struct contexts *known);
/* The places that a pass over the heap found. */
void context_search_candidates(struct context_search *search,
                               const struct context_candidates *candidates);
/* Follows parents, links what was found, and frees the search. false when memory ran out. */
bool context_search_end(struct context_search *search);

#endif
