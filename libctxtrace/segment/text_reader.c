#include "segment/text_reader.h"

#include "base/invariant.h"

bool text_reader_init(struct text_reader *reader, const struct segment_file *file)
{
    *reader = (struct text_reader){.file = file};
    if (!slot_chunk_init(&reader->block, file->areas[AREA_TEXTS].item_size))
        return false;
    reader->block.generations = true;
    return true;
}

void text_reader_free(struct text_reader *reader)
{
    slot_chunk_free(&reader->block);
}

static void read_cells(struct text_reader *reader, uint64_t first, size_t count)
{
    invariant(count <= reader->block.capacity);
    const struct area_range *range = &reader->file->areas[AREA_TEXTS];
    reader->block_first = first;
    reader->block_count = count;
    slot_chunk_read(&reader->block, reader->file, range->offset + first * range->item_size, count);
}

static void read_block_around(struct text_reader *reader, uint64_t cell)
{
    uint64_t first = cell - cell % reader->block.capacity;
    uint64_t left = reader->file->areas[AREA_TEXTS].used - first;
    read_cells(reader, first,
               left < reader->block.capacity ? (size_t)left : reader->block.capacity);
}

/* The text in the block, if it has the generation that is asked for. */
static const char *text_in_block(const struct text_reader *reader, uint64_t cell,
                                 uint64_t generation, size_t *length)
{
    invariant(cell >= reader->block_first && cell - reader->block_first < reader->block_count);
    invariant(reader->block.item_words > TEXT_FIRST_WORD);
    size_t index = (size_t)(cell - reader->block_first);
    const uint64_t *words = reader->block.words + index * reader->block.item_words;
    if (reader->block.sequences[index] != generation)
        return NULL;
    size_t room = (reader->block.item_words - TEXT_FIRST_WORD) * 8;
    *length = words[TEXT_LENGTH] < room ? (size_t)words[TEXT_LENGTH] : room;
    return (const char *)(words + TEXT_FIRST_WORD);
}

const char *text_reader_find(struct text_reader *reader, uint64_t reference, size_t *length)
{
    uint64_t generation = reference >> 32, cell = (reference & UINT32_MAX) - 1;
    if (generation == 0 || (uint32_t)reference == 0 || cell >= reader->file->areas[AREA_TEXTS].used)
        return NULL;
    if (cell < reader->block_first || cell - reader->block_first >= reader->block_count)
        read_block_around(reader, cell);
    const char *text = text_in_block(reader, cell, generation, length);
    if (text || reader->file->quiet)
        return text;
    /* The block may be older than the reference: look at this one cell as it is now. */
    read_cells(reader, cell, 1);
    return text_in_block(reader, cell, generation, length);
}
