#include "segment/slot_chunk.h"

#include "base/invariant.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A writer is done within microseconds, unless it was stopped or killed in the middle. */
enum { ATTEMPTS = 16 };

bool slot_chunk_init(struct slot_chunk *chunk, uint64_t item_size)
{
    invariant(item_size > 0 && item_size % 8 == 0);
    size_t capacity = item_size < SLOT_CHUNK_BYTES ? SLOT_CHUNK_BYTES / item_size : 1;
    *chunk = (struct slot_chunk){
        .words = malloc(capacity * item_size),
        .before = malloc(capacity * item_size),
        .sequences = malloc(capacity * sizeof *chunk->sequences),
        .item_words = item_size / 8,
        .capacity = capacity,
    };
    if (chunk->words && chunk->before && chunk->sequences)
        return true;
    slot_chunk_free(chunk);
    return false;
}

void slot_chunk_free(struct slot_chunk *chunk)
{
    free(chunk->words);
    free(chunk->before);
    free(chunk->sequences);
    *chunk = (struct slot_chunk){0};
}

/* The sequences that surround one read of the payload of items `first` to `first + count`. */
static void read_once(struct slot_chunk *chunk, const struct segment_file *file, uint64_t offset,
                      size_t first, size_t count)
{
    invariant(first + count <= chunk->capacity);
    size_t item_bytes = chunk->item_words * 8, bytes = count * item_bytes;
    uint64_t *words = chunk->words + first * chunk->item_words;
    uint64_t *sequences = chunk->sequences + first;
    offset += first * item_bytes;
    if (file->quiet) {
        segment_file_read(file, offset, words, bytes);
        for (size_t i = 0; i < count; i++)
            sequences[i] = words[i * chunk->item_words];
    } else {
        segment_file_read(file, offset, chunk->before, bytes);
        for (size_t i = 0; i < count; i++)
            sequences[i] = chunk->before[i * chunk->item_words];
        segment_file_read(file, offset, words, bytes);
        segment_file_read(file, offset, chunk->before, bytes);
        for (size_t i = 0; i < count; i++) {
            if (sequences[i] != chunk->before[i * chunk->item_words])
                sequences[i] = SEQUENCE_UNSTABLE;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (chunk->generations ? sequences[i] == 0 : sequences[i] % 2 != 0)
            sequences[i] = SEQUENCE_UNSTABLE;
        words[i * chunk->item_words] = sequences[i];
    }
}

void slot_chunk_read(struct slot_chunk *chunk, const struct segment_file *file, uint64_t offset,
                     size_t count)
{
    read_once(chunk, file, offset, 0, count);
    /* Cells that were never used have generation 0, too: whoever wants one tries again for it. */
    if (file->quiet || chunk->generations)
        return;
    for (size_t i = 0; i < count; i++) {
        for (int attempt = 0; chunk->sequences[i] == SEQUENCE_UNSTABLE && attempt < ATTEMPTS;
             attempt++) {
            if (attempt > 0)
                sched_yield();
            read_once(chunk, file, offset, i, 1);
        }
    }
}

/* ---- walking a table ---- */

/*
 * Moves `index` on to the next item that has storage behind it: a hostile file can claim any number
 * of items in a hole. File systems without holes say that everything is data.
 */
static uint64_t skip_hole(const struct segment_file *file, const struct area_range *range,
                          uint64_t index)
{
    off_t here = (off_t)(range->offset + index * range->item_size);
    off_t data = lseek(file->descriptor, here, SEEK_DATA);
    if (data < 0)
        return errno == ENXIO ? range->used : index; /* ENXIO: nothing but a hole from here on */
    return data <= here ? index : ((uint64_t)data - range->offset) / range->item_size;
}

/* Words that the format knows of; a file may have fewer. */
static size_t known_words(enum segment_area_kind area)
{
    switch (area) {
    case AREA_CONTEXTS:
        return CTX_WORDS;
    case AREA_TASKS:
        return TASK_WORDS;
    case AREA_WAITS:
        return WAIT_WORDS;
    case AREA_OBJECTS:
        return OBJ_WORDS;
    case AREA_MODULES:
        return MODULE_WORDS;
    default:
        return 0;
    }
}

#define MOST_KNOWN_WORDS ((size_t)MODULE_WORDS)
_Static_assert((size_t)CTX_WORDS <= MOST_KNOWN_WORDS && (size_t)TASK_WORDS <= MOST_KNOWN_WORDS &&
                   (size_t)WAIT_WORDS <= MOST_KNOWN_WORDS && (size_t)OBJ_WORDS <= MOST_KNOWN_WORDS,
               "an item is larger than thought");

struct walk {
    slot_visit_function *visit;
    void *state;
    size_t known; /* words of an item that the format knows of */
    uint64_t *in_flight;
};

/* Fewer words than are known: those that the file does not have are 0. */
static bool visit_padded(const struct walk *walk, const uint64_t *words, size_t have,
                         uint64_t index)
{
    invariant(have < MOST_KNOWN_WORDS);
    uint64_t padded[MOST_KNOWN_WORDS] = {0};
    memcpy(padded, words, have * sizeof *words);
    return walk->visit(walk->state, index, padded);
}

static bool visit_chunk(const struct walk *walk, const struct slot_chunk *chunk, uint64_t first,
                        size_t count)
{
    invariant(count <= chunk->capacity && walk->known <= MOST_KNOWN_WORDS);
    for (size_t i = 0; i < count; i++) {
        const uint64_t *words = chunk->words + i * chunk->item_words;
        if (chunk->sequences[i] == SEQUENCE_UNSTABLE) {
            ++*walk->in_flight;
            continue;
        }
        if (words[1] == 0)
            continue;
        bool goes_on = chunk->item_words >= walk->known
                           ? walk->visit(walk->state, first + i, words)
                           : visit_padded(walk, words, chunk->item_words, first + i);
        if (!goes_on)
            return false;
    }
    return true;
}

bool slots_walk(const struct segment_file *file, enum segment_area_kind area,
                slot_visit_function *visit, void *state, uint64_t *in_flight)
{
    const struct area_range *range = &file->areas[area];
    const struct walk walk = {visit, state, known_words(area), in_flight};
    invariant(range->used <= range->capacity);
    struct slot_chunk chunk;
    if (!slot_chunk_init(&chunk, range->item_size))
        return false;
    bool good = true;
    uint64_t index = 0;
    while (good && index < range->used) {
        index = skip_hole(file, range, index);
        if (index >= range->used)
            break;
        uint64_t left = range->used - index;
        size_t count = left < chunk.capacity ? (size_t)left : chunk.capacity;
        invariant(count > 0 && index + count <= range->used);
        slot_chunk_read(&chunk, file, range->offset + index * range->item_size, count);
        good = visit_chunk(&walk, &chunk, index, count);
        index += count;
    }
    slot_chunk_free(&chunk);
    return good;
}
