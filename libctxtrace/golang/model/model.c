#include "golang/model/model.h"

#include "base/clock.h"
#include "golang/model/missing_children.h"
#include "golang/model/threads.h"
#include "image/ranges.h"
#include "image/urgency.h"

#include <pthread.h>
#include <stdlib.h>

#define MAX_CHAIN 65536

/* ---- looking at it ---- */

/* What is done with each goroutine while its stack is at hand. */
struct look {
    const struct go_program *program;
    struct model *model;
    struct context_search *search; /* NULL: no contexts can be found */
    struct candidate_pattern pattern;
    struct heap_cursor cursor;
    struct context_candidates candidates,
        more_candidates; /* of the thread beside, and of the one that reads */
    int64_t cpu_ns;      /* processor time for finding them */
    bool anew;
};

static void look_at_stack(void *state, struct goroutine *goroutine)
{
    const struct look *look = state;
    goroutine_stacks_add(&look->model->stacks, look->program, goroutine);
    if (look->search && goroutine->sp >= goroutine->low && goroutine->sp < goroutine->high)
        context_search_range(look->search, goroutine->sp, goroutine->high);
}

static bool begin_look(const struct go_program *program, const struct context_types *types,
                       uint32_t pass, struct model *model, struct look *look)
{
    *look = (struct look){.program = program, .model = model, .cpu_ns = INT64_MAX};
    if (!goroutine_stacks_begin(&model->stacks))
        return false;
    if (!model->has_heap || !types->count)
        return true;
    look->pattern = candidate_pattern_of(program, types);
    look->search = context_search_begin(program, types, &model->heap, pass, &model->contexts);
    return look->search != NULL;
}

static void find_candidates(struct look *look, struct context_candidates *candidates)
{
    context_candidates_find(look->program, &look->pattern, &look->model->heap, &look->cursor,
                            look->cpu_ns, look->anew, candidates);
}

static void *look_at_heap(void *state)
{
    struct look *look = state;
    find_candidates(look, &look->candidates);
    return NULL;
}

/* What the stacks did not tell of contexts. */
static bool end_look(struct look *look)
{
    bool good = !look->model->stacks.failed;
    if (!look->search)
        return good;
    context_search_globals(look->search);
    context_search_candidates(look->search, &look->candidates);
    context_search_candidates(look->search, &look->more_candidates);
    context_candidates_free(&look->candidates);
    context_candidates_free(&look->more_candidates);
    return context_search_end(look->search) && good;
}

/* The heap is looked through in a thread beside the goroutines, and in this one behind them. */
static bool look_at_all(struct look *look)
{
    pthread_t thread;
    const struct goroutine_looker looker = {look_at_stack, look};
    bool has_thread = look->search && pthread_create(&thread, NULL, look_at_heap, look) == 0;
    bool good = goroutines_read(look->program, &looker, &look->model->goroutines);
    if (look->search && (!has_thread || look->cpu_ns == INT64_MAX))
        find_candidates(look, &look->more_candidates);
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

bool model_read(const struct go_program *program, const struct context_types *types,
                struct incremental_scan *scan, int64_t cpu_ns, struct model *model)
{
    struct look look;
    model->has_heap = read_heap(program, &model->heap);
    incremental_scan_begin(scan, model->taken_ns);
    if (!begin_look(program, types, scan->pass, model, &look))
        return false;
    look.anew = true;
    look.cursor = heap_cursor_at(&model->heap, scan->next);
    if (scan->complete_ns)
        look.cpu_ns = cpu_ns;
    bool good = look_at_all(&look);
    if (look.search)
        context_search_known(look.search, &scan->known);
    uint64_t next = heap_cursor_address(&model->heap, &look.cursor);
    good = end_look(&look) && good;
    incremental_scan_end(scan, &model->contexts, next);
    model->searched_ns = next ? scan->complete_ns : scan->began_ns;
    return good;
}

bool model_examine(const struct go_program *program, const struct context_types *types,
                   struct model *model)
{
    struct look look;
    model->has_heap = model->has_heap && heap_arrange(program, &model->heap);
    if (!begin_look(program, types, 1, model, &look))
        return false;
    const struct goroutine_looker looker = {look_at_stack, &look};
    goroutines_look(&model->goroutines, &looker);
    if (look.search)
        look_at_heap(&look);
    if (!end_look(&look))
        return false;
    model->missing_children = count_missing_children(program, types, &model->contexts);
    return true;
}

void model_free(struct model *model)
{
    goroutines_free(&model->goroutines);
    goroutine_stacks_free(&model->stacks);
    contexts_free(&model->contexts);
    heap_free(&model->heap);
    strings_free(&model->texts);
    *model = (struct model){0};
}

/* ---- what a marking needs ---- */

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

#define PAGE UINT64_C(4096)

/*
 * How much of variables without pointers is copied. The linker sorts them by size, so that this is
 * all but the large ones, which no marking reads: Go >= 1.26 alone has 32 MB of them in nearly
 * every program.
 */
#define WITHOUT_POINTERS (UINT64_C(1) << 20)
#define LARGE_SPAN       (UINT64_C(1) << 20)

/* What is copied of memory other than stacks. */
struct wanted {
    struct ranges whole;
    struct ranges zeroed; /* zero where nothing was ever written to them */
};

static void free_wanted(struct wanted *wanted)
{
    ranges_free(&wanted->whole);
    ranges_free(&wanted->zeroed);
}

/* The whole pages of variables without pointers that are left out. */
static struct memory_range left_out(uint64_t start, uint64_t end)
{
    if (end - start <= WITHOUT_POINTERS || end < start)
        return (struct memory_range){0, 0};
    return (struct memory_range){(start + WITHOUT_POINTERS + PAGE - 1) & ~(PAGE - 1),
                                 end & ~(PAGE - 1)};
}

/* The first that is left out from `at` on, of all modules; it begins and ends at `end` if none is.
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
    uint64_t in_file = (start + segment->file_size + PAGE - 1) & ~(PAGE - 1);
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

static void add_spans(const struct go_program *program, const struct heap *heap,
                      struct wanted *wanted)
{
    for (size_t i = 0; i < heap->count; i++) {
        const struct span *span = &heap->spans[i];
        if (span->noscan)
            continue;
        ranges_add(span->size >= LARGE_SPAN ? &wanted->zeroed : &wanted->whole, span->start,
                   span->size);
        add_arena_bits(program, span, &wanted->whole);
    }
}

static void want_memory(const struct go_program *program, const struct heap *heap,
                        struct wanted *wanted)
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

static uint64_t fetch_wanted(const struct go_program *program, const struct wanted *wanted)
{
    uint64_t unread = memory_prefetch(program->memory, wanted->whole.items, wanted->whole.count);
    return unread +
           memory_prefetch_present(program->memory, wanted->zeroed.items, wanted->zeroed.count);
}

/* What tells who they are is on a page of its own for each. */
static void prefetch_thread_locals(const struct go_program *program)
{
    struct ranges ranges = {0};
    for (size_t i = 0; i < program->image->thread_count; i++)
        thread_add_locals(&program->image->threads[i], &ranges);
    ranges_join(&ranges);
    memory_prefetch(program->memory, ranges.items, ranges.count);
    ranges_free(&ranges);
}

static void add_thread_stacks(const struct go_program *program, const struct goroutines *goroutines,
                              struct ranges *ranges)
{
    struct memory_range stacks[THREAD_STACKS];
    prefetch_thread_locals(program);
    for (size_t i = 0; i < program->image->thread_count; i++) {
        size_t count = thread_stacks(program, goroutines, &program->image->threads[i], stacks);
        for (size_t n = 0; n < count; n++)
            ranges_add(ranges, stacks[n].start, stacks[n].end - stacks[n].start);
    }
}

/* What lies outside of the spans with pointers: channels, and the runtime's notes on objects. */
static void copy_scattered(const struct go_program *program, const struct model *model)
{
    for (size_t i = 0; i < model->goroutines.count; i++) {
        uint64_t sudog = model->goroutines.items[i].waiting;
        for (unsigned n = 0; sudog && n < MAX_CHAIN; n++) {
            uint64_t channel = field_word(program, sudog, SUDOG_C);
            field_word(program, channel, HCHAN_SENDQ);
            sudog = field_word(program, sudog, SUDOG_WAITLINK);
        }
        field_word(program, model->goroutines.items[i].address, G_DEFER);
    }
    for (size_t i = 0; i < model->heap.count; i++) {
        uint64_t special = model->heap.spans[i].specials;
        for (uint64_t n = 0; special && n < span_max_specials(&model->heap.spans[i]); n++) {
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
static bool copy_stacks_and_heap(const struct go_program *program, struct model *model)
{
    struct stack_copy copy = {.memory = program->memory};
    struct ranges stacks = {0};
    struct wanted wanted = {0};
    pthread_t thread;
    goroutines_add_stacks(&model->goroutines, &stacks);
    ranges_sort(&stacks);
    if (model->has_heap)
        want_memory(program, &model->heap, &wanted);
    memory_plan_to_keep(program->memory, stacks.items, stacks.count);
    bool has_thread = pthread_create(&thread, NULL, copy_stacks, &copy) == 0;
    uint64_t fetched = memory_fetched(program->memory);
    int64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    model->uncopied += fetch_wanted(program, &wanted);
    model->bulk_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
    model->bulk_bytes = memory_fetched(program->memory) - fetched;
    if (has_thread)
        pthread_join(thread, NULL);
    else
        copy_stacks(&copy);
    model->uncopied += copy.missing;
    bool good = !stacks.failed && !wanted.whole.failed && !wanted.zeroed.failed;
    ranges_free(&stacks);
    free_wanted(&wanted);
    return good;
}

bool model_copy(const struct go_program *program, struct model *model)
{
    if (!goroutines_copy(program, &model->goroutines))
        return false;
    threads_find_asleep(program->image, &model->goroutines);
    model->has_heap = heap_list(program, &model->heap);
    model->copied = true;
    if (!copy_stacks_and_heap(program, model))
        return false;
    struct ranges ranges = {0};
    add_thread_stacks(program, &model->goroutines, &ranges);
    ranges_join(&ranges);
    memory_prefetch(program->memory, ranges.items, ranges.count);
    bool good = !ranges.failed;
    ranges_free(&ranges);
    copy_scattered(program, model);
    return good;
}

void model_drop(const struct go_program *program, const struct model *model)
{
    if (!model->copied)
        return;
    struct ranges ranges = {0};
    for (size_t i = 0; i < model->heap.count; i++)
        ranges_add(&ranges, model->heap.spans[i].start, model->heap.spans[i].size);
    ranges_join(&ranges);
    memory_drop(program->memory, ranges.items, ranges.count);
    memory_keep(program->memory, NULL, 0);
    ranges_free(&ranges);
}

/* ---- how long it will take ---- */

#define MUCH_TOO_LONG    4                     /* limits */
#define ENOUGH_TO_RECKON UINT64_C(1 << 20)     /* bytes */
#define SLOWEST_COPY     (UINT64_C(100) << 20) /* bytes in a second */

/* Of a copy that was broken off: by how fast memory came. A few bytes say nothing about that. */
static int64_t time_of_rest(const struct model *model)
{
    double rate = (double)SLOWEST_COPY / 1e9;
    if (model->bulk_bytes >= ENOUGH_TO_RECKON && model->bulk_ns)
        rate = (double)model->bulk_bytes / (double)model->bulk_ns;
    if (rate < (double)SLOWEST_COPY / 1e9)
        rate = (double)SLOWEST_COPY / 1e9;
    return (int64_t)((double)model->uncopied / rate);
}

/*
 * Copies the running program for as long as the limit. How long that takes depends on who else
 * wants the processors, and in the pause we shall be urgent, if we may; while the program runs it
 * should not wait for us. So what counts is our own processor time, where we may be urgent.
 */
static int64_t time_of_copy(const struct go_program *program, struct model *model, int64_t limit_ns)
{
    clockid_t clock = urgency_is_permitted() ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
    int64_t begin = clock_ns(clock);
    memory_set_deadline(program->memory, now_ns() + limit_ns);
    model_copy(program, model);
    bool late = memory_set_deadline(program->memory, 0);
    return clock_ns(clock) - begin + (late ? time_of_rest(model) : 0);
}

#define SAMPLE (UINT64_C(4) << 20)

/* The first few of these ranges, which lie ascending and apart. */
static size_t sample_of(const struct ranges *ranges, struct memory_range sample[], size_t room,
                        uint64_t *bytes)
{
    size_t count = 0;
    *bytes = 0;
    for (; count < ranges->count && count < room && *bytes < SAMPLE; count++) {
        sample[count] = ranges->items[count];
        if (sample[count].end - sample[count].start > SAMPLE - *bytes)
            sample[count].end = sample[count].start + (SAMPLE - *bytes);
        *bytes += sample[count].end - sample[count].start;
    }
    return count;
}

/* How long the whole would take at the rate of a part, read twice: the first makes our own pages.
 */
static int64_t extrapolate(const struct go_program *program, const struct ranges *ranges)
{
    struct memory_range sample[256];
    uint64_t bytes;
    size_t count = sample_of(ranges, sample, sizeof sample / sizeof sample[0], &bytes);
    memory_warm(program->memory, sample, count);
    memory_forget(program->memory);
    int64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    memory_prefetch(program->memory, sample, count);
    int64_t took_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
    memory_drop(program->memory, sample, count);
    return bytes ? (int64_t)((double)ranges_bytes(ranges) / (double)bytes * (double)took_ns) : 0;
}

/*
 * Makes our own pages, which would take longer than copying to them does; unless the copy would by
 * far take too long. Returns how long it would take then, else 0.
 */
static int64_t warm(const struct go_program *program, int64_t limit_ns)
{
    struct model model = {0};
    struct wanted wanted = {0};
    if (heap_list(program, &model.heap))
        want_memory(program, &model.heap, &wanted);
    int64_t needed_ns = extrapolate(program, &wanted.whole);
    if (needed_ns <= MUCH_TOO_LONG * limit_ns) {
        memory_warm(program->memory, wanted.whole.items, wanted.whole.count);
        needed_ns = 0;
    }
    free_wanted(&wanted);
    model_free(&model);
    memory_forget(program->memory);
    return needed_ns;
}

#define REHEARSALS 2

/*
 * What else goes on on the machine makes a rehearsal longer, and never shorter. So one that was too
 * long is held once more, unless it was by far; it costs the program nothing.
 */
int64_t model_estimate_ns(const struct go_program *program, int64_t limit_ns)
{
    int64_t shortest_ns = warm(program, limit_ns);
    if (shortest_ns)
        return shortest_ns;
    shortest_ns = INT64_MAX;
    for (unsigned held = 1; shortest_ns > limit_ns; held++) {
        struct model model = {0};
        int64_t needed_ns = time_of_copy(program, &model, limit_ns);
        shortest_ns = needed_ns < shortest_ns ? needed_ns : shortest_ns;
        bool is_last = held == REHEARSALS || shortest_ns > MUCH_TOO_LONG * limit_ns;
        if (shortest_ns > limit_ns && is_last)
            model_drop(program, &model);
        model_free(&model);
        memory_forget(program->memory);
        if (is_last)
            break;
    }
    return shortest_ns;
}
