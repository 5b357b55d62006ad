/* Texts of a segment: names, keys, types and causes. */
#ifndef CTXTRACE_SEGMENT_TEXT_READER_H
#define CTXTRACE_SEGMENT_TEXT_READER_H

#include "segment/slot_chunk.h"

/*
 * Cells are read in blocks, when one of a block is asked for, and kept: references mostly come in
 * the order of their cells, and a read for each would cost more than everything else.
 */
struct text_reader {
    const struct segment_file *file;
    struct slot_chunk block; /* a text's generation is in the place of a slot's sequence */
    uint64_t block_first;    /* index of the block's first cell */
    size_t block_count;      /* 0: none read yet */
};

bool text_reader_init(struct text_reader *reader, const struct segment_file *file);
void text_reader_free(struct text_reader *reader);

/*
 * Finds the text that `reference` stands for; its length goes to *length. The bytes are valid until
 * the next call, and not NUL-terminated. NULL if it is no text, or a text that is gone.
 */
const char *text_reader_find(struct text_reader *reader, uint64_t reference, size_t *length);

#endif
