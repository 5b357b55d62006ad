/*
 * A sealed memory, and beneath it the live one, which answers for what the sealed one does not
 * have: as it is by now, when that may have been used again for something else.
 *
 * So what is read is noted, and afterwards compared with what the program has then, as in a double
 * collect: if all the words that led to it are still what they were, what they led to was not given
 * away in between. (But for words that nobody uses any more and that nobody has overwritten.)
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
 * Was all that was read since then in the sealed memory, or is it in the program still as it was
 * read? false also of more than can be noted.
 */
bool memory_over_holds(const struct memory_over *over);

#endif
