/*
 * Whether there is a context of some type at an address.
 *
 * A pointer is believed only if it leads into an allocated object, or into global data, and what is
 * there looks as the type says: otherwise read-only data and stale words yield ghosts. The pointer
 * bits of the object have to be those of the type, which tells types of equal size apart, and
 * memory that has been reused; a context can be part of something larger. Where the bits are not
 * known, a type of package context counts only as an object of its own, in the size class of the
 * type.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXT_SOUNDNESS_H
#define CTXTRACE_GOLANG_MODEL_CONTEXT_SOUNDNESS_H

#include "golang/model/context_search.h"

bool context_is_sound(struct context_search *search, const struct context_type *type,
                      uint64_t address);
/* The same where only the structure gives the type away: for an object of its own. */
bool context_looks_sound(struct context_search *search, const struct context_type *type,
                         uint64_t address);

/* Can the program still use the word at this address: is the object that it is in allocated? */
bool is_in_use(const struct context_search *search, uint64_t address, uint64_t size);

#endif
