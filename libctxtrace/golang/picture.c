#include "golang/picture.h"

#include "golang/missing_children.h"
#include "golang/threads.h"
#include "image/clock.h"
#include "image/ranges.h"

#include <pthread.h>
#include <stdlib.h>

#define MAX_CHAIN    65536
#define FASTEST_COPY UINT64_C(20) /* bytes in a nanosecond, which no machine copies */
#define ARENA_SIZE   (UINT64_C(64) << 20)
#define ARENA_BASE   UINT64_C(0xffff800000000000)

/* ---- looking at it ---- */

/* What is done with each goroutine while its stack is at hand. */
struct look {
    const struct go_program *program;
    struct picture *picture;
    struct context_search *search; /* NULL: no contexts can be found */
    struct hit_pattern pattern;
    struct heap_cursor cursor;
    struct context_hits hits, more_hits; /* of the thread beside, and of the one that reads */
    int64_t cpu_ns;                      /* processor time for finding them */
    bool anew;
};

static void look_at_stack(void *state, struct goroutine *goroutine)
{
    const struct look *look = state;
    standings_add(&look->picture->standings, look->program, goroutine);
    if (look->search && goroutine->sp >= goroutine->low && goroutine->sp < goroutine->high)
        context_search_range(look->search, goroutine->sp, goroutine->high);
}

static bool begin_look(const struct go_program *program, const struct context_types *types,
                       uint32_t pass, struct picture *picture, struct look *look)
{
    *look = (struct look){.program = program, .picture = picture, .cpu_ns = INT64_MAX};
    if (!standings_begin(&picture->standings))
        return false;
    if (!picture->has_heap || !types->count)
        return true;
    look->pattern = hit_pattern_of(program, types);
    look->search = context_search_begin(program, types, &picture->heap, pass, &picture->contexts);
    return look->search != NULL;
}

static void find_hits(struct look *look, struct context_hits *hits)
{
    context_hits_find(look->program, &look->pattern, &look->picture->heap, &look->cursor,
                      look->cpu_ns, look->anew, hits);
}

static void *look_at_heap(void *state)
{
    struct look *look = state;
    find_hits(look, &look->hits);
    return NULL;
}

/* What the stacks did not tell of contexts. */
static bool end_look(struct look *look)
{
    bool good = !look->picture->standings.failed;
    if (!look->search)
        return good;
    context_search_globals(look->search);
    context_search_hits(look->search, &look->hits);
    context_search_hits(look->search, &look->more_hits);
    context_hits_free(&look->hits);
    context_hits_free(&look->more_hits);
    return context_search_end(look->search) && good;
}

/* The heap is looked through in a thread beside the goroutines, and in this one behind them. */
static bool look_at_all(struct look *look)
{
    pthread_t thread;
    const struct goroutine_looker looker = {look_at_stack, look};
    bool has_thread = look->search && pthread_create(&thread, NULL, look_at_heap, look) == 0;
    bool good = goroutines_read(look->program, &looker, &look->picture->goroutines);
    if (look->search && (!has_thread || look->cpu_ns == INT64_MAX))
        find_hits(look, &look->more_hits);
    if (has_thread)
        pthread_join(thread, NULL);
    return good;
}

#define HEAP_TRIES 3

/* The list of spans moves when it grows, perhaps to memory that was not there a moment ago. */
static bool read_heap(const struct go_program *program, struct heap *heap)
{
    struct complaint ignored;
    for (unsigned tries = 0; tries < HEAP_TRIES; tries++) {
        if (tries && !image_refresh(program->image, &ignored))
            return false;
        if (heap_list(program, heap) && heap_arrange(program, heap))
            return true;
        heap_free(heap);
    }
    return false;
}

bool picture_read(const struct go_program *program, const struct context_types *types,
                  struct discovery *discovery, int64_t cpu_ns, struct picture *picture)
{
    struct look look;
    picture->has_heap = read_heap(program, &picture->heap);
    discovery_begin(discovery, picture->taken_ns);
    if (!begin_look(program, types, discovery->pass, picture, &look))
        return false;
    look.anew = true;
    look.cursor = heap_cursor_at(&picture->heap, discovery->next);
    if (discovery->complete_ns)
        look.cpu_ns = cpu_ns;
    bool good = look_at_all(&look);
    if (look.search)
        context_search_known(look.search, &discovery->known);
    uint64_t next = heap_cursor_address(&picture->heap, &look.cursor);
    good = end_look(&look) && good;
    discovery_end(discovery, &picture->contexts, next);
    picture->searched_ns = next ? discovery->complete_ns : discovery->began_ns;
    return good;
}

bool picture_examine(const struct go_program *program, const struct context_types *types,
                     struct picture *picture)
{
    struct look look;
    picture->has_heap = picture->has_heap && heap_arrange(program, &picture->heap);
    if (!begin_look(program, types, 1, picture, &look))
        return false;
    const struct goroutine_looker looker = {look_at_stack, &look};
    goroutines_look(&picture->goroutines, &looker);
    if (look.search)
        look_at_heap(&look);
    if (!end_look(&look))
        return false;
    picture->missing_children = count_missing_children(program, types, &picture->contexts);
    return true;
}

void picture_free(struct picture *picture)
{
    goroutines_free(&picture->goroutines);
    standings_free(&picture->standings);
    contexts_free(&picture->contexts);
    heap_free(&picture->heap);
    *picture = (struct picture){0};
}

/* ---- what a marking needs ---- */

/* The pointer bitmap of a span's part of the arenas, up to Go 1.21. */
static void add_arena_bits(const struct go_program *program, const struct span *span,
                           struct ranges *ranges)
{
    int32_t offset = field_offset(program, ARENA_BITMAP);
    uint64_t table = field_word(program, program->heap, HEAP_ARENAS);
    uint64_t bytes_per_bit_byte = program->minor >= 20 ? 64 : 32;
    if (program->minor >= 22 || offset < 0 || !table)
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

static void add_memory(const struct go_program *program, const struct heap *heap,
                       struct ranges *ranges)
{
    struct elf_range segment;
    /* All of what may be written: Go's own tables can share a page with data. */
    for (size_t i = 0; elf_file_segment(program->image->executable, i, &segment); i++)
        if (segment.writable)
            ranges_add(ranges, segment.address + program->image->bias, segment.size);
    for (size_t i = 0; i < program->module_count; i++) {
        const struct module *module = &program->modules[i];
        ranges_add(ranges, module->noptrdata, module->enoptrdata - module->noptrdata);
        ranges_add(ranges, module->data, module->edata - module->data);
        ranges_add(ranges, module->bss, module->ebss - module->bss);
        ranges_add(ranges, module->noptrbss, module->enoptrbss - module->noptrbss);
        ranges_add(ranges, module->data_mask, module->data_words / 8 + 1);
        ranges_add(ranges, module->bss_mask, module->bss_words / 8 + 1);
    }
    for (size_t i = 0; i < heap->count; i++) {
        if (heap->spans[i].noscan)
            continue;
        ranges_add(ranges, heap->spans[i].start, heap->spans[i].size);
        add_arena_bits(program, &heap->spans[i], ranges);
    }
}

static void add_thread_stacks(const struct go_program *program, const struct goroutines *goroutines,
                              struct ranges *ranges)
{
    struct memory_range stacks[THREAD_STACKS];
    for (size_t i = 0; i < program->image->thread_count; i++) {
        size_t count = thread_stacks(program, goroutines, &program->image->threads[i], stacks);
        for (size_t n = 0; n < count; n++)
            ranges_add(ranges, stacks[n].start, stacks[n].end - stacks[n].start);
    }
}

/* What lies outside of the spans with pointers: channels, and the runtime's notes on objects. */
static void copy_scattered(const struct go_program *program, const struct picture *picture)
{
    for (size_t i = 0; i < picture->goroutines.count; i++) {
        uint64_t sudog = picture->goroutines.items[i].waiting;
        for (unsigned n = 0; sudog && n < MAX_CHAIN; n++) {
            uint64_t channel = field_word(program, sudog, SUDOG_C);
            field_word(program, channel, HCHAN_SENDQ);
            sudog = field_word(program, sudog, SUDOG_WAITLINK);
        }
        field_word(program, picture->goroutines.items[i].address, G_DEFER);
    }
    for (size_t i = 0; i < picture->heap.count; i++) {
        uint64_t special = picture->heap.spans[i].specials;
        for (uint64_t n = 0; special && n < span_max_specials(&picture->heap.spans[i]); n++) {
            memory_at(program->memory, special, 64);
            special = field_word(program, special, SPECIAL_NEXT);
        }
    }
    uint64_t block =
        program->last_finalizers ? memory_word(program->memory, program->last_finalizers) : 0;
    for (unsigned n = 0; block && n < MAX_CHAIN; n++) {
        memory_at(program->memory, block, 4096);
        block = field_word(program, block, FINBLOCK_ALLLINK);
    }
    int32_t all = field_offset(program, CLEANUP_QUEUE_ALL);
    block = program->cleanup_blocks && all >= 0
                ? memory_word(program->memory, program->cleanup_blocks + (uint64_t)all)
                : 0;
    for (unsigned n = 0; block && n < MAX_CHAIN; n++) {
        memory_at(program->memory, block, 512);
        block = field_word(program, block, CLEANUP_BLOCK_ALLLINK);
    }
}

struct stack_copy {
    struct memory *memory;
    uint64_t missing;
};

static void *copy_stacks(void *state)
{
    struct stack_copy *copy = state;
    copy->missing = memory_keep_planned(copy->memory);
    return NULL;
}

/* Stacks are many small ranges, which cost a processor; the heap costs the memory's bandwidth. */
static bool copy_stacks_and_heap(const struct go_program *program, struct picture *picture)
{
    struct stack_copy copy = {.memory = program->memory};
    struct ranges stacks = {0}, heap = {0};
    pthread_t thread;
    goroutines_add_stacks(&picture->goroutines, &stacks);
    ranges_sort(&stacks);
    if (picture->has_heap)
        add_memory(program, &picture->heap, &heap);
    ranges_join(&heap);
    memory_plan_to_keep(program->memory, stacks.items, stacks.count);
    bool has_thread = pthread_create(&thread, NULL, copy_stacks, &copy) == 0;
    picture->uncopied += memory_prefetch(program->memory, heap.items, heap.count);
    if (has_thread)
        pthread_join(thread, NULL);
    else
        copy_stacks(&copy);
    picture->uncopied += copy.missing;
    bool good = !stacks.failed && !heap.failed;
    ranges_free(&stacks);
    ranges_free(&heap);
    return good;
}

bool picture_copy(const struct go_program *program, struct picture *picture)
{
    if (!goroutines_copy(program, &picture->goroutines))
        return false;
    threads_find_asleep(program->image, &picture->goroutines);
    picture->has_heap = heap_list(program, &picture->heap);
    picture->copied = true;
    if (!copy_stacks_and_heap(program, picture))
        return false;
    struct ranges ranges = {0};
    add_thread_stacks(program, &picture->goroutines, &ranges);
    ranges_join(&ranges);
    memory_prefetch(program->memory, ranges.items, ranges.count);
    bool good = !ranges.failed;
    ranges_free(&ranges);
    copy_scattered(program, picture);
    return good;
}

/* What may be asked for again when the picture is told: contexts, and what tasks wait for. */
static bool *spans_to_keep(const struct picture *picture)
{
    bool *keep = calloc(picture->heap.count + 1, sizeof *keep);
    for (size_t i = 0; keep && i < picture->contexts.count; i++) {
        const struct span *span = heap_span_of(&picture->heap, picture->contexts.items[i].address);
        if (span)
            keep[span - picture->heap.spans] = true;
    }
    for (size_t i = 0; keep && i < picture->standings.wait_count; i++) {
        const struct span *span = heap_span_of(&picture->heap, picture->standings.waits[i].address);
        if (span)
            keep[span - picture->heap.spans] = true;
    }
    return keep;
}

void picture_drop(const struct go_program *program, const struct picture *picture)
{
    if (!picture->copied)
        return;
    struct ranges ranges = {0};
    bool *keep = spans_to_keep(picture);
    for (size_t i = 0; keep && i < picture->heap.count; i++)
        if (!keep[i])
            ranges_add(&ranges, picture->heap.spans[i].start, picture->heap.spans[i].size);
    ranges_join(&ranges);
    memory_drop(program->memory, ranges.items, ranges.count);
    memory_keep(program->memory, NULL, 0);
    ranges_free(&ranges);
    free(keep);
}

/* Copies the running program. Of a copy that was too slow the rest is reckoned. */
static int64_t time_of_copy(const struct go_program *program, struct picture *picture,
                            int64_t limit_ns)
{
    uint64_t fetched = memory_fetched(program->memory);
    int64_t begin = now_ns();
    /* This first one also makes our own pages, which takes longer than copying to them does. */
    memory_set_deadline(program->memory, begin + 4 * limit_ns);
    picture_copy(program, picture);
    int64_t needed_ns = now_ns() - begin;
    fetched = memory_fetched(program->memory) - fetched;
    if (memory_set_deadline(program->memory, 0) && fetched)
        needed_ns += (int64_t)((double)needed_ns * (double)picture->uncopied / (double)fetched);
    return needed_ns;
}

int64_t picture_estimate_ns(const struct go_program *program, int64_t limit_ns)
{
    struct picture picture = {0};
    struct ranges ranges = {0};
    if (heap_list(program, &picture.heap))
        add_memory(program, &picture.heap, &ranges);
    ranges_join(&ranges);
    int64_t needed_ns = (int64_t)(ranges_bytes(&ranges) / FASTEST_COPY);
    if (needed_ns <= limit_ns)
        memory_warm(program->memory, ranges.items, ranges.count);
    ranges_free(&ranges);
    picture_free(&picture);
    memory_forget(program->memory);
    if (needed_ns > limit_ns)
        return needed_ns;
    needed_ns = time_of_copy(program, &picture, limit_ns);
    if (needed_ns > limit_ns)
        picture_drop(program, &picture);
    picture_free(&picture);
    memory_forget(program->memory);
    return needed_ns;
}
