/*
 * Which types of the program are contexts, and which functions are cancel functions.
 *
 * A context type is one for which the runtime has a method table (an itab) of the interface
 * context.Context or context.canceler. Its itabs for other interfaces mark contexts, too. A cancel
 * function is a function literal of context.go, or a copy of one that was inlined elsewhere.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXT_TYPES_H
#define CTXTRACE_GOLANG_MODEL_CONTEXT_TYPES_H

#include "golang/binary/address_map.h"
#include "golang/binary/program.h"
#include "golang/binary/types.h"
#include "golang/model/parent_path.h"
#include "snapshot/snapshot.h"

struct context_type {
    uint64_t type;
    uint8_t kind; /* enum context_kind */
    bool single;  /* all values of it are the same context (context.backgroundCtx) */
    struct parent_path parent;
    /* Of a type of the program's own: its own methods say what its end, or its deadline, is. */
    bool own_end, own_deadline;
    bool is_function; /* the data word points to a closure */
    bool is_map;      /* it points to the header of a map */
    uint64_t size;    /* of what the data word points to */
    uint64_t pointee; /* the type of that; 0 unknown */
    /* Which of its first words are pointers: bit i is that of word i; no words: it is not known. */
    uint64_t pointers;
    unsigned pointer_words; /* how many are told of */
    char name[GO_NAME_SIZE];
};

struct context_types {
    struct context_type *items;
    size_t count, capacity;
    struct address_map by_itab, by_type; /* to indexes of items; itabs for any interface */
    struct address_map cancel_functions; /* by entry: enum closure_kind */
    bool failed;
};

/*
 * What the first variable is that a function literal of context.go captures. One that watches a
 * parent of a foreign type cancels the child together with it, and at no other time.
 */
enum closure_kind {
    CAPTURES_OTHER,
    CAPTURES_CANCEL,
    CAPTURES_DEADLINE,
    CAPTURES_AFTER_FUNC,
    WATCHES_PARENT
};

bool context_types_read(const struct go_program *program, struct context_types *types);
void context_types_free(struct context_types *types);

/* Is it a type of package context that has a cancelCtx, or is one? */
static inline bool context_type_has_core(const struct context_type *type)
{
    return type->kind == CONTEXT_CANCEL || type->kind == CONTEXT_DEADLINE ||
           type->kind == CONTEXT_AFTER_FUNC;
}

/* The size class of an object of its own; correct for the classes that contexts are in. */
static inline uint64_t context_type_object_size(const struct context_type *type)
{
    return (type->size + 15) / 16 * 16;
}

/* The context type whose itab this is, NULL if it is that of another type. */
static inline const struct context_type *context_type_of(const struct context_types *types,
                                                         uint64_t itab)
{
    uint32_t index = address_map_get(&types->by_itab, itab);
    return index == ADDRESS_MAP_NONE ? NULL : &types->items[index];
}

#endif
