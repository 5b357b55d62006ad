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
#ifndef CTXTRACE_GOLANG_CONTEXTS_H
#define CTXTRACE_GOLANG_CONTEXTS_H

#include "golang/context_types.h"
#include "golang/goroutines.h"
#include "golang/heap.h"

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
};

struct contexts {
    struct go_context *items;
    size_t count, capacity;
    struct address_map by_address; /* also by `core` */
    struct address_map by_done;    /* channels that are not closed */
    bool failed;
};

/* false when memory ran out. Free it in any case. */
bool contexts_read(const struct go_program *program, const struct context_types *types,
                   const struct heap *heap, const struct goroutines *goroutines,
                   struct contexts *contexts);
void contexts_free(struct contexts *contexts);

/* Is it global data of a module? */
bool is_global_data(const struct go_program *program, uint64_t address);

#endif
