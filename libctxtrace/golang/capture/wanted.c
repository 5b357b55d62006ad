#include "golang/capture/wanted.h"

#include "base/page.h"
#include "golang/binary/field.h"

/* The pointer bitmap of a span's part of the arenas, where they have it. */
static void add_arena_bits(const struct go_program *program, const struct span *span,
                           struct ranges *ranges)
{
    int32_t offset = field_offset(program, ARENA_BITMAP);
    uint64_t table = field_word(program, program->heap, HEAP_ARENAS);
    enum pointer_bits bits = program->layout.traits.pointer_bits;
    uint64_t bytes_per_bit_byte = bits == POINTER_BITS_IN_ARENAS ? 64 : 32;
    if (bits == POINTER_BITS_IN_SPANS || offset < 0 || !table)
        return;
    for (uint64_t at = span->start; at < span->start + span->size;) {
        uint64_t arena_end = (at & ~(ARENA_SIZE - 1)) + ARENA_SIZE;
        uint64_t end = span->start + span->size < arena_end ? span->start + span->size : arena_end;
        uint64_t arena = memory_word(program->memory, table + (at - ARENA_BASE) / ARENA_SIZE * 8);
        if (arena)
            ranges_add(ranges, arena + (uint64_t)offset + at % ARENA_SIZE / bytes_per_bit_byte,
                       (end - at) / bytes_per_bit_byte + 1);
        at = end;
    }
}

/*
 * How much of the variables without pointers is copied. The linker sorts them by size, so this is
 * all but the large ones, which no marking reads: since Go 1.26 the runtime alone has 32 MB of them
 * in nearly every program.
 */
#define WITHOUT_POINTERS (UINT64_C(1) << 20)
#define LARGE_SPAN       (UINT64_C(1) << 20)

/* The whole pages of variables without pointers that are left out. */
static struct memory_range left_out(uint64_t start, uint64_t end)
{
    if (end - start <= WITHOUT_POINTERS || end < start)
        return (struct memory_range){0, 0};
    return (struct memory_range){page_round_up(start + WITHOUT_POINTERS), page_round_down(end)};
}

/*
 * The first that is left out from `at` on, of all modules; it begins and ends at `end` if none is.
 */
static struct memory_range next_left_out(const struct go_program *program, uint64_t at,
                                         uint64_t end)
{
    struct memory_range first = {end, end};
    for (size_t i = 0; i < program->module_count; i++) {
        const struct module *module = &program->modules[i];
        const struct memory_range parts[] = {left_out(module->noptrdata, module->enoptrdata),
                                             left_out(module->noptrbss, module->enoptrbss)};
        for (size_t n = 0; n < 2; n++)
            if (parts[n].end > at && parts[n].start < first.start && parts[n].end > parts[n].start)
                first = parts[n];
    }
    return first;
}

static void add_variables(const struct go_program *program, uint64_t start, uint64_t end,
                          struct ranges *ranges)
{
    for (uint64_t at = start; at < end;) {
        struct memory_range gap = next_left_out(program, at, end);
        if (gap.start > at)
            ranges_add(ranges, at, (gap.start < end ? gap.start : end) - at);
        at = gap.end > at ? gap.end : end;
    }
}

/* All of what may be written: Go's own tables can share a page with data. */
static void add_segment(const struct go_program *program, const struct elf_range *segment,
                        struct wanted *wanted)
{
    uint64_t start = segment->address + program->image->bias, end = start + segment->size;
    uint64_t in_file = page_round_up(start + segment->file_size);
    if (in_file > end)
        in_file = end;
    add_variables(program, start, in_file, &wanted->whole);
    add_variables(program, in_file, end, &wanted->zeroed);
}

static bool is_in_segment(const struct go_program *program, uint64_t address)
{
    struct elf_range segment;
    for (size_t i = 0; elf_file_segment(program->image->executable, i, &segment); i++)
        if (segment.writable && address - program->image->bias - segment.address < segment.size)
            return true;
    return false;
}

static void add_module(const struct go_program *program, const struct module *module,
                       struct ranges *ranges)
{
    ranges_add(ranges, module->data_mask, module->data_words / 8 + 1);
    ranges_add(ranges, module->bss_mask, module->bss_words / 8 + 1);
    if (is_in_segment(program, module->data))
        return;
    add_variables(program, module->noptrdata, module->enoptrdata, ranges); /* a plugin's */
    add_variables(program, module->data, module->edata, ranges);
    add_variables(program, module->bss, module->ebss, ranges);
    add_variables(program, module->noptrbss, module->enoptrbss, ranges);
}

#define RECENT 256 /* a power of two */

/* Pages with the bits of spans; those that were met last are known without a search. */
struct bit_pages {
    struct ranges ranges;
    uint64_t recent[RECENT];
};

static void add_bit_page(const struct go_program *program, uint64_t page, struct bit_pages *pages)
{
    uint64_t *recent = &pages->recent[page / PAGE_BYTES % RECENT];
    if (*recent == page)
        return;
    *recent = page;
    if (memory_covers(program->memory, page, PAGE_BYTES)) /* else the span is damaged */
        ranges_add(&pages->ranges, page, PAGE_BYTES);
}

/* Which of its objects are allocated. Spans that were swept together have theirs side by side. */
static void add_object_bits(const struct go_program *program, const struct span *span,
                            struct bit_pages *pages)
{
    uint64_t bits = span->unswept ? span->mark_bits : span->alloc_bits;
    uint64_t first = page_round_down(bits), last = page_round_down(bits + span->count / 8);
    add_bit_page(program, first, pages);
    if (last != first)
        add_bit_page(program, last, pages);
}

static void add_all(const struct ranges *some, struct ranges *ranges)
{
    for (size_t i = 0; i < some->count; i++)
        ranges_add(ranges, some->items[i].start, some->items[i].end - some->items[i].start);
    ranges->failed |= some->failed;
}

static void add_spans(const struct go_program *program, const struct heap *heap,
                      struct wanted *wanted)
{
    struct bit_pages bits = {0};
    for (size_t i = 0; i < heap->count; i++) {
        const struct span *span = &heap->spans[i];
        add_object_bits(program, span, &bits);
        if (span->noscan)
            continue;
        ranges_add(span->size >= LARGE_SPAN ? &wanted->zeroed : &wanted->whole, span->start,
                   span->size);
        add_arena_bits(program, span, &wanted->whole);
    }
    add_all(&bits.ranges, &wanted->whole);
    ranges_free(&bits.ranges);
}

void wanted_find(const struct go_program *program, const struct heap *heap, struct wanted *wanted)
{
    struct elf_range segment;
    *wanted = (struct wanted){0};
    for (size_t i = 0; elf_file_segment(program->image->executable, i, &segment); i++)
        if (segment.writable)
            add_segment(program, &segment, wanted);
    for (size_t i = 0; i < program->module_count; i++)
        add_module(program, &program->modules[i], &wanted->whole);
    add_spans(program, heap, wanted);
    ranges_join(&wanted->whole);
    ranges_join(&wanted->zeroed);
}

void wanted_free(struct wanted *wanted)
{
    ranges_free(&wanted->whole);
    ranges_free(&wanted->zeroed);
}
