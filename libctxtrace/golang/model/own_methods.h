/*
 * Which methods of context.Context a type of the program's own has itself, and which it has from a
 * context that it embeds.
 *
 * For the latter the compiler makes a wrapper, which goes on to the embedded context. It makes one,
 * too, where a method of a value is called through a pointer; that one leads to a function of the
 * program's, or has it inlined. So a method counts as the type's own if what the itab names is no
 * wrapper, has a method of that name inlined, or if there is a function of that name for the type,
 * or for a struct that it embeds, that is none. Of two types of one name in different packages both
 * count: what is taken for a type's own is not known, which is never wrong.
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

/* By what the type's itab for context.Context names. */
bool own_method_by_itab(const struct go_program *program, uint64_t itab,
                        enum context_method method);

/* A function that is such a method of an owner: calls back for each. */
typedef void each_own_method(void *state, uint32_t number, enum context_method method);
void own_methods_match(const struct own_methods *methods, const struct go_program *program,
                       const struct function *function, each_own_method *each, void *state);

#endif
