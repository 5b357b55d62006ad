/* The pool of strings: interning, and the escaping of everything that a terminal might obey. */
#ifndef CTXTRACE_SNAPSHOT_STRINGS_H
#define CTXTRACE_SNAPSHOT_STRINGS_H

#include "snapshot/snapshot.h"

struct string_slot {
    uint32_t hash;
    snapshot_string string; /* 0: free */
};

struct string_pool {
    char *bytes; /* NUL-terminated strings, one after the other; the first is empty */
    size_t size, capacity;
    struct string_slot *slots; /* open addressing, a power of two */
    size_t slot_count, string_count;
    char *scratch; /* escaped text before it is interned */
    size_t scratch_capacity;
    uint64_t seed;
};

bool strings_init(struct string_pool *pool);
void strings_free(struct string_pool *pool);

/*
 * Interns `length` bytes, which are not trusted: they are escaped (base/escape.h). False when
 * memory ran out.
 */
bool strings_intern(struct string_pool *pool, const char *text, size_t length,
                    snapshot_string *string);

#endif
