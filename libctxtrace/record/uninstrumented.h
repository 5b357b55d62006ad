/*
 * Copying and clearing without libc. What the recorder does itself nobody watches, but calls of
 * memcpy and memset are intercepted by ThreadSanitizer and by Valgrind's tools when the program
 * runs under one. They do not know of our locks (base/lock.h), and would report memory that one
 * thread leaves to another as a data race. Atomic words are never made into a call.
 */
#ifndef CTXTRACE_RECORD_UNINSTRUMENTED_H
#define CTXTRACE_RECORD_UNINSTRUMENTED_H

#include <stddef.h>
#include <stdint.h>

static inline void copy_slots(uint32_t *to, const uint32_t *from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        __atomic_store_n(&to[i], from[i], __ATOMIC_RELAXED);
}

/* `size` and the address are multiples of a word. */
static inline void clear_words(void *memory, size_t size)
{
    typedef uint64_t __attribute__((may_alias)) word;
    for (word *at = memory, *end = at + size / sizeof *at; at < end; at++)
        __atomic_store_n(at, 0, __ATOMIC_RELAXED);
}

#endif
