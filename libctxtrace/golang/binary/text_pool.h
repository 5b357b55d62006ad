/*
 * Texts of the program's read-only data, copied once: they outlive the reading that they came from.
 */
#ifndef CTXTRACE_GOLANG_BINARY_TEXT_POOL_H
#define CTXTRACE_GOLANG_BINARY_TEXT_POOL_H

#include "image/memory.h"

struct text_pool;

struct text_pool *text_pool_new(void);       /* NULL when memory ran out */
void text_pool_free(struct text_pool *pool); /* NULL is fine */

/*
 * The NUL-terminated text at `address`, at most `room` bytes with its NUL; empty when it cannot be
 * read. Valid until the pool is freed.
 */
const char *text_pool_get(struct text_pool *pool, struct memory *memory, uint64_t address,
                          uint64_t room);

#endif
