#include "golang/model/context_candidates.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/sorted.h"
#include "golang/binary/field.h"
#include "golang/heap/span_filter.h"
#include "image/reread.h"

#include <stdatomic.h>
#include <stdlib.h>

#define PIECE       (UINT64_C(1) << 18) /* bytes that are read together; they fit a cache */
#define MAX_PIECE   (UINT64_C(4) << 20) /* of a large span */
#define PIECE_SPANS 256                 /* that a thread takes together */
#define AT_THE_END  UINT64_MAX          /* of a cursor: no span begins there */

struct pass {
    const struct go_program *program;
    const struct candidate_pattern *pattern;
    const struct heap *heap;
    struct context_candidates *candidates;
    unsigned char *buffer; /* for reading from the program; NULL: what is kept is looked at */
    struct object_ends ends;
};

bool candidate_pattern_make(const struct context_types *types, struct masks *masks,
                            struct candidate_pattern *pattern)
{
    const struct heap *heap = masks->heap;
    size_t sizes = 0;
    *pattern = (struct candidate_pattern){0};
    if (!context_words_make(types, &pattern->words))
        return false;
    for (size_t i = 0; i < types->count && sizes < 3; i++)
        if (context_type_has_core(&types->items[i]))
            pattern->object_sizes[sizes++] = context_type_object_size(&types->items[i]);
    pattern->ruled_out = calloc(heap->count + 1, sizeof *pattern->ruled_out);
    for (size_t i = 0; pattern->ruled_out && i < heap->count; i++)
        pattern->ruled_out[i] = heap->spans[i].large_type &&
                                !type_may_hold_interfaces(masks, heap->spans[i].large_type);
    return pattern->ruled_out != NULL;
}

void candidate_pattern_free(struct candidate_pattern *pattern)
{
    context_words_free(&pattern->words);
    free(pattern->ruled_out);
    *pattern = (struct candidate_pattern){0};
}

void context_candidates_free(struct context_candidates *candidates)
{
    free(candidates->items);
    *candidates = (struct context_candidates){0};
}

static void add(struct context_candidates *candidates, const struct context_candidate *candidate)
{
    if (!ARRAY_ROOM(candidates->items, candidates->capacity, candidates->count + 1)) {
        candidates->failed = true;
        return;
    }
    candidates->items[candidates->count++] = *candidate;
}

/* All words but the last, which is only read as the successor of the one before. */
static void look_at_words(struct pass *pass, const uint64_t *words, size_t count, uint64_t address)
{
    const struct context_words *known = &pass->pattern->words;
    for (unsigned r = 0; r < known->regions.count; r++) {
        const struct word_cluster region = known->regions.items[r];
        for (size_t i = 0; i + 1 < count; i++) {
            if (words[i] - region.first > region.extent)
                continue;
            uint32_t number = context_words_find(known, words[i]);
            if (number != ADDRESS_MAP_NONE)
                add(pass->candidates, &(struct context_candidate){address + 8 * i, words[i + 1],
                                                                  number, CANDIDATE_WORD});
        }
    }
}

bool candidate_size_is(const struct candidate_pattern *pattern, uint64_t size)
{
    for (size_t i = 0; i < sizeof pattern->object_sizes / sizeof pattern->object_sizes[0]; i++)
        if (size == pattern->object_sizes[i])
            return true;
    return false;
}

/* A context that only plain pointers hold: an object of the right size with its parent in front. */
static void look_at_objects(struct pass *pass, const struct span *span, const uint64_t *words)
{
    if (!candidate_size_is(pass->pattern, span->element))
        return;
    for (uint32_t i = 0; i < span->count; i++) {
        const uint64_t *object = &words[i * (span->element / 8)];
        uint32_t number = context_word_number(&pass->pattern->words, object[0]);
        if (number != ADDRESS_MAP_NONE && !(number & CONTEXT_WORD_CLOSURE))
            add(pass->candidates, &(struct context_candidate){span_object(span, i), object[1],
                                                              number, CANDIDATE_OBJECT});
    }
}

static void look_at_span(struct pass *pass, const struct span *span, const uint64_t *words)
{
    look_at_words(pass, words, (size_t)(span->end - span->start) / 8, span->start);
    look_at_objects(pass, span, words);
}

static bool is_wanted(const struct pass *pass, const struct span *span)
{
    return !span->noscan && !pass->pattern->ruled_out[span - pass->heap->spans];
}

/* Drops the spans that cannot hold contexts. Returns how many are left. */
static size_t sift(struct pass *pass, size_t *spans, size_t count)
{
    struct memory_range ranges[PIECE_SPANS];
    void *local[PIECE_SPANS];
    size_t read[PIECE_SPANS] = {0}, kept = 0;
    for (size_t i = 0; i < count; i++) {
        ranges[i] = span_filter_bits(pass->program, pass->heap, &pass->heap->spans[spans[i]]);
        local[i] = pass->buffer + i * SPAN_FILTER_MAX;
    }
    if (count)
        memory_read_now(pass->program->memory, ranges, local, read, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t size = ranges[i].end - ranges[i].start;
        if (!size || read[i] != size ||
            span_may_hold_interfaces(&pass->ends, &pass->heap->spans[spans[i]], local[i]))
            spans[kept++] = spans[i];
    }
    return kept;
}

/* Reads as many of these spans together as the buffer holds. Returns how many. */
static size_t read_some(struct pass *pass, const size_t *spans, size_t count)
{
    struct memory_range ranges[PIECE_SPANS];
    void *local[PIECE_SPANS];
    size_t read[PIECE_SPANS] = {0}, some = 0;
    uint64_t bytes = 0;
    for (; some < count && bytes < PIECE; some++) {
        const struct span *span = &pass->heap->spans[spans[some]];
        ranges[some] = (struct memory_range){span->start, span->start + span->size};
        local[some] = pass->buffer + bytes;
        bytes += span->size;
    }
    memory_read_now(pass->program->memory, ranges, local, read, some);
    for (size_t i = 0; i < some; i++) {
        const struct span *span = &pass->heap->spans[spans[i]];
        if (read[i] == span->size)
            look_at_span(pass, span, local[i]);
    }
    return some;
}

static void read_spans(struct pass *pass, size_t first, size_t behind)
{
    size_t spans[PIECE_SPANS], count = 0;
    for (size_t i = first; i < behind; i++)
        if (is_wanted(pass, &pass->heap->spans[i]))
            spans[count++] = i;
    count = sift(pass, spans, count);
    for (size_t done = 0; done < count;)
        done += read_some(pass, spans + done, count - done);
}

static void look_at_kept(struct pass *pass, size_t first, size_t behind)
{
    for (size_t i = first; i < behind; i++) {
        const struct span *span = &pass->heap->spans[i];
        const uint64_t *words =
            is_wanted(pass, span)
                ? memory_at(pass->program->memory, span->start, (size_t)(span->end - span->start))
                : NULL;
        if (words)
            look_at_span(pass, span, words);
    }
}

/* Of a span that is too large to be read at once. It holds one object, or a few. */
static void look_at_part(struct pass *pass, const struct memory_range *part)
{
    size_t size = (size_t)(part->end - part->start), read = 0;
    void *local = pass->buffer;
    const uint64_t *words = local;
    if (local)
        memory_read_now(pass->program->memory, part, &local, &read, 1);
    else
        words = memory_at(pass->program->memory, part->start, size);
    if (words && (!local || read == size))
        look_at_words(pass, words, size / 8, part->start);
}

/* What one thread takes at a time: some spans, or a part of one. */
struct piece {
    size_t first, behind;
    struct memory_range part; /* empty: all of these spans */
};

static uint64_t span_end(const struct span *span)
{
    return span->start + span->size;
}

/* The piece at this address; returns where it ends. */
static uint64_t piece_at(const struct heap *heap, uint64_t at, struct piece *piece)
{
    size_t first = SORTED_FIRST(i, 0, heap->count, span_end(&heap->spans[i]) > at);
    *piece = (struct piece){.first = first, .behind = first};
    if (first == heap->count)
        return AT_THE_END;
    const struct span *span = &heap->spans[first];
    if (span->size > MAX_PIECE) {
        piece->part.start = at > span->start ? at : span->start;
        uint64_t left = span->end > piece->part.start ? span->end - piece->part.start : 0;
        bool is_last = left <= MAX_PIECE;
        uint64_t end = is_last ? span_end(span) : piece->part.start + MAX_PIECE;
        /* The word after a part is read with it: the last word needs its successor. */
        piece->part.end = is_last ? piece->part.start + left : end + 8;
        return end;
    }
    while (piece->behind < heap->count && piece->behind - first < PIECE_SPANS &&
           heap->spans[piece->behind].size <= MAX_PIECE)
        piece->behind++;
    return span_end(&heap->spans[piece->behind - 1]);
}

/* false: there is nothing left. */
static bool take_piece(const struct heap *heap, struct heap_cursor *cursor, struct piece *piece)
{
    uint64_t at = atomic_load(&cursor->next), end;
    do {
        if (at == AT_THE_END)
            return false;
        end = piece_at(heap, at, piece);
    } while (!atomic_compare_exchange_weak(&cursor->next, &at, end));
    return true;
}

static void look_at_piece(struct pass *pass, const struct piece *piece)
{
    if (piece->first == piece->behind) {
        if (piece->part.end > piece->part.start &&
            is_wanted(pass, &pass->heap->spans[piece->first]))
            look_at_part(pass, &piece->part);
    } else if (pass->buffer) {
        read_spans(pass, piece->first, piece->behind);
    } else {
        look_at_kept(pass, piece->first, piece->behind);
    }
}

struct heap_cursor heap_cursor_at(uint64_t address)
{
    return (struct heap_cursor){address};
}

uint64_t heap_cursor_address(const struct heap *heap, const struct heap_cursor *cursor)
{
    uint64_t next = atomic_load(&cursor->next);
    bool is_over = !heap->count || next >= span_end(&heap->spans[heap->count - 1]);
    return is_over ? 0 : next;
}

void context_candidates_find(const struct candidate_search *search, struct heap_cursor *cursor,
                             int64_t cpu_ns, struct context_candidates *candidates)
{
    struct pass pass = {.program = search->program,
                        .pattern = search->pattern,
                        .heap = search->heap,
                        .candidates = candidates};
    struct piece piece;
    int64_t now = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    int64_t until = cpu_ns < INT64_MAX - now ? now + cpu_ns : INT64_MAX;
    *candidates = (struct context_candidates){0};
    if (search->fresh && !(pass.buffer = malloc(PIECE + MAX_PIECE + 8))) {
        candidates->failed = true;
        return;
    }
    /* At least one piece, so that every search comes to an end some day. */
    while (take_piece(search->heap, cursor, &piece)) {
        look_at_piece(&pass, &piece);
        if (clock_ns(CLOCK_THREAD_CPUTIME_ID) >= until)
            break;
    }
    object_ends_free(&pass.ends);
    free(pass.buffer);
}
