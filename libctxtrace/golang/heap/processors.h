/*
 * The runtime's Ps, its processors, which are objects of the heap. They are recognised by their
 * write-barrier buffer: the two words in front of it say how far it is in use, and where it ends.
 */
#ifndef CTXTRACE_GOLANG_HEAP_PROCESSORS_H
#define CTXTRACE_GOLANG_HEAP_PROCESSORS_H

#include "golang/heap/heap.h"

/* Can an object of this span be one? */
bool span_may_have_processors(const struct go_program *program, const struct span *span);

/* The P in an object of such a span: it may begin behind a header. 0: there is none. */
uint64_t processor_in(const struct go_program *program, uint64_t object);

#endif
