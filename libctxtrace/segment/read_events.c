/* History: the rings of events, as far as they have not been written over. */
#include "segment/read_events.h"

#include "base/invariant.h"

#include <stdlib.h>

static void add_event(struct reading *reading, const uint64_t *words)
{
    uint64_t packed = words[EVENT_KIND_AND_CODE];
    uint8_t kind = reading_word(reading, RECORDED_EVENT_KINDS, packed & 0xff);
    if (kind == EVENT_NONE)
        return;
    struct snapshot_event event = {
        .time_ns = (int64_t)words[EVENT_TIME],
        .task_id = words[EVENT_TASK],
        .subject_id = words[EVENT_SUBJECT],
        .parent_id = words[EVENT_PARENT],
        .kind = kind,
        .ended_by = reading_word(reading, RECORDED_CONTEXT_ENDS, packed >> 8 & 0xff),
        .code = (int32_t)(uint32_t)(packed >> 32),
        .text = reading_text(reading, words[EVENT_TEXT]),
        .stack = stack_reader_find(&reading->stacks, (uint32_t)words[EVENT_STACK]),
    };
    reading_note_time(reading, words[EVENT_TIME]);
    builder_add_event(reading->builder, &event);
}

/* Copies the places [place, place + count) of a ring; the first holds event number `number`. */
static void read_places(struct reading *reading, struct slot_chunk *chunk, uint64_t events_offset,
                        uint64_t place, size_t count, uint64_t number)
{
    slot_chunk_read(chunk, reading->file, events_offset + place * EVENT_WORDS * 8, count);
    for (size_t i = 0; i < count; i++) {
        if (chunk->sequences[i] == 2 * (number + i) + 2)
            add_event(reading, chunk->words + i * chunk->item_words);
        else if (reading->file->quiet)
            reading->in_flight[AREA_RINGS]++;
        else
            reading->lapped_events++; /* a newer one is there by now */
    }
}

static void read_ring(struct reading *reading, struct slot_chunk *chunk, uint64_t offset)
{
    uint64_t words[RING_FIRST_EVENT], room = reading->file->header.ring_events;
    segment_file_read(reading->file, offset, words, sizeof words);
    reading->contexts_created += words[RING_CONTEXTS_CREATED];
    reading->contexts_ended += words[RING_CONTEXTS_ENDED];
    uint64_t head = words[RING_HEAD];
    uint64_t number = head > room ? head - room : 0;
    reading->lapped_events += number;
    while (number < head) {
        uint64_t place = number % room, count = head - number;
        if (count > room - place)
            count = room - place; /* up to the end; the rest begins at the ring's start */
        if (count > chunk->capacity)
            count = chunk->capacity;
        invariant(count > 0 && count <= room - place);
        read_places(reading, chunk, offset + RING_FIRST_EVENT * 8, place, (size_t)count, number);
        number += count;
    }
}

bool read_events(struct reading *reading)
{
    const struct area_range *range = &reading->file->areas[AREA_RINGS];
    struct slot_chunk chunk;
    if (reading->file->header.ring_events == 0)
        return true;
    if (!slot_chunk_init(&chunk, EVENT_WORDS * 8))
        return false;
    for (uint64_t i = 0; i < range->used; i++)
        read_ring(reading, &chunk, range->offset + i * range->item_size);
    slot_chunk_free(&chunk);
    return true;
}
