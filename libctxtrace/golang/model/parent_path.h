/*
 * Where a context keeps its parent: a path from the context's address to an interface.
 *
 * A type of the program's own gets methods from a context that it embeds: context.Context itself,
 * an interface with more methods, or a struct, or a pointer to one, that embeds one of these in
 * turn. The embedded context is its parent. A context in a named field, behind a function or in a
 * map can be a parent just as well, but nothing shows that it is.
 */
#ifndef CTXTRACE_GOLANG_MODEL_PARENT_PATH_H
#define CTXTRACE_GOLANG_MODEL_PARENT_PATH_H

#include "golang/binary/types.h"

#define MAX_PATH_STEPS 5

/* All offsets but the last one lead to a pointer that is followed. */
struct parent_path {
    uint8_t steps; /* 0: it has none, or it is not known where */
    uint32_t offsets[MAX_PATH_STEPS];
};

/* For a type that embeds context.Context itself, as its first member. */
#define PARENT_IN_FRONT ((struct parent_path){.steps = 1})

/*
 * Of the contexts of this type: a struct, where the data word of an interface points to one; or a
 * struct of a single pointer, which is the data word itself.
 */
struct parent_path parent_path_of(const struct go_program *program, const struct go_type *type,
                                  bool is_data_word);

/* The two words of the interface. false, and zeroes, if there is none or it cannot be read. */
bool parent_path_follow(const struct go_program *program, const struct parent_path *path,
                        uint64_t address, uint64_t words[2]);

#endif
