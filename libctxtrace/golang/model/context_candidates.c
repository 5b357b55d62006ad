#include "golang/model/context_candidates.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/sorted.h"
#include "golang/binary/field.h"
#include "golang/heap/span_filter.h"
#include "image/reread.h"

#include <stdatomic.h>
#include <stdlib.h>

#define LARGEST_SMALL 512                 /* spans of larger objects are not looked through */
#define PIECE         (UINT64_C(1) << 18) /* bytes that are read together; they fit a cache */
#define MAX_PIECE     (UINT64_C(4) << 20) /* a span of small objects is never larger */
#define PIECE_SPANS   256                 /* that a thread takes together */

struct pass {
    const struct go_program *program;
    const struct candidate_pattern *pattern;
    const struct heap *heap;
    struct context_candidates *candidates;
    unsigned char *buffer; /* for reading anew; NULL: what is kept is looked at */
    struct object_ends ends;
};

struct candidate_pattern candidate_pattern_of(const struct go_program *program,
                                              const struct context_types *types)
{
    struct candidate_pattern pattern = {
        .first_itab = types->first_itab, .last_itab = types->last_itab, .first_text = UINT64_MAX};
    for (size_t i = 0; i < types->cancel_functions.capacity; i++) {
        uint64_t entry = types->cancel_functions.slots[i].address;
        if (entry && entry < pattern.first_text)
            pattern.first_text = entry;
        if (entry > pattern.last_text)
            pattern.last_text = entry;
    }
    if (!pattern.last_text)
        pattern.first_text = pattern.last_text = 1;
    int32_t size = field_offset(program, CANCEL_SIZE);
    pattern.object_size = size > 0 ? ((uint64_t)size + 15) / 16 * 16 : 0;
    return pattern;
}

void context_candidates_free(struct context_candidates *candidates)
{
    free(candidates->items);
    *candidates = (struct context_candidates){0};
}

static void add(struct context_candidates *candidates, enum candidate_kind kind, uint64_t first,
                uint64_t second)
{
    if (!ARRAY_ROOM(candidates->items, candidates->capacity, candidates->count + 1)) {
        candidates->failed = true;
        return;
    }
    candidates->items[candidates->count++] = (struct context_candidate){first, second, kind};
}

/* Itabs and functions lie close to each other, so that most words are ruled out at once. */
static void look_at_words(struct pass *pass, const uint64_t *words, size_t count)
{
    const struct candidate_pattern pattern = *pass->pattern;
    const uint64_t low =
        pattern.first_text < pattern.first_itab ? pattern.first_text : pattern.first_itab;
    const uint64_t high =
        pattern.last_text > pattern.last_itab ? pattern.last_text : pattern.last_itab;
    for (size_t i = 0; i + 1 < count; i++) {
        uint64_t word = words[i];
        if (word - low > high - low)
            continue;
        if (word >= pattern.first_itab && word <= pattern.last_itab)
            add(pass->candidates, CANDIDATE_PAIR, word, words[i + 1]);
        else if (word >= pattern.first_text && word <= pattern.last_text)
            add(pass->candidates, CANDIDATE_CLOSURE, word, words[i + 1]);
    }
}

/* A context that is held by plain pointers only: an object of the size with an itab in front. */
static void look_at_objects(struct pass *pass, const struct span *span, const uint64_t *words)
{
    const uint64_t itab = pass->pattern->first_itab;
    const uint64_t itabs = pass->pattern->last_itab - itab;
    if (span->element != pass->pattern->object_size)
        return;
    for (uint32_t i = 0; i < span->count; i++)
        if (words[i * (span->element / 8)] - itab <= itabs)
            add(pass->candidates, CANDIDATE_OBJECT, span_object(span, i),
                (uint64_t)(span - pass->heap->spans));
}

static void look_at_span(struct pass *pass, const struct span *span, const uint64_t *words)
{
    look_at_words(pass, words, (size_t)(span->end - span->start) / 8);
    look_at_objects(pass, span, words);
}

static bool is_wanted(const struct span *span)
{
    return !span->noscan && span->element <= LARGEST_SMALL && span->size <= MAX_PIECE;
}

/* Takes out what cannot hold what is looked for. Returns how many are left. */
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
        memory_read_anew(pass->program->memory, ranges, local, read, count);
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
    memory_read_anew(pass->program->memory, ranges, local, read, some);
    for (size_t i = 0; i < some; i++) {
        const struct span *span = &pass->heap->spans[spans[i]];
        if (read[i] == span->size)
            look_at_span(pass, span, local[i]);
    }
    return some;
}

static void read_piece(struct pass *pass, size_t first, size_t behind)
{
    size_t spans[PIECE_SPANS], count = 0;
    for (size_t i = first; i < behind; i++)
        if (is_wanted(&pass->heap->spans[i]))
            spans[count++] = i;
    count = sift(pass, spans, count);
    for (size_t done = 0; done < count;)
        done += read_some(pass, spans + done, count - done);
}

static void look_at_kept(struct pass *pass, size_t first, size_t behind)
{
    for (size_t i = first; i < behind; i++) {
        const struct span *span = &pass->heap->spans[i];
        const uint64_t *words = is_wanted(span) ? memory_at(pass->program->memory, span->start,
                                                            (size_t)(span->end - span->start))
                                                : NULL;
        if (words)
            look_at_span(pass, span, words);
    }
}

/* Takes the spans from `first` on, up to what is returned. */
static size_t take_piece(const struct heap *heap, struct heap_cursor *cursor, size_t *first)
{
    size_t behind;
    *first = atomic_load(&cursor->next);
    do
        behind = heap->count - *first < PIECE_SPANS ? heap->count : *first + PIECE_SPANS;
    while (!atomic_compare_exchange_weak(&cursor->next, first, behind));
    return behind;
}

struct heap_cursor heap_cursor_at(const struct heap *heap, uint64_t address)
{
    return (struct heap_cursor){SORTED_FIRST(i, 0, heap->count, heap->spans[i].start >= address)};
}

uint64_t heap_cursor_address(const struct heap *heap, const struct heap_cursor *cursor)
{
    size_t next = atomic_load(&cursor->next);
    return next < heap->count ? heap->spans[next].start : 0;
}

void context_candidates_find(const struct go_program *program,
                             const struct candidate_pattern *pattern, const struct heap *heap,
                             struct heap_cursor *cursor, int64_t cpu_ns, bool anew,
                             struct context_candidates *candidates)
{
    struct pass pass = {
        .program = program, .pattern = pattern, .heap = heap, .candidates = candidates};
    int64_t now = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    int64_t until = cpu_ns < INT64_MAX - now ? now + cpu_ns : INT64_MAX;
    size_t first, behind;
    *candidates = (struct context_candidates){0};
    if (anew && !(pass.buffer = malloc(PIECE + MAX_PIECE))) {
        candidates->failed = true;
        return;
    }
    /* One piece in any case: what is looked through a piece at a time comes to its end. */
    do {
        behind = take_piece(heap, cursor, &first);
        (anew ? read_piece : look_at_kept)(&pass, first, behind);
    } while (behind > first && clock_ns(CLOCK_THREAD_CPUTIME_ID) < until);
    object_ends_free(&pass.ends);
    free(pass.buffer);
}
