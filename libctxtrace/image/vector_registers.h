/*
 * The vector registers of a thread, word by word. What copies memory goes through them, so that a
 * pointer can be in one and nowhere else: while a slice is shifted, its place in memory is
 * overwritten before it is stored in its new one.
 */
#ifndef CTXTRACE_IMAGE_VECTOR_REGISTERS_H
#define CTXTRACE_IMAGE_VECTOR_REGISTERS_H

#include "image/image.h"

/* From the processor's state as the kernel gives it; registers that are not in it are 0. */
void vector_registers_read(const void *area, size_t size, uint64_t words[IMAGE_VECTOR_WORDS]);

#endif
