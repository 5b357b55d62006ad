/*
 * A sealed memory, and beneath it the live one, which answers for what the sealed one lacks: as it
 * is now, when that memory may have been reused for something else.
 *
 * So all that is read is noted, and afterwards compared with what the program has then, as in a
 * double collect: if all the words that led somewhere are still what they were, what they led to
 * was not freed in between. (Except for stale words that nobody has overwritten yet.)
 */
#ifndef CTXTRACE_IMAGE_MEMORY_OVER_H
#define CTXTRACE_IMAGE_MEMORY_OVER_H

#include "image/memory.h"

struct memory_over {
    struct memory memory; /* to read through */
    struct memory_trail trail;
};

/* Both stay their owner's. It is read by its address: do not move it. */
void memory_over_begin(struct memory_over *over, struct memory *sealed, struct memory *live);

/* Begins to note. */
void memory_over_note(struct memory_over *over);

/*
 * Was everything that was read since then in the sealed memory, or is it unchanged in the program?
 * Also false if there was more than can be noted.
 */
bool memory_over_holds(const struct memory_over *over);

#endif
