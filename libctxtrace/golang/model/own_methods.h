/*
 * Which methods of context.Context a type of the program's own defines itself, and which come from
 * a context that it embeds.
 *
 * For the latter the compiler makes a wrapper, which calls the embedded context's. It makes one,
 * too, so that a value method can be called through a pointer; that one calls a function of the
 * program, or has it inlined. So a method counts as the type's own if the function in the itab is
 * no wrapper, or has a method of that name inlined, or if the type, or a struct that it embeds, has
 * a function of that name that is no wrapper. If types in different packages have the same name,
 * both count: what a type defines itself is treated as unknown, which is never wrong.
 */
#ifndef CTXTRACE_GOLANG_MODEL_OWN_METHODS_H
#define CTXTRACE_GOLANG_MODEL_OWN_METHODS_H

#include "golang/binary/pclntab.h"
#include "golang/binary/types.h"

enum context_method { METHOD_DEADLINE, METHOD_DONE, METHOD_ERR, CONTEXT_METHODS };

/* A type whose functions are looked for. */
struct method_owner {
    uint32_t number; /* the caller's, of the context type */
    char name[GO_NAME_SIZE];
};

struct own_methods {
    struct method_owner *owners;
    size_t count, capacity;
    bool failed; /* memory ran out */
};

/* Start from a zeroed structure. */
void own_methods_free(struct own_methods *methods);

/* This type, and the structs that it embeds, are looked for under this number. */
void own_methods_add(struct own_methods *methods, const struct go_program *program,
                     const struct go_type *type, uint32_t number);

/* By the function in the type's itab for context.Context. */
bool own_method_by_itab(const struct go_program *program, uint64_t itab,
                        enum context_method method);

/* A function that is such a method of an owner: calls back for each. */
typedef void each_own_method(void *state, uint32_t number, enum context_method method);
void own_methods_match(const struct own_methods *methods, const struct go_program *program,
                       const struct function *function, each_own_method *each, void *state);

#endif
