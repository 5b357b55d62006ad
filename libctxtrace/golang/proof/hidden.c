#include "golang/proof/hidden.h"

#include "base/array.h"
#include "base/invariant.h"
#include "golang/binary/field.h"
#include "golang/binary/struct_view.h"
#include "golang/capture/threads.h"
#include "golang/heap/processors.h"
#include "image/ranges.h"
#include "image/reread.h"

#include <stdlib.h>
#include <string.h>

#define PIECE            (UINT64_C(1) << 20) /* read together */
#define QUEUE_NEIGHBOURS 8
#define QUEUE_AROUND     64 /* a queue is longer than that */
#define MOST_GOROUTINES  (UINT64_C(1) << 28)
#define MOST_OF_SUDOG    128 /* bytes */

struct search {
    const struct go_program *program;
    const struct heap *heap;
    struct masks *masks;
    struct hidden *hidden;
    uint64_t first, last;          /* where the heap is */
    uint64_t *piece;               /* memory that was read */
    uint64_t *is_pointer;          /* of the object at hand: one bit per word */
    uint64_t object;               /* its beginning */
    struct ranges left_out;        /* what the runtime itself uses */
    struct address_map goroutines; /* the gs, also of those that have ended */
};

static bool bit_at(const uint64_t *bits, uint64_t number)
{
    return bits[number / 64] >> (number % 64) & 1;
}

/* The object that the word points to, if that is looked for; NULL if not. */
static const struct span *wanted_span(const struct search *search, uint64_t word, uint64_t *number)
{
    if (word % 8 || word < search->first || word >= search->last)
        return NULL;
    const struct span *span = heap_span_of(search->heap, word);
    if (!span)
        return NULL;
    *number = span->first_bit + span_index_of(span, word);
    return bit_at(search->hidden->wanted, *number) ? span : NULL;
}

static void note(struct search *search, uint64_t word, uint64_t number)
{
    invariant(bit_at(search->hidden->wanted, number));
    struct hidden *hidden = search->hidden;
    if (!ARRAY_ROOM(hidden->items, hidden->capacity, hidden->count + 1)) {
        hidden->failed = true;
        return;
    }
    hidden->items[hidden->count++] = word;
    hidden->wanted[number / 64] &= ~(UINT64_C(1) << (number % 64));
}

/* ---- what the runtime itself uses ---- */

static bool is_left_out(const struct search *search, uint64_t address)
{
    for (size_t i = 0; i < search->left_out.count; i++)
        if (address >= search->left_out.items[i].start && address < search->left_out.items[i].end)
            return true;
    return false;
}

static void leave_out_schedulers(struct search *search)
{
    const struct go_program *program = search->program;
    struct memory_range stacks[THREAD_STACKS];
    for (size_t i = 0; i < program->thread_count; i++) {
        size_t count = thread_whole_stacks(program, &program->threads[i], stacks);
        for (size_t n = 0; n < count; n++)
            if (stacks[n].start < stacks[n].end)
                ranges_add(&search->left_out, stacks[n].start, stacks[n].end - stacks[n].start);
    }
}

/*
 * Since Go 1.25 a P has a buffer outside of the heap, too, of pointers that were found in a span.
 */
static void leave_out_processor(struct search *search, uint64_t object, uint64_t size)
{
    uint64_t processor = processor_in(search->program, object);
    uint64_t found = processor ? field_word(search->program, processor, P_FOUND_POINTERS) : 0;
    if (processor)
        ranges_add(&search->left_out, object, size);
    if (found)
        ranges_add(&search->left_out, found, HEAP_PAGE);
}

static void leave_out_processors(struct search *search)
{
    for (size_t i = 0; i < search->heap->count; i++) {
        const struct span *span = &search->heap->spans[i];
        if (!span_may_have_processors(search->program, span))
            continue;
        for (uint32_t n = 0; n < span->count; n++)
            if (bit_at(search->hidden->reached, span->first_bit + n))
                leave_out_processor(search, span_object(span, n), span->element);
    }
}

static void note_goroutines(struct search *search)
{
    const struct slice all = go_slice(search->program, search->program->allgs);
    const uint64_t *list =
        all.length > MOST_GOROUTINES
            ? NULL
            : memory_at(search->program->memory, all.data, (size_t)all.length * 8);
    for (uint64_t i = 0; list && i < all.length; i++)
        if (list[i] && !address_map_put(&search->goroutines, list[i], 0))
            search->hidden->failed = true;
}

/*
 * A g, where a goroutine that has ended has left its stack, or a sudog, which begins with the
 * address of a g. After their fields, up to the size of the class, is what was there before.
 */
static bool is_of_goroutine(const struct search *search, const uint64_t *words, uint64_t size)
{
    return address_map_get(&search->goroutines, search->object) != ADDRESS_MAP_NONE ||
           (size <= MOST_OF_SUDOG && words[0] &&
            address_map_get(&search->goroutines, words[0]) != ADDRESS_MAP_NONE);
}

/* The g of a scheduler or a signal handler: where a stack ends, an object may begin. */
static bool is_scheduler(const uint64_t *words, uint64_t count)
{
    uint64_t low = words[0], high = words[1];
    return count > 4 && low < high && words[3] > low && words[3] < high;
}

/*
 * Since Go 1.26 there are queues of objects that are to be looked at, outside of the heap: words
 * that are the beginning of a span of small objects plus a number less than that of its objects.
 * Such a word among several of its kind is one of them, if some of the others cannot be addresses:
 * the numbers are arbitrary, so most are no multiple of a word's size. Addresses that a program
 * keeps side by side all are, including those of the first objects of a span, which are as close to
 * its beginning. What was taken out of a queue is still in its memory, and the spans of
 * neighbouring entries may have been reused since.
 */
static bool is_queued(const struct search *search, uint64_t word)
{
    const struct span *span = heap_span_of(search->heap, word);
    return span && !span->noscan && span->count > 1 && word - span->start < span->count;
}

static bool was_queued(const struct search *search, uint64_t word)
{
    return word >= search->first && word < search->last && word % HEAP_PAGE < HEAP_PAGE / 8;
}

static bool is_in_queue(const struct search *search, uint64_t address, uint64_t word)
{
    uint64_t words[2 * QUEUE_AROUND] = {0};
    const struct memory_range range = {address - 8 * QUEUE_AROUND, address + 8 * QUEUE_AROUND};
    if (!search->heap->inline_marks || !is_queued(search, word))
        return false;
    memory_read_present(search->program->memory, &range, words);
    unsigned near = 0, no_addresses = 0;
    for (unsigned i = 0; i < 2 * QUEUE_AROUND; i++) {
        if (!was_queued(search, words[i]))
            continue;
        near += i >= QUEUE_AROUND - QUEUE_NEIGHBOURS && i < QUEUE_AROUND + QUEUE_NEIGHBOURS;
        no_addresses += words[i] % 8 != 0;
    }
    return near > QUEUE_NEIGHBOURS / 2 && no_addresses > 0;
}

/* ---- objects that have pointers: their other words ---- */

static void note_pointer(void *state, uint64_t at, uint64_t pointer)
{
    const struct search *search = state;
    (void)pointer;
    uint64_t word = (at - search->object) / 8;
    search->is_pointer[word / 64] |= UINT64_C(1) << (word % 64);
}

static void look_at_object(struct search *search, const struct span *span, uint32_t index)
{
    uint64_t count = span->element / 8;
    search->object = span_object(span, index);
    const uint64_t *words = memory_at(search->program->memory, search->object, span->element);
    bool any = false;
    uint64_t number;
    for (uint64_t i = 0; words && i < count && !any; i++)
        any = wanted_span(search, words[i], &number);
    if (!any || is_left_out(search, search->object) || is_scheduler(words, count) ||
        is_of_goroutine(search, words, span->element))
        return;
    memset(search->is_pointer, 0, (count + 63) / 64 * 8);
    visit_object(search->masks, span, index, note_pointer, search);
    for (uint64_t i = 0; i < count; i++)
        if (!bit_at(search->is_pointer, i) && wanted_span(search, words[i], &number) &&
            number != span->first_bit + index)
            note(search, words[i], number);
}

/* ---- memory that is read now ---- */

static void read_piece(struct search *search, uint64_t start, uint64_t end)
{
    invariant(start <= end && end - start <= PIECE);
    const struct memory_range range = {start, end};
    memory_read_present(search->program->memory, &range, search->piece);
}

/* Objects without pointers, which are not part of the capture. */
static void look_at_noscan(struct search *search, const struct span *span)
{
    bool any = false;
    for (uint32_t i = 0; i < span->count && !any; i++)
        any = bit_at(search->hidden->reached, span->first_bit + i);
    for (uint64_t at = span->start; any && at < span->end; at += PIECE) {
        uint64_t end = at + PIECE < span->end ? at + PIECE : span->end;
        read_piece(search, at, end);
        for (uint64_t i = 0; i < (end - at) / 8; i++) {
            uint64_t number;
            if (!wanted_span(search, search->piece[i], &number))
                continue;
            /* A channel has its own address in it. */
            uint64_t holder = span->first_bit + span_index_of(span, at + 8 * i);
            if (bit_at(search->hidden->reached, holder) && holder != number)
                note(search, search->piece[i], number);
        }
    }
}

static uint64_t read_word(const struct search *search, uint64_t address)
{
    uint64_t word = 0;
    const struct memory_range range = {address, address + 8};
    void *local = &word;
    size_t got = 0;
    memory_read_now(search->program->memory, &range, &local, &got, 1);
    return got == 8 ? word : 0;
}

/* Is this part of the address space one of the heap's? */
static bool is_arena(const struct search *search, uint64_t address)
{
    int32_t offset = field_offset(search->program, HEAP_ARENAS);
    if (offset < 0)
        return false;
    uint64_t table = read_word(search, search->program->heap + (uint64_t)offset);
    return table && read_word(search, table + (address - ARENA_BASE) / ARENA_SIZE * 8) != 0;
}

/*
 * Do its objects end there? Since Go 1.22 some spans keep the limit that they had before pointer
 * bits were put at their end: that of as many objects as would fit without the bits.
 */
static bool is_limit(uint64_t limit, uint64_t start, uint64_t size, uint64_t element,
                     uint64_t count)
{
    uint64_t rest = start + size - limit;
    return limit == start + element * count || (limit > start && rest <= size && rest < element) ||
           rest == 0;
}

/* Is the word at `address` that `field` of an mspan, whether the span is still in use or not? */
static bool is_of_span(const struct search *search, uint64_t address, enum layout_field field)
{
    int32_t size = field_offset(search->program, SPAN_SIZE);
    uint64_t bytes[64] = {0};
    if (size <= 0 || (size_t)size > sizeof bytes || field_offset(search->program, field) < 0)
        return false;
    uint64_t note_at = address - (uint64_t)field_offset(search->program, field);
    const struct memory_range range = {note_at, note_at + (uint64_t)size};
    void *local = bytes;
    size_t got = 0;
    memory_read_now(search->program->memory, &range, &local, &got, 1);
    const struct struct_view view = {&search->program->layout, (const unsigned char *)bytes,
                                     (size_t)size};
    uint64_t start = view_word(&view, SPAN_START), pages = view_word(&view, SPAN_PAGES);
    uint64_t limit = view_word(&view, SPAN_LIMIT), element = view_word(&view, SPAN_ELEMSIZE);
    uint64_t count = search->program->layout.traits.narrow_span_counts
                         ? view_u16(&view, SPAN_NELEMS)
                         : view_word(&view, SPAN_NELEMS);
    return got == (size_t)size && start % HEAP_PAGE == 0 && pages && pages < (1 << 24) &&
           is_limit(limit, start, pages * HEAP_PAGE, element, count);
}

static void look_outside(struct search *search, uint64_t start, uint64_t end)
{
    read_piece(search, start, end);
    for (uint64_t i = 0; i < (end - start) / 8; i++) {
        uint64_t number, at = start + 8 * i;
        if (wanted_span(search, search->piece[i], &number) && !is_left_out(search, at) &&
            !is_of_span(search, at, SPAN_START) && !is_of_span(search, at, SPAN_LIMIT) &&
            !is_in_queue(search, at, search->piece[i]))
            note(search, search->piece[i], number);
    }
}

static void look_at_mapping(struct search *search, const struct memory_range *mapping)
{
    for (uint64_t at = mapping->start; at < mapping->end;) {
        uint64_t block_end = (at & ~(ARENA_SIZE - 1)) + ARENA_SIZE;
        uint64_t end = mapping->end < block_end ? mapping->end : block_end;
        for (bool arena = is_arena(search, at); at < end && !arena; at += PIECE)
            look_outside(search, at, at + PIECE < end ? at + PIECE : end);
        at = end;
    }
}

static uint64_t largest_object(const struct heap *heap)
{
    uint64_t largest = 8;
    for (size_t i = 0; i < heap->count; i++)
        if (!heap->spans[i].noscan && heap->spans[i].element > largest)
            largest = heap->spans[i].element;
    return largest;
}

static void look_everywhere(struct search *search)
{
    struct memory_range mapping;
    for (size_t i = 0; i < search->heap->count; i++) {
        const struct span *span = &search->heap->spans[i];
        if (span->noscan)
            look_at_noscan(search, span);
        for (uint32_t n = 0; n < span->count && !span->noscan; n++)
            if (bit_at(search->hidden->reached, span->first_bit + n))
                look_at_object(search, span, n);
    }
    for (size_t i = 0; memory_writable(search->program->memory, i, &mapping); i++)
        look_at_mapping(search, &mapping);
}

void hidden_find(const struct go_program *program, const struct model *model, struct masks *masks,
                 struct hidden *hidden)
{
    const struct heap *heap = &model->heap;
    struct search search = {.program = program,
                            .heap = heap,
                            .masks = masks,
                            .hidden = hidden,
                            .first = heap->spans[0].start,
                            .last = heap->spans[heap->count - 1].end,
                            .piece = malloc(PIECE),
                            .is_pointer = malloc(largest_object(heap) / 8 + 64)};
    leave_out_schedulers(&search);
    leave_out_processors(&search);
    note_goroutines(&search);
    if (search.piece && search.is_pointer && !search.left_out.failed)
        look_everywhere(&search);
    else
        hidden->failed = true;
    ranges_free(&search.left_out);
    address_map_free(&search.goroutines);
    free(search.piece);
    free(search.is_pointer);
}
