#include "golang/capture/capture.h"

#include "base/clock.h"
#include "golang/binary/field.h"
#include "golang/capture/threads.h"
#include "golang/capture/wanted.h"
#include "image/prefetch.h"
#include "image/process.h"

#include <pthread.h>
#include <stdlib.h>

#define CHANNEL_SIZE 96    /* without its elements; it may lie across two pages */
#define MAX_CHAIN    65536 /* of a list that is walked while the program stands still */

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
    for (size_t i = 0; i < program->thread_count; i++)
        thread_add_locals(&program->threads[i], &ranges);
    ranges_join(&ranges);
    memory_prefetch(program->memory, ranges.items, ranges.count);
    ranges_free(&ranges);
}

static void add_thread_stacks(const struct go_program *program, const struct goroutines *goroutines,
                              struct ranges *ranges)
{
    struct memory_range stacks[THREAD_STACKS];
    prefetch_thread_locals(program);
    for (size_t i = 0; i < program->thread_count; i++) {
        size_t count = thread_stacks(program, goroutines, &program->threads[i], stacks);
        for (size_t n = 0; n < count; n++)
            ranges_add(ranges, stacks[n].start, stacks[n].end - stacks[n].start);
    }
}

/* What lies outside of the spans with pointers: channels, and the runtime's notes on objects. */
static void copy_scattered(const struct go_program *program, const struct go_capture *capture)
{
    for (size_t i = 0; i < capture->goroutines.count; i++) {
        uint64_t sudog = capture->goroutines.items[i].waiting;
        for (unsigned n = 0; sudog && n < MAX_CHAIN; n++) {
            uint64_t channel = field_word(program, sudog, SUDOG_C);
            memory_at(program->memory, channel, CHANNEL_SIZE);
            sudog = field_word(program, sudog, SUDOG_WAITLINK);
        }
        field_word(program, capture->goroutines.items[i].address, G_DEFER);
    }
    for (size_t i = 0; i < capture->heap.count; i++) {
        uint64_t special = capture->heap.spans[i].specials;
        for (uint64_t n = 0; special && n < span_max_specials(&capture->heap.spans[i]); n++) {
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
    const struct memory *memory;
    struct packed_ranges *stacks;
};

static void *copy_stacks(void *state)
{
    const struct stack_copy *copy = state;
    packed_ranges_fetch(copy->stacks, copy->memory->source, copy->memory->deadline);
    return NULL;
}

/* Stacks are many small ranges, which cost a processor; the heap costs the memory's bandwidth. */
static bool copy_stacks_and_heap(const struct go_program *program, struct go_capture *capture)
{
    struct stack_copy copy = {.memory = program->memory, .stacks = &capture->stacks};
    struct ranges stacks = {0};
    struct wanted wanted = {0};
    pthread_t thread;
    goroutines_add_stacks(&capture->goroutines, &stacks);
    ranges_sort(&stacks);
    if (capture->has_heap)
        wanted_find(program, &capture->heap, &wanted);
    packed_ranges_plan(&capture->stacks, program->memory->regions, stacks.items, stacks.count);
    bool has_thread = pthread_create(&thread, NULL, copy_stacks, &copy) == 0;
    uint64_t fetched = memory_fetched(program->memory);
    int64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    capture->uncopied += fetch_wanted(program, &wanted);
    capture->bulk_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
    capture->bulk_bytes = memory_fetched(program->memory) - fetched;
    if (has_thread)
        pthread_join(thread, NULL);
    else
        copy_stacks(&copy);
    capture->uncopied += capture->stacks.missing;
    bool good = !stacks.failed && !wanted.whole.failed && !wanted.zeroed.failed;
    ranges_free(&stacks);
    wanted_free(&wanted);
    return good;
}

static bool fill(const struct go_program *program, struct go_capture *capture)
{
    if (!goroutines_copy(program, &capture->goroutines))
        return false;
    threads_find_asleep(program->image, &capture->goroutines);
    capture->has_heap = heap_list(program, &capture->heap);
    if (!copy_stacks_and_heap(program, capture))
        return false;
    struct ranges ranges = {0};
    add_thread_stacks(program, &capture->goroutines, &ranges);
    ranges_join(&ranges);
    memory_prefetch(program->memory, ranges.items, ranges.count);
    bool good = !ranges.failed;
    ranges_free(&ranges);
    copy_scattered(program, capture);
    return good;
}

bool capture_fill(const struct go_program *program, struct go_capture *capture)
{
    struct go_program still = *program;
    still.threads = program->image->threads;
    still.thread_count = program->image->thread_count;
    return fill(&still, capture);
}

bool capture_seal(const struct go_program *program, struct go_capture *capture)
{
    struct memory *sealed = memory_seal(program->memory, &capture->stacks);
    if (!sealed)
        return false;
    capture->program = go_program_through(program, sealed);
    capture->program.threads = program->image->threads;
    capture->program.thread_count = program->image->thread_count;
    if (program->image->live)
        capture->threads = process_take_threads(program->image);
    return true;
}

bool capture_core(const struct go_program *program, struct go_capture *capture)
{
    return capture_fill(program, capture) && capture_seal(program, capture);
}

void capture_empty(struct go_capture *capture)
{
    struct packed_ranges room = capture->stacks;
    if (capture_is_sealed(capture))
        memory_unseal(capture->program.memory, capture->program.image->memory, &room);
    free(capture->threads);
    goroutines_free(&capture->goroutines);
    heap_free(&capture->heap);
    *capture = (struct go_capture){.stacks = room};
}

void capture_free(struct go_capture *capture)
{
    capture_empty(capture);
    packed_ranges_free(&capture->stacks);
}
