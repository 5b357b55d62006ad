#include "golang/heap/heap.h"

#include "base/sorted.h"
#include "golang/binary/field.h"
#include "golang/binary/limits.h"
#include "golang/binary/struct_view.h"
#include "image/memory_pass.h"
#include "image/ranges.h"

#include <stdlib.h>
#include <string.h>

#define MAX_GAP       (UINT64_C(1) << 30) /* between spans of one cluster */
#define BATCH         UINT64_C(4096)      /* spans that are read together */
#define IN_USE        1
#define HEADER_ABOVE  512
#define INLINE_MARKS  UINT64_C(128)
#define INLINE_MARKED 64 /* offset of the marks in them */

static size_t size_of_span(const struct go_program *program)
{
    int32_t size = field_offset(program, SPAN_SIZE);
    return size > 0 ? (size_t)size : 256;
}

/* false if it is not in use, or is no span at all. */
static bool read_span(const struct go_program *program, const struct struct_view *view,
                      uint32_t heap_generation, struct span *span)
{
    uint8_t class = view_u8(view, SPAN_CLASS);
    uint64_t pages = view_word(view, SPAN_PAGES);
    if (view_u8(view, SPAN_STATE) != IN_USE || !pages || pages > (UINT64_C(1) << 32))
        return false;
    bool narrow = program->layout.traits.narrow_span_counts;
    uint32_t generation = view_u32(view, SPAN_SWEEPGEN);
    *span = (struct span){.start = view_word(view, SPAN_START),
                          .size = pages * HEAP_PAGE,
                          .element = view_word(view, SPAN_ELEMSIZE),
                          .count = narrow ? view_u16(view, SPAN_NELEMS)
                                          : (uint32_t)view_word(view, SPAN_NELEMS),
                          .free_index = narrow ? view_u16(view, SPAN_FREEINDEX)
                                               : (uint32_t)view_word(view, SPAN_FREEINDEX),
                          .noscan = class & 1,
                          .unswept = generation == heap_generation - 2,
                          .swept = generation == heap_generation ||
                                   generation == heap_generation + 3, /* and cached */
                          .alloc_bits = view_word(view, SPAN_ALLOCBITS),
                          .mark_bits = view_word(view, SPAN_GCMARKBITS),
                          .specials = view_word(view, SPAN_SPECIALS),
                          .large_type = class >> 1 ? 0 : view_word(view, SPAN_LARGE_TYPE)};
    if (!span->start || span->start % HEAP_PAGE || span->element < 8 || span->element % 8 ||
        !span->count || span->element > span->size || span->count > span->size / span->element)
        return false;
    span->end = span->start + span->element * span->count;
    span->divisor = (uint32_t)(((UINT64_C(1) << 32) + span->element - 1) / span->element);
    if (class >> 1 == 0) /* one large object */
        span->divisor = 0;
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct span *left = a, *right = b;
    return (left->start > right->start) - (left->start < right->start);
}

static bool make_cluster(struct heap *heap, size_t first, size_t last)
{
    struct heap_cluster *cluster = &heap->clusters[heap->cluster_count];
    cluster->start = heap->spans[first].start;
    cluster->end = heap->spans[last].start + heap->spans[last].size;
    cluster->span_of_page = calloc((cluster->end - cluster->start) / HEAP_PAGE, sizeof(uint32_t));
    if (!cluster->span_of_page)
        return false;
    heap->cluster_count++;
    for (size_t i = first; i <= last; i++) {
        uint64_t page = (heap->spans[i].start - cluster->start) / HEAP_PAGE;
        for (uint64_t n = 0; n < heap->spans[i].size / HEAP_PAGE; n++)
            cluster->span_of_page[page + n] = (uint32_t)i + 1;
    }
    return true;
}

static bool make_clusters(struct heap *heap)
{
    size_t first = 0, groups = 1;
    for (size_t i = 1; i < heap->count; i++)
        groups +=
            heap->spans[i].start - heap->spans[i - 1].start > MAX_GAP + heap->spans[i - 1].size;
    heap->clusters = calloc(groups, sizeof *heap->clusters);
    if (!heap->clusters)
        return false;
    for (size_t i = 1; i <= heap->count; i++) {
        if (i < heap->count &&
            heap->spans[i].start - heap->spans[i - 1].start <= MAX_GAP + heap->spans[i - 1].size)
            continue;
        if (!make_cluster(heap, first, i - 1))
            return false;
        first = i;
    }
    return true;
}

/* Drops spans that overlap the one before: a list read in motion can have such. */
static void drop_overlaps(struct heap *heap)
{
    size_t kept = 0;
    for (size_t i = 0; i < heap->count; i++) {
        if (kept &&
            heap->spans[i].start < heap->spans[kept - 1].start + heap->spans[kept - 1].size) {
            heap->complete = false;
            continue;
        }
        heap->spans[kept++] = heap->spans[i];
    }
    heap->count = kept;
}

/*
 * Since Go 1.26, and in 1.25 on request, small spans with pointers end with inline mark bits. A
 * span that has objects in their place proves the opposite.
 */
static bool has_inline_marks(const struct go_program *program, const struct heap *heap)
{
    if (!program->layout.traits.inline_marks)
        return strstr(program->version, "greenteagc") != NULL;
    for (size_t i = 0; i < heap->count; i++) {
        const struct span *span = &heap->spans[i];
        if (!span->noscan && span->element >= 16 && span->element <= HEADER_ABOVE &&
            span->end > span->start + span->size - span->size / 64 - INLINE_MARKS)
            return false;
    }
    return true;
}

/* Of a core that was cut short, the part of the list that is there. */
static uint64_t length_that_is_there(const struct go_program *program, struct slice list)
{
    if (!program->image->truncated)
        return list.length;
    return SORTED_FIRST(i, 1, list.length + 1, !memory_covers(program->memory, list.data, i * 8)) -
           1;
}

/* The runtime's list of all spans; NULL when there is none to be found. */
static const uint64_t *list_of_spans(const struct go_program *program, uint64_t *length)
{
    int32_t at = field_offset(program, HEAP_ALLSPANS);
    if (!program->heap || at < 0)
        return NULL;
    struct slice list = go_slice(program, program->heap + (uint64_t)at);
    if (!list.length || list.length > MAX_SPANS || list.data % 8)
        return NULL;
    *length = length_that_is_there(program, list);
    return *length ? memory_at(program->memory, list.data, *length * 8) : NULL;
}

static void have_spans(const struct go_program *program, const uint64_t *list, uint64_t length,
                       struct memory_pass *pass, struct ranges *ranges)
{
    ranges->count = 0;
    for (uint64_t i = 0; i < length; i++)
        ranges_add(ranges, list[i], size_of_span(program));
    ranges_join(ranges);
    memory_pass_have(pass, ranges->items, ranges->count);
}

static void list_batch(const struct go_program *program, const uint64_t *list, uint64_t length,
                       uint32_t generation, struct heap *heap)
{
    for (uint64_t i = 0; i < length; i++) {
        struct span *span = &heap->spans[heap->count];
        struct struct_view view;
        heap->complete &= view_open(program, list[i], size_of_span(program), &view);
        if (!read_span(program, &view, generation, span))
            continue;
        span->address = list[i];
        if (memory_covers(program->memory, span->start, span->size))
            heap->count++;
        else
            heap->complete = false;
    }
}

bool heap_list(const struct go_program *program, struct heap *heap)
{
    uint64_t length;
    const uint64_t *list = list_of_spans(program, &length);
    *heap = (struct heap){.complete = !program->image->truncated};
    if (!list)
        return false;
    heap->spans = calloc(length, sizeof *heap->spans);
    if (!heap->spans)
        return false;
    uint32_t generation = field_u32(program, program->heap, HEAP_SWEEPGEN);
    struct ranges ranges = {0};
    struct memory_pass pass;
    memory_pass_begin(&pass, program->memory);
    const struct go_program through = go_program_through(program, &pass.memory);
    for (uint64_t done = 0; done < length; done += BATCH) {
        uint64_t some = length - done < BATCH ? length - done : BATCH;
        have_spans(program, list + done, some, &pass, &ranges);
        list_batch(&through, list + done, some, generation, heap);
    }
    memory_pass_end(&pass);
    ranges_free(&ranges);
    return heap->count > 0;
}

bool heap_arrange(const struct go_program *program, struct heap *heap)
{
    qsort(heap->spans, heap->count, sizeof *heap->spans, by_start);
    drop_overlaps(heap);
    for (size_t i = 0; i < heap->count; i++) {
        heap->spans[i].first_bit = heap->object_count;
        heap->object_count += heap->spans[i].count;
        heap->scan_bytes += heap->spans[i].noscan ? 0 : heap->spans[i].size;
    }
    heap->inline_marks = has_inline_marks(program, heap);
    return heap->count && make_clusters(heap);
}

void heap_free(struct heap *heap)
{
    for (size_t i = 0; i < heap->cluster_count; i++)
        free(heap->clusters[i].span_of_page);
    free(heap->clusters);
    free(heap->spans);
    *heap = (struct heap){0};
}

const struct span *heap_span_numbered(const struct heap *heap, uint64_t number)
{
    size_t behind = SORTED_FIRST(i, 1, heap->count, heap->spans[i].first_bit > number);
    return &heap->spans[behind - 1];
}

const struct span *heap_span_of(const struct heap *heap, uint64_t address)
{
    for (size_t i = 0; i < heap->cluster_count; i++) {
        const struct heap_cluster *cluster = &heap->clusters[i];
        if (address < cluster->start || address >= cluster->end)
            continue;
        uint32_t index = cluster->span_of_page[(address - cluster->start) / HEAP_PAGE];
        if (!index)
            return NULL;
        const struct span *span = &heap->spans[index - 1];
        return address < span->end ? span : NULL;
    }
    return NULL;
}

uint64_t span_first_special(const struct go_program *program, const struct span *span)
{
    struct struct_view view;
    if (!view_open(program, span->address, size_of_span(program), &view) ||
        view_u8(&view, SPAN_STATE) != IN_USE || view_word(&view, SPAN_START) != span->start ||
        view_word(&view, SPAN_ELEMSIZE) != span->element)
        return 0;
    return view_word(&view, SPAN_SPECIALS);
}

bool span_has_headers(const struct go_program *program, const struct span *span)
{
    return program->layout.traits.pointer_bits == POINTER_BITS_IN_SPANS && !span->noscan &&
           span->element > HEADER_ABOVE && span->divisor;
}

struct memory_range span_pointer_bits(const struct heap *heap, const struct span *span)
{
    uint64_t end = span->start + span->size;
    if (heap->inline_marks && span->element >= 16)
        end -= INLINE_MARKS;
    return (struct memory_range){end - span->size / 64, end};
}

static bool has_bit(const struct go_program *program, uint64_t bits, uint32_t index)
{
    return memory_u8(program->memory, bits + index / 8) >> (index % 8) & 1;
}

/* Did the object live at the end of the last garbage collection? */
static bool was_marked(const struct go_program *program, const struct heap *heap,
                       const struct span *span, uint32_t index)
{
    if (!span->unswept) /* sweeping made the marks the map of what is allocated */
        return has_bit(program, span->alloc_bits, index);
    bool inline_marks =
        heap->inline_marks && !span->noscan && span->element >= 16 && span->element <= HEADER_ABOVE;
    return has_bit(program,
                   inline_marks ? span->start + span->size - INLINE_MARKS + INLINE_MARKED
                                : span->mark_bits,
                   index);
}

bool span_is_allocated(const struct go_program *program, const struct heap *heap,
                       const struct span *span, uint32_t index)
{
    if (index >= span->count)
        return false;
    /* What was allocated since the span was swept shows by the index alone. */
    return (!span->unswept && index < span->free_index) || was_marked(program, heap, span, index);
}

bool heap_survived(const struct go_program *program, const struct heap *heap, uint64_t address)
{
    const struct span *span = heap_span_of(heap, address);
    return span && was_marked(program, heap, span, span_index_of(span, address));
}

uint64_t heap_object_start(const struct go_program *program, const struct heap *heap,
                           uint64_t address)
{
    const struct span *span = heap_span_of(heap, address);
    if (!span)
        return 0;
    uint32_t index = span_index_of(span, address);
    uint64_t start = span_object(span, index) + (span_has_headers(program, span) ? 8 : 0);
    return start == address && span_is_allocated(program, heap, span, index) ? start : 0;
}
