/*
 * Whether there is a context of some type at an address.
 *
 * A pointer is believed only if it leads into an allocated object, or into global data, and what is
 * there looks as the type says: read-only data and stale words yield ghosts otherwise. The words
 * that the garbage collector takes for pointers in the object have to be those of the type, which
 * tells apart what has equal sizes, and what serves something else by now; a context can be a part
 * of something larger. Where that is not known, what package context makes counts only as an object
 * of its own, of the class of its size.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXT_SOUNDNESS_H
#define CTXTRACE_GOLANG_MODEL_CONTEXT_SOUNDNESS_H

#include "golang/model/context_search.h"

bool context_is_sound(struct context_search *search, const struct context_type *type,
                      uint64_t address);
/* The same where only looks tell its type: of an object of its own. */
bool context_looks_sound(struct context_search *search, const struct context_type *type,
                         uint64_t address);

/* Is the word at this address one that the program can still use: is the object it is in there? */
bool is_in_use(const struct context_search *search, uint64_t address, uint64_t size);

#endif
