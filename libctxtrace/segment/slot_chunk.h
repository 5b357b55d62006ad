/*
 * Copying what has a sequence word: slots of tables, events of rings, cells of texts.
 *
 * The format's rule asks for the sequence, the payload, and the sequence again, in that order. One
 * pread() may copy its bytes in any order, so each of the three is a read of its own, made for a
 * chunk of many items at once; system calls are not reordered with one another. The first and last
 * read find the chunk in the processor's cache, mostly. When nobody writes any more, one read is
 * enough.
 */
#ifndef CTXTRACE_SEGMENT_SLOT_CHUNK_H
#define CTXTRACE_SEGMENT_SLOT_CHUNK_H

#include "segment/file.h"

/* A sequence that no stable item has: it was being written, at every attempt. */
#define SEQUENCE_UNSTABLE UINT64_MAX

enum { SLOT_CHUNK_BYTES = 64 * 1024 };

/* Room for one chunk of items. */
struct slot_chunk {
    uint64_t *words;  /* the payload: items of `item_words` words, word 0 the sequence */
    uint64_t *before; /* scratch */
    uint64_t *sequences;
    size_t item_words;
    size_t capacity;  /* items */
    bool generations; /* word 0 is a generation: 0, not an odd one, says that it is being written */
};

/* `item_size` in bytes; word 0 is taken for a sequence. False when memory ran out. */
bool slot_chunk_init(struct slot_chunk *chunk, uint64_t item_size);
void slot_chunk_free(struct slot_chunk *chunk);

/*
 * Copies `count` items (at most the chunk's capacity) from `offset` in the file. Afterwards
 * sequences[i] is the sequence of item i's copy, or SEQUENCE_UNSTABLE. Items behind the file's end
 * are zeros.
 */
void slot_chunk_read(struct slot_chunk *chunk, const struct segment_file *file, uint64_t offset,
                     size_t count);

/*
 * Calls `visit` for every item of an area that is valid and not free (its id, word 1, is not 0).
 * `visit` returns false to stop. The number of items that were being written is added to
 * *in_flight. False when memory ran out or visit() stopped.
 */
typedef bool slot_visit_function(void *state, uint64_t index, const uint64_t *words);
bool slots_walk(const struct segment_file *file, enum segment_area_kind area,
                slot_visit_function *visit, void *state, uint64_t *in_flight);

#endif
