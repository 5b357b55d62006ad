/*
 * ptrace and cores give the processor's state in the standard form of the XSAVE area. It begins
 * with the 512 bytes of the FXSAVE area, which cores have by itself, too:
 *
 *     160 .. 415   sixteen registers of 16 bytes (XMM)
 *     576 .. 831   their upper halves (YMM)
 *
 * Wider ones (ZMM) are not read: Go's runtime and compiler copy nothing through them.
 */
#include "image/vector_registers.h"

#include <string.h>

#define LOWER_HALVES 160
#define UPPER_HALVES 576
#define HALVES_SIZE  256

void vector_registers_read(const void *area, size_t size, uint64_t words[IMAGE_VECTOR_WORDS])
{
    _Static_assert(IMAGE_VECTOR_WORDS * 8 == 2 * HALVES_SIZE, "two halves of each register");
    const unsigned char *bytes = area;
    memset(words, 0, IMAGE_VECTOR_WORDS * 8);
    if (size >= LOWER_HALVES + HALVES_SIZE)
        memcpy(words, bytes + LOWER_HALVES, HALVES_SIZE);
    if (size >= UPPER_HALVES + HALVES_SIZE)
        memcpy(words + HALVES_SIZE / 8, bytes + UPPER_HALVES, HALVES_SIZE);
}
