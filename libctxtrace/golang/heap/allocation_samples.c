#include "golang/heap/allocation_samples.h"

#include "base/array.h"
#include "base/sorted.h"
#include "golang/binary/field.h"
#include "golang/binary/struct_view.h"

#include <stdlib.h>

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

/* The spans of the addresses, each once, without those that have no specials. */
static void find_spans(const struct heap *heap, const uint64_t *addresses, size_t count,
                       struct allocation_samples *samples)
{
    samples->spans = malloc((count + 1) * sizeof(void *));
    samples->failed = !samples->spans;
    for (size_t i = 0; samples->spans && i < count; i++) {
        const struct span *span = heap_span_of(heap, addresses[i]);
        if (span && span->specials && !may_be_shared(span))
            samples->spans[samples->span_count++] = span;
    }
    if (!samples->span_count)
        return;
    qsort(samples->spans, samples->span_count, sizeof(void *), by_address);
    size_t kept = 1;
    for (size_t i = 1; i < samples->span_count; i++)
        if (samples->spans[i] != samples->spans[kept - 1])
            samples->spans[kept++] = samples->spans[i];
    samples->span_count = kept;
}

/* ---- walks ---- */

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_object(const void *a, const void *b)
{
    const struct allocation_sample *left = a, *right = b;
    int order = compare(left->object, right->object);
    return order ? order : compare(left->special, right->special);
}

static void walk(const struct go_program *program, const struct allocation_samples *of, bool moves,
                 struct allocation_samples *samples)
{
    if (moves)
        memory_begin_reading(program->memory);
    for (size_t i = 0; i < of->span_count && !samples->failed; i++)
        walk_span(program, of->spans[i],
                  moves ? span_first_special(program, of->spans[i]) : of->spans[i]->specials,
                  samples);
    if (samples->count)
        qsort(samples->items, samples->count, sizeof *samples->items, by_object);
}

bool allocation_samples_read(const struct go_program *program, const struct heap *heap, bool moves,
                             const uint64_t *addresses, size_t count,
                             struct allocation_samples *samples)
{
    *samples = (struct allocation_samples){0};
    if (field_offset(program, PROFILE_BUCKET) < 0)
        return true;
    find_spans(heap, addresses, count, samples);
    walk(program, samples, moves, samples);
    return !samples->failed;
}

void allocation_samples_free(struct allocation_samples *samples)
{
    free(samples->items);
    free(samples->spans);
    *samples = (struct allocation_samples){0};
}

/* ---- the second walk ---- */

static size_t end_of_span(const struct allocation_samples *samples, size_t at,
                          const struct span *span)
{
    uint64_t behind = span->first_bit + span->count;
    while (at < samples->count && samples->items[at].object < behind)
        at++;
    return at;
}

/* The links are part of it: specials that are the same and are linked alike form the same list. */
static bool are_equal(const struct allocation_sample *a, const struct allocation_sample *b,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (by_object(&a[i], &b[i]) != 0 || a[i].next != b[i].next || a[i].bucket != b[i].bucket)
            return false;
    return true;
}

static void keep_equal(struct allocation_samples *samples, const struct allocation_samples *again)
{
    size_t kept = 0, at = 0, other = 0;
    for (size_t i = 0; i < samples->span_count; i++) {
        size_t end = end_of_span(samples, at, samples->spans[i]);
        size_t other_end = end_of_span(again, other, samples->spans[i]);
        bool equal = end > at && end - at == other_end - other &&
                     are_equal(samples->items + at, again->items + other, end - at);
        for (size_t n = at; equal && n < end; n++)
            samples->items[kept++] = samples->items[n];
        at = end;
        other = other_end;
    }
    samples->count = kept;
}

bool allocation_samples_confirm(const struct go_program *program,
                                struct allocation_samples *samples)
{
    struct allocation_samples again = {0};
    walk(program, samples, true, &again);
    keep_equal(samples, &again);
    samples->failed |= again.failed;
    allocation_samples_free(&again);
    return !samples->failed;
}

/* An object is sampled once, when it is allocated: if it has several samples, none counts. */
uint64_t allocation_sample_of(const struct allocation_samples *samples, const struct heap *heap,
                              uint64_t address)
{
    const struct span *span = samples->count ? heap_span_of(heap, address) : NULL;
    uint64_t bucket = 0;
    if (!span)
        return 0;
    uint64_t object = span->first_bit + span_index_of(span, address);
    size_t at = SORTED_FIRST(i, 0, samples->count, samples->items[i].object >= object);
    for (; at < samples->count && samples->items[at].object == object; at++) {
        if (bucket && samples->items[at].bucket)
            return 0;
        bucket |= samples->items[at].bucket;
    }
    return bucket;
}
