#include "golang/heap/allocation_samples.h"

#include "base/array.h"
#include "base/sorted.h"
#include "golang/binary/field.h"
#include "golang/binary/struct_view.h"

#include <stdlib.h>
#include <string.h>

/* Smaller objects without pointers are allocated together, several in one of this size. */
#define TINY 16

/* A sample of a shared object does not say which of the tiny objects in it was sampled. */
static bool may_be_shared(const struct span *span)
{
    return span->noscan && span->element <= TINY;
}

/* The records of other kinds can be shorter than that of a sample. */
static bool open_special(const struct go_program *program, uint64_t at, struct struct_view *view)
{
    int32_t kind = field_offset(program, SPECIAL_KIND);
    int32_t bucket = field_offset(program, PROFILE_BUCKET);
    return kind >= 0 && (view_open(program, at, (size_t)bucket + 8, view) ||
                         view_open(program, at, (size_t)kind + 1, view));
}

/* false if it cannot be a special of this span. */
static bool read_special(const struct go_program *program, const struct span *span, uint64_t at,
                         struct allocation_sample *sample)
{
    const struct release_traits *traits = &program->layout.traits;
    struct struct_view view;
    if (!open_special(program, at, &view))
        return false;
    uint64_t offset = traits->wide_special_offset ? view_word(&view, SPECIAL_OFFSET)
                                                  : view_u16(&view, SPECIAL_OFFSET);
    if (offset >= span->size)
        return false;
    bool is_sample = view_u8(&view, SPECIAL_KIND) == traits->specials.profile;
    *sample = (struct allocation_sample){.object = span->first_bit +
                                                   span_index_of(span, span->start + offset),
                                         .bucket = is_sample ? view_word(&view, PROFILE_BUCKET) : 0,
                                         .special = at,
                                         .next = view_word(&view, SPECIAL_NEXT)};
    return true;
}

/*
 * Adds all specials of the span, because all of them are compared later; those of other kinds have
 * no bucket. Adds none if the list is damaged or was torn.
 */
static void walk_span(const struct go_program *program, const struct span *span, uint64_t first,
                      struct allocation_samples *samples)
{
    size_t before = samples->count;
    uint64_t at = first;
    for (uint64_t n = 0; at && n <= span_max_specials(span); n++) {
        struct allocation_sample sample;
        if (n == span_max_specials(span) || !read_special(program, span, at, &sample)) {
            samples->count = before;
            return;
        }
        if (!ARRAY_ROOM(samples->items, samples->capacity, samples->count + 1)) {
            samples->failed = true;
            return;
        }
        samples->items[samples->count++] = sample;
        at = sample.next;
    }
}

/* ---- spans ---- */

static int by_address(const void *a, const void *b)
{
    const struct span *left = *(const struct span *const *)a;
    const struct span *right = *(const struct span *const *)b;
    return (left > right) - (left < right);
}

/* The spans of the addresses, each once, without those that have no samples. NULL: no memory. */
static const struct span **spans_of(const struct heap *heap, const uint64_t *addresses,
                                    size_t count, size_t *found)
{
    const struct span **spans = malloc((count + 1) * sizeof(void *));
    *found = 0;
    for (size_t i = 0; spans && i < count; i++) {
        const struct span *span = heap_span_of(heap, addresses[i]);
        if (span && span->specials && !may_be_shared(span))
            spans[(*found)++] = span;
    }
    if (!spans || !*found)
        return spans;
    qsort(spans, *found, sizeof(void *), by_address);
    size_t kept = 1;
    for (size_t i = 1; i < *found; i++)
        if (spans[i] != spans[kept - 1])
            spans[kept++] = spans[i];
    *found = kept;
    return spans;
}

static size_t end_of_span(const struct allocation_samples *samples, size_t at,
                          const struct span *span)
{
    uint64_t behind = span->first_bit + span->count;
    while (at < samples->count && samples->items[at].object < behind)
        at++;
    return at;
}

/* Keeps the spans for which both walks found the same. */
static void keep_equal(const struct span *const *spans, size_t count,
                       struct allocation_samples *samples, const struct allocation_samples *again)
{
    size_t kept = 0, at = 0, other = 0;
    for (size_t i = 0; i < count; i++) {
        size_t end = end_of_span(samples, at, spans[i]);
        size_t other_end = end_of_span(again, other, spans[i]);
        size_t size = (end - at) * sizeof *samples->items;
        if (end > at && end - at == other_end - other &&
            memcmp(samples->items + at, again->items + other, size) == 0) {
            memmove(samples->items + kept, samples->items + at, size);
            kept += end - at;
        }
        at = end;
        other = other_end;
    }
    samples->count = kept;
}

static void walk_still(const struct go_program *program, const struct span *const *spans,
                       size_t count, struct allocation_samples *samples)
{
    for (size_t i = 0; i < count && !samples->failed; i++)
        walk_span(program, spans[i], spans[i]->specials, samples);
}

static void walk_moving(const struct go_program *program, const struct span *const *spans,
                        size_t count, struct allocation_samples *samples)
{
    memory_begin_reading(program->memory);
    for (size_t i = 0; i < count && !samples->failed; i++)
        walk_span(program, spans[i], span_first_special(program, spans[i]), samples);
}

static void walk_twice(const struct go_program *program, const struct span *const *spans,
                       size_t count, struct allocation_samples *samples)
{
    struct allocation_samples again = {0};
    walk_moving(program, spans, count, samples);
    walk_moving(program, spans, count, &again);
    samples->failed |= again.failed;
    keep_equal(spans, count, samples, &again);
    allocation_samples_free(&again);
}

static int by_object(const void *a, const void *b)
{
    const struct allocation_sample *left = a, *right = b;
    return (left->object > right->object) - (left->object < right->object);
}

/* An object is sampled once, when it is allocated: if it has several samples, none counts. */
static void keep_samples(struct allocation_samples *samples)
{
    size_t kept = 0;
    for (size_t i = 0; i < samples->count; i++)
        if (samples->items[i].bucket)
            samples->items[kept++] = samples->items[i];
    samples->count = kept;
    if (kept)
        qsort(samples->items, kept, sizeof *samples->items, by_object);
    for (size_t i = 1; i < kept; i++)
        if (samples->items[i].object == samples->items[i - 1].object)
            samples->items[i].bucket = samples->items[i - 1].bucket = 0;
}

bool allocation_samples_read(const struct go_program *program, const struct heap *heap, bool moves,
                             const uint64_t *addresses, size_t count,
                             struct allocation_samples *samples)
{
    size_t found;
    *samples = (struct allocation_samples){0};
    if (field_offset(program, PROFILE_BUCKET) < 0)
        return true;
    const struct span **spans = spans_of(heap, addresses, count, &found);
    if (spans && found && moves)
        walk_twice(program, spans, found, samples);
    else if (spans && found)
        walk_still(program, spans, found, samples);
    keep_samples(samples);
    bool good = spans && !samples->failed;
    free(spans);
    return good;
}

void allocation_samples_free(struct allocation_samples *samples)
{
    free(samples->items);
    *samples = (struct allocation_samples){0};
}

uint64_t allocation_sample_of(const struct allocation_samples *samples, const struct heap *heap,
                              uint64_t address)
{
    const struct span *span = samples->count ? heap_span_of(heap, address) : NULL;
    if (!span)
        return 0;
    uint64_t object = span->first_bit + span_index_of(span, address);
    size_t at = SORTED_FIRST(i, 0, samples->count, samples->items[i].object >= object);
    return at < samples->count && samples->items[at].object == object ? samples->items[at].bucket
                                                                      : 0;
}
