/*
 * Texts of the program: names, keys, causes. Their cells are freed with the slots that refer to
 * them.
 */
#include "record/texts.h"

#include <string.h>

_Static_assert(RECORD_TEXT_BYTES == SEGMENT_TEXT_BYTES, "a cell holds what is promised");

/* Cuts at most `size` bytes so that no UTF-8 sequence is torn. */
static size_t cut(const char *text, size_t size)
{
    size_t length = strnlen(text, size + 1);
    if (length <= size)
        return length;
    length = size;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

static void write_bytes(segment_word *cell, const char *text, size_t length)
{
    invariant(length <= SEGMENT_TEXT_BYTES);
    for (size_t at = 0; at < length; at += 8) {
        uint64_t word = 0;
        memcpy(&word, text + at, length - at < 8 ? length - at : 8);
        word_set(cell, TEXT_FIRST_WORD + (unsigned)(at / 8), word);
    }
}

uint64_t text_store(struct recorder_thread *thread, const char *text)
{
    if (!text || !text[0])
        return 0;
    uint32_t index;
    if (!slots_take(&recorder.stocks[AREA_TEXTS], &thread->caches[AREA_TEXTS], &recorder.storage,
                    AREA_TEXTS, &index)) {
        recorder_lost(LOSS_TEXTS, recorder_why_no_slot(AREA_TEXTS));
        return 0;
    }
    uint32_t generation;
    do
        generation =
            atomic_fetch_add_explicit(&recorder.next_text_generation, 1, memory_order_relaxed);
    while (generation == 0);
    segment_word *cell = recorder_slot(AREA_TEXTS, index);
    size_t length = cut(text, SEGMENT_TEXT_BYTES);
    word_set(cell, TEXT_GENERATION, 0);
    atomic_thread_fence(memory_order_release);
    word_set(cell, TEXT_LENGTH, length);
    write_bytes(cell, text, length);
    atomic_store_explicit(&cell[TEXT_GENERATION], generation, memory_order_release);
    return (uint64_t)generation << 32 | (index + 1);
}

/* A cell is freed by the reference that it was stored for, and no later one. */
static bool is_stored(uint64_t reference)
{
    const segment_word *cell = recorder_slot(AREA_TEXTS, (uint32_t)reference - 1);
    return word_get(cell, TEXT_GENERATION) == reference >> 32;
}

void text_free(struct recorder_thread *thread, uint64_t reference)
{
    invariant(!reference || is_stored(reference));
    if (reference)
        slots_free(&recorder.stocks[AREA_TEXTS], &thread->caches[AREA_TEXTS],
                   (uint32_t)reference - 1);
}
