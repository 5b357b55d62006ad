/*
 * The pointer bits of types that carry none: the compiler leaves the bits of large types to the
 * runtime. Up to Go 1.23 it emits a program that makes them; from 1.24 on it emits a place for a
 * pointer to them, which the runtime fills in when it first needs them, and "large" means more than
 * 128 kB, since Go 1.27 more than 1 kB.
 *
 * The runtime's copy lies outside of the heap and may be half made, so the bits are made again
 * here, from the parts of the type, which are constant.
 */
#ifndef CTXTRACE_GOLANG_HEAP_TYPE_MASK_H
#define CTXTRACE_GOLANG_HEAP_TYPE_MASK_H

#include "golang/binary/types.h"

/*
 * One bit for each of the first type->pointer_bytes / 8 words. The caller frees them. NULL when the
 * type cannot be read, is too large to be worth it, or memory ran out.
 */
unsigned char *type_mask_make(const struct go_program *program, const struct go_type *type);

#endif
