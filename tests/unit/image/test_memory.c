/* The memory of a foreign program: what is fetched when, what stays, what cannot be read. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "image/memory.h"
#include "image/prefetch.h"
#include "image/ranges.h"
#include "image/reread.h"

#define PAGE  4096
#define BASE  UINT64_C(0x10000)
#define PAGES 64
#define HOLE  40 /* this page cannot be read */

static unsigned char program[PAGES * PAGE];
static _Atomic unsigned fetches;
static _Atomic uint64_t bytes;
static int64_t slow_ns; /* how long each fetching takes */

static void fetch(void *state, const struct memory_range *ranges, void *const *local, size_t *read,
                  size_t count)
{
    (void)state;
    fetches++;
    if (slow_ns)
        nanosleep(&(struct timespec){0, slow_ns}, NULL);
    for (size_t i = 0; i < count; i++) {
        uint64_t start = ranges[i].start - BASE, end = ranges[i].end - BASE;
        const uint64_t hole = (uint64_t)HOLE * PAGE;
        if (start < hole + PAGE && end > hole)
            end = start < hole ? hole : start;
        memcpy(local[i], program + start, end - start);
        read[i] = end - start;
        bytes += end - start;
    }
}

static const struct memory_backend backend = {.fetch = fetch};

/* Pages 0 to 15 are constant, 16 to 63 can be written; they touch. */
static void describe(struct memory *memory)
{
    memory_begin_regions(memory);
    memory_add_region(memory, BASE, BASE + 16 * PAGE, false);
    memory_add_region(memory, BASE + 16 * PAGE, BASE + PAGES * PAGE, true);
    assert_true(memory_end_regions(memory));
}

static int start(void **state)
{
    for (size_t i = 0; i < sizeof program; i++)
        program[i] = (unsigned char)(i * 7 + i / PAGE);
    fetches = 0;
    bytes = 0;
    slow_ns = 0;
    *state = memory_new(&backend, NULL);
    describe(*state);
    return 0;
}

static int stop(void **state)
{
    memory_free(*state);
    return 0;
}

static void test_reads_across_regions(void **state)
{
    const void *found = memory_at(*state, BASE + 16 * PAGE - 20, 40);
    assert_non_null(found);
    assert_memory_equal(found, program + 16 * PAGE - 20, 40);
}

static void test_nothing_outside(void **state)
{
    uint64_t word = 1;
    assert_null(memory_at(*state, BASE - 1, 1));
    assert_null(memory_at(*state, BASE + PAGES * PAGE, 1));
    assert_null(memory_at(*state, BASE + PAGES * PAGE - 4, 8));
    assert_null(memory_at(*state, BASE, (size_t)-1));
    assert_null(memory_at(*state, UINT64_MAX - 3, 8));
    assert_null(memory_at(*state, BASE, 0));
    assert_false(memory_read(*state, 0, &word, sizeof word));
    assert_int_equal(word, 0);
    assert_int_equal(memory_word(*state, BASE + PAGES * PAGE - 4), 0);
}

static void test_covers_reads_nothing(void **state)
{
    unsigned before = fetches;
    assert_true(memory_covers(*state, BASE, PAGES * PAGE));
    assert_false(memory_covers(*state, BASE, PAGES * PAGE + 1));
    assert_false(memory_covers(*state, BASE - 1, 2));
    assert_false(memory_covers(*state, BASE + 8, UINT64_MAX));
    assert_int_equal(fetches, before);
}

static void test_hole_hides_only_itself(void **state)
{
    assert_null(memory_at(*state, BASE + HOLE * PAGE + 8, 8));
    assert_non_null(memory_at(*state, BASE + (HOLE - 1) * PAGE, PAGE));
    assert_non_null(memory_at(*state, BASE + (HOLE + 1) * PAGE, PAGE));
    assert_null(memory_at(*state, BASE + (HOLE - 1) * PAGE, 2 * PAGE));
}

static void test_what_was_read_does_not_change(void **state)
{
    uint64_t address = BASE + 20 * PAGE;
    unsigned char before = memory_u8(*state, address);
    program[20 * PAGE]++;
    assert_int_equal(memory_u8(*state, address), before);
    memory_forget(*state);
    assert_int_equal(memory_u8(*state, address), (unsigned char)(before + 1));
}

static void test_constant_pages_are_not_read_again(void **state)
{
    memory_u8(*state, BASE);
    unsigned before = fetches;
    memory_forget(*state);
    memory_u8(*state, BASE);
    describe(*state);
    memory_u8(*state, BASE);
    assert_int_equal(fetches, before);
}

static void test_describing_anew_forgets_what_can_be_written(void **state)
{
    uint64_t address = BASE + 20 * PAGE;
    unsigned char before = memory_u8(*state, address);
    program[20 * PAGE]++;
    describe(*state);
    assert_int_equal(memory_u8(*state, address), (unsigned char)(before + 1));
}

static void test_frozen_reads_nothing_new_that_can_be_written(void **state)
{
    memory_u8(*state, BASE + 16 * PAGE);
    memory_freeze(*state, true);
    assert_non_null(memory_at(*state, BASE + 16 * PAGE, 8));
    assert_non_null(memory_at(*state, BASE + 8 * PAGE, 8));
    assert_null(memory_at(*state, BASE + 60 * PAGE, 8));
    memory_freeze(*state, false);
    assert_non_null(memory_at(*state, BASE + 60 * PAGE, 8));
}

static void test_prefetch_reads_once_and_tells_what_it_could_not(void **state)
{
    struct ranges ranges = {0};
    ranges_add(&ranges, BASE + 30 * PAGE + 100, 50);
    ranges_add(&ranges, BASE + 30 * PAGE + 10, 5000);
    ranges_add(&ranges, BASE + (HOLE - 1) * PAGE, 3 * PAGE);
    ranges_add(&ranges, BASE + 100 * PAGE, PAGE);
    ranges_join(&ranges);
    assert_int_equal(ranges.count, 3);
    assert_int_equal(memory_prefetch(*state, ranges.items, ranges.count), 2 * PAGE + PAGE);
    uint64_t before = bytes;
    memory_prefetch(*state, ranges.items, 1);
    assert_int_equal(bytes, before);
    ranges_free(&ranges);
}

static void test_reread_sees_what_is_there_now(void **state)
{
    uint64_t address = BASE + 20 * PAGE;
    unsigned char now;
    void *local = &now;
    bool good;
    unsigned char before = memory_u8(*state, address);
    program[20 * PAGE]++;
    memory_reread(*state, &address, 1, &local, &good, 1);
    assert_true(good);
    assert_int_equal(now, (unsigned char)(before + 1));
}

/* ---- windows ---- */

/* Pages from first to behind last, as a window wants them. */
static struct memory_range pages(uint64_t first, uint64_t behind)
{
    return (struct memory_range){BASE + first * PAGE, BASE + behind * PAGE};
}

static void test_a_window_is_at_hand(void **state)
{
    const struct memory_range ranges[] = {pages(20, 21), pages(30, 33)};
    memory_window(*state, ranges, 2);
    unsigned before = fetches;
    assert_int_equal(before, 1);
    assert_int_equal(bytes, 4 * PAGE);
    /* Upwards, and back again. */
    for (uint64_t address = BASE + 30 * PAGE; address < BASE + 33 * PAGE; address += 512)
        assert_memory_equal(memory_at(*state, address, 512), program + (address - BASE), 512);
    assert_memory_equal(memory_at(*state, BASE + 20 * PAGE + 1, 100), program + 20 * PAGE + 1, 100);
    assert_memory_equal(memory_at(*state, BASE + 30 * PAGE, 3 * PAGE), program + 30 * PAGE,
                        3 * PAGE);
    assert_int_equal(fetches, before);
}

static void test_what_is_beside_a_window_is_read_as_ever(void **state)
{
    const struct memory_range range = pages(20, 21);
    memory_window(*state, &range, 1);
    assert_memory_equal(memory_at(*state, BASE + 21 * PAGE - 8, 16), program + 21 * PAGE - 8, 16);
    assert_memory_equal(memory_at(*state, BASE + 20 * PAGE - 8, 16), program + 20 * PAGE - 8, 16);
    assert_null(memory_at(*state, BASE + 20 * PAGE, (size_t)-1));
    assert_int_equal(memory_word(*state, BASE - 8), 0);
}

static void test_a_window_keeps_nothing(void **state)
{
    const uint64_t address = BASE + 20 * PAGE;
    const struct memory_range range = pages(20, 21);
    memory_window(*state, &range, 1);
    unsigned char before = memory_u8(*state, address);
    program[20 * PAGE]++;
    assert_int_equal(memory_u8(*state, address), before);
    memory_window(*state, NULL, 0);
    assert_int_equal(memory_u8(*state, address), (unsigned char)(before + 1));
}

static void test_the_next_window_ends_the_former(void **state)
{
    const uint64_t address = BASE + 20 * PAGE;
    const struct memory_range first = pages(20, 21), second[] = {pages(30, 31), pages(32, 34)};
    memory_window(*state, &first, 1);
    unsigned char before = memory_u8(*state, address);
    program[20 * PAGE]++;
    memory_window(*state, second, 2);
    assert_int_equal(memory_u8(*state, address), (unsigned char)(before + 1));
    assert_int_equal(memory_u8(*state, BASE + 33 * PAGE), program[33 * PAGE]);
}

/* The picture that is there already is not mixed with a newer one. */
static void test_what_is_kept_wins_over_a_window(void **state)
{
    const uint64_t address = BASE + 20 * PAGE;
    const struct memory_range range = pages(20, 21);
    unsigned char before = memory_u8(*state, address);
    program[20 * PAGE]++;
    unsigned fetched = fetches;
    memory_window(*state, &range, 1);
    assert_int_equal(memory_u8(*state, address), before);
    assert_int_equal(fetches, fetched);
}

static void test_a_frozen_memory_has_no_window(void **state)
{
    const struct memory_range range = pages(60, 61);
    memory_freeze(*state, true);
    memory_window(*state, &range, 1);
    memory_keep(*state, &range, 1);
    assert_int_equal(fetches, 0);
    assert_null(memory_at(*state, BASE + 60 * PAGE, 8));
    memory_freeze(*state, false);
    assert_non_null(memory_at(*state, BASE + 60 * PAGE, 8));
}

static void test_a_hole_shortens_a_window(void **state)
{
    const struct memory_range ranges[] = {pages(HOLE - 1, HOLE + 2), pages(HOLE + 10, HOLE + 11)};
    memory_window(*state, ranges, 2);
    unsigned before = fetches;
    assert_memory_equal(memory_at(*state, BASE + (HOLE - 1) * PAGE, PAGE),
                        program + (HOLE - 1) * PAGE, PAGE);
    assert_memory_equal(memory_at(*state, BASE + (HOLE + 10) * PAGE, PAGE),
                        program + (HOLE + 10) * PAGE, PAGE);
    assert_int_equal(fetches, before);
    assert_null(memory_at(*state, BASE + HOLE * PAGE, 8));
    assert_null(memory_at(*state, BASE + HOLE * PAGE - 4, 8));
    assert_memory_equal(memory_at(*state, BASE + (HOLE + 1) * PAGE, PAGE),
                        program + (HOLE + 1) * PAGE, PAGE);
}

static void test_a_window_leaves_out_what_is_in_no_region(void **state)
{
    const struct memory_range ranges[] = {{BASE - 2 * PAGE, BASE - PAGE},
                                          pages(20, 21),
                                          pages(PAGES - 1, PAGES + 1),
                                          pages(PAGES + 9, PAGES + 10)};
    memory_window(*state, ranges, 4);
    assert_int_equal(bytes, PAGE);
    assert_int_equal(memory_u8(*state, BASE + 20 * PAGE), program[20 * PAGE]);
    assert_null(memory_at(*state, BASE - 2 * PAGE, 8));
    assert_null(memory_at(*state, BASE + (PAGES + 9) * PAGE, 8));
}

/* More of them than one call of the backend takes, of which some cannot be read. */
static void test_a_window_of_very_many(void **state)
{
    struct memory_range ranges[600];
    size_t count = 0;
    for (uint64_t at = 20 * PAGE; count < 600; at += 256)
        ranges[count++] = (struct memory_range){BASE + at, BASE + at + 8};
    memory_keep(*state, ranges, count);
    unsigned before = fetches;
    for (size_t i = 0; i < count; i++) {
        uint64_t page = (ranges[i].start - BASE) / PAGE;
        if (page != HOLE)
            assert_memory_equal(memory_at(*state, ranges[i].start, 8),
                                program + (ranges[i].start - BASE), 8);
    }
    assert_int_equal(fetches, before);
    assert_int_equal(bytes, (600 - PAGE / 256) * 8);
}

/* ---- keeping by the byte ---- */

static void test_kept_by_the_byte(void **state)
{
    const uint64_t odd = BASE + 20 * PAGE + 13;
    const struct memory_range ranges[] = {{odd, odd + 7}, {BASE + 30 * PAGE + 5, BASE + 31 * PAGE}};
    memory_keep(*state, ranges, 2);
    assert_int_equal(bytes, 7 + PAGE - 5);
    program[20 * PAGE + 13] ^= 1;
    program[31 * PAGE - 1] ^= 1;
    unsigned before = fetches;
    assert_int_equal(memory_u8(*state, odd), program[20 * PAGE + 13] ^ 1);
    assert_int_equal(memory_u8(*state, BASE + 31 * PAGE - 1), program[31 * PAGE - 1] ^ 1);
    assert_memory_equal(memory_at(*state, odd + 1, 6), program + 20 * PAGE + 14, 6);
    assert_int_equal(fetches, before);
    /* It outlives windows, and being frozen. */
    const struct memory_range window = pages(20, 21);
    memory_window(*state, &window, 1);
    memory_freeze(*state, true);
    assert_int_equal(memory_u8(*state, odd), program[20 * PAGE + 13] ^ 1);
    memory_freeze(*state, false);
    memory_window(*state, NULL, 0);
    assert_int_equal(memory_u8(*state, odd), program[20 * PAGE + 13] ^ 1);
}

static void *keep_planned(void *memory)
{
    memory_keep_planned(memory);
    return NULL;
}

/* Also where both read of the same pages. */
static void test_a_plan_is_kept_beside_a_prefetch(void **state)
{
    const struct memory_range ahead = {BASE + 16 * PAGE, BASE + 40 * PAGE};
    struct memory_range ranges[300];
    for (size_t i = 0; i < 300; i++)
        ranges[i] =
            (struct memory_range){BASE + 20 * PAGE + i * 200, BASE + 20 * PAGE + i * 200 + 100};
    for (int round = 0; round < 20; round++) {
        pthread_t thread;
        memory_forget(*state);
        bytes = 0;
        memory_plan_to_keep(*state, ranges, 300);
        assert_int_equal(bytes, 0);
        assert_int_equal(pthread_create(&thread, NULL, keep_planned, *state), 0);
        assert_int_equal(memory_prefetch(*state, &ahead, 1), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(bytes, 300 * 100 + 24 * PAGE);
        for (size_t i = 0; i < 300; i++)
            assert_memory_equal(memory_at(*state, ranges[i].start, 100),
                                program + (ranges[i].start - BASE), 100);
    }
    memory_plan_to_keep(*state, ranges, 300);
    memory_plan_to_keep(*state, NULL, 0);
    memory_keep_planned(*state);
    assert_memory_equal(memory_at(*state, ranges[0].start, 100), program + 20 * PAGE, 100);
}

static void test_copies_are_aligned_as_addresses_are(void **state)
{
    struct memory_range ranges[40];
    for (uint64_t i = 0; i < 40; i++)
        ranges[i] =
            (struct memory_range){BASE + 20 * PAGE + i * 101, BASE + 20 * PAGE + i * 101 + 100};
    memory_keep(*state, ranges, 40);
    unsigned before = fetches;
    for (size_t i = 0; i < 40; i++) {
        uintptr_t at = (uintptr_t)memory_at(*state, ranges[i].start, 100);
        assert_int_equal(at % 16, ranges[i].start % 16);
        assert_memory_equal((const void *)at, program + (ranges[i].start - BASE), 100);
    }
    assert_int_equal(fetches, before);
}

/* The page that it lies on can be read later for something beside it. */
static void test_what_is_kept_by_the_byte_does_not_change(void **state)
{
    const uint64_t address = BASE + 20 * PAGE + 100;
    const struct memory_range ranges[] = {{address, address + 8},
                                          {address + 50, address + 60},
                                          {address + PAGE - 4, address + 2 * PAGE}};
    memory_keep(*state, ranges, 3);
    for (size_t i = 20 * PAGE; i < 23 * PAGE; i++)
        program[i] ^= 1;
    assert_int_equal(memory_u8(*state, address + 20), program[20 * PAGE + 120]);
    assert_int_equal(memory_u8(*state, address), program[20 * PAGE + 100] ^ 1);
    assert_int_equal(memory_u8(*state, address + 7), program[20 * PAGE + 107] ^ 1);
    assert_int_equal(memory_u8(*state, address + 8), program[20 * PAGE + 108]);
    assert_int_equal(memory_u8(*state, address + 49), program[20 * PAGE + 149]);
    assert_int_equal(memory_u8(*state, address + 50), program[20 * PAGE + 150] ^ 1);
    assert_int_equal(memory_u8(*state, address + PAGE), program[21 * PAGE + 100] ^ 1);
    assert_int_equal(memory_u8(*state, address + 2 * PAGE), program[22 * PAGE + 100]);
    memory_forget(*state);
    assert_int_equal(memory_u8(*state, address), program[20 * PAGE + 100]);
}

static void test_the_next_kept_take_their_place(void **state)
{
    const uint64_t address = BASE + 20 * PAGE + 100;
    const struct memory_range first = {address, address + 8}, second = {address + 50, address + 80};
    memory_keep(*state, &first, 1);
    program[20 * PAGE + 100] ^= 1;
    program[20 * PAGE + 150] ^= 1;
    memory_keep(*state, &second, 1);
    assert_int_equal(memory_u8(*state, address), program[20 * PAGE + 100]);
    assert_int_equal(memory_u8(*state, address + 50), program[20 * PAGE + 150]);
    memory_keep(*state, NULL, 0);
    assert_int_equal(memory_u8(*state, address + 50), program[20 * PAGE + 150]);
}

static void test_forgetting_forgets_what_is_kept(void **state)
{
    const uint64_t address = BASE + 20 * PAGE + 100;
    const struct memory_range range = {address, address + 8};
    memory_keep(*state, &range, 1);
    program[20 * PAGE + 100] ^= 1;
    assert_int_equal(memory_u8(*state, address), program[20 * PAGE + 100] ^ 1);
    memory_forget(*state);
    assert_int_equal(memory_u8(*state, address), program[20 * PAGE + 100]);
}

static void test_describing_anew_forgets_what_is_kept_or_at_hand(void **state)
{
    const uint64_t kept = BASE + 20 * PAGE + 100, at_hand = BASE + 30 * PAGE;
    const struct memory_range range = {kept, kept + 8}, window = pages(30, 31);
    memory_keep(*state, &range, 1);
    memory_window(*state, &window, 1);
    program[20 * PAGE + 100] ^= 1;
    program[30 * PAGE] ^= 1;
    assert_int_equal(memory_u8(*state, kept), program[20 * PAGE + 100] ^ 1);
    assert_int_equal(memory_u8(*state, at_hand), program[30 * PAGE] ^ 1);
    describe(*state);
    assert_int_equal(memory_u8(*state, kept), program[20 * PAGE + 100]);
    assert_int_equal(memory_u8(*state, at_hand), program[30 * PAGE]);
}

/* ---- giving back ---- */

static void test_what_was_dropped_is_read_anew(void **state)
{
    const struct memory_range ranges[] = {pages(10, 11), pages(20, 22)};
    const struct memory_range all = pages(0, HOLE);
    memory_prefetch(*state, &all, 1);
    for (unsigned page = 0; page < HOLE; page++)
        program[page * PAGE]++;
    uint64_t before = bytes;
    memory_drop(*state, ranges, 2);
    for (unsigned page = 0; page < HOLE; page++) {
        bool dropped = page == 10 || page == 20 || page == 21;
        unsigned char now = program[page * PAGE];
        assert_int_equal(memory_u8(*state, BASE + page * PAGE),
                         dropped ? now : (unsigned char)(now - 1));
    }
    assert_int_equal(bytes - before, 3 * PAGE);
}

/* ---- the deadline ---- */

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void test_nothing_is_read_behind_the_deadline(void **state)
{
    const struct memory_range range = pages(50, 52);
    unsigned char before = memory_u8(*state, BASE + 20 * PAGE);
    unsigned fetched = fetches;
    assert_false(memory_set_deadline(*state, now_ns() - 1));
    assert_null(memory_at(*state, BASE + 60 * PAGE, 8));
    assert_int_equal(memory_prefetch(*state, &range, 1), 2 * PAGE);
    memory_window(*state, &range, 1);
    memory_keep(*state, &range, 1);
    assert_null(memory_at(*state, BASE + 50 * PAGE, 8));
    assert_int_equal(fetches, fetched);
    assert_int_equal(memory_u8(*state, BASE + 20 * PAGE), before);
    assert_true(memory_set_deadline(*state, 0));
    assert_false(memory_set_deadline(*state, 0)); /* it is told once */
    assert_int_equal(memory_u8(*state, BASE + 50 * PAGE), program[50 * PAGE]);
}

static void test_a_deadline_that_was_kept_is_told(void **state)
{
    assert_false(memory_set_deadline(*state, now_ns() + INT64_C(3600000000000)));
    assert_int_equal(memory_u8(*state, BASE + 50 * PAGE), program[50 * PAGE]);
    assert_false(memory_set_deadline(*state, now_ns() - 1));
    /* Nothing was asked for that had to be read. */
    assert_int_equal(memory_u8(*state, BASE + 50 * PAGE), program[50 * PAGE]);
    assert_false(memory_set_deadline(*state, 0));
}

/* One that is over in the middle of a long reading ends it there. */
static void test_the_deadline_ends_a_reading(void **state)
{
    struct memory_range ranges[1024];
    for (size_t i = 0; i < 1024; i++)
        ranges[i] = (struct memory_range){BASE + 20 * PAGE + i * 64, BASE + 20 * PAGE + i * 64 + 8};
    slow_ns = 20000000;
    assert_false(memory_set_deadline(*state, now_ns() + 10000000));
    memory_keep(*state, ranges, 1024);
    assert_int_equal(fetches, 1);
    assert_memory_equal(memory_at(*state, ranges[0].start, 8), program + 20 * PAGE, 8);
    assert_null(memory_at(*state, ranges[1023].start, 8));
    assert_true(memory_set_deadline(*state, 0));
}

/* ---- reading past what is kept ---- */

/* ---- what the program does not have ---- */

/* It has every second page only. */
static void every_second(void *state, uint64_t start, size_t pages, bool *there)
{
    (void)state;
    for (size_t i = 0; i < pages; i++)
        there[i] = (start / PAGE + i) % 2 == 0;
}

static void test_pages_that_are_not_there_are_zero_and_not_read(void **state)
{
    static const struct memory_backend sparse = {.fetch = fetch, .presence = every_second};
    static const unsigned char zeros[PAGE];
    struct memory *memory = memory_new(&sparse, NULL);
    const struct memory_range range = {BASE + 16 * PAGE, BASE + 24 * PAGE};
    (void)state;
    describe(memory);
    /* Something older lies there here, which is not what a new page holds. */
    assert_int_equal(memory_prefetch(memory, &range, 1), 0);
    memory_forget(memory);
    bytes = 0;
    assert_int_equal(memory_prefetch_present(memory, &range, 1), 0);
    assert_int_equal(bytes, 4 * PAGE);
    memory_freeze(memory, true); /* all of it counts as read */
    for (size_t page = 16; page < 24; page++) {
        const void *found = memory_at(memory, BASE + page * PAGE, PAGE);
        bool there = (BASE / PAGE + page) % 2 == 0;
        assert_non_null(found);
        assert_memory_equal(found, there ? program + page * PAGE : zeros, PAGE);
    }
    memory_free(memory);
}

static void test_without_knowing_all_is_read(void **state)
{
    const struct memory_range range = {BASE + 16 * PAGE, BASE + 24 * PAGE};
    assert_int_equal(memory_prefetch_present(*state, &range, 1), 0);
    assert_int_equal(bytes, 8 * PAGE);
    assert_memory_equal(memory_at(*state, range.start, 8 * PAGE), program + 16 * PAGE, 8 * PAGE);
}

static void test_reading_anew_sees_what_is_there_now(void **state)
{
    const struct memory_range ranges[] = {{BASE + 20 * PAGE + 3, BASE + 20 * PAGE + 10},
                                          pages(HOLE - 1, HOLE + 1)};
    unsigned char first[7], second[2 * PAGE];
    void *const local[] = {first, second};
    size_t read[2] = {0};
    unsigned char before = memory_u8(*state, BASE + 20 * PAGE + 3);
    uint64_t counted = memory_fetched(*state);
    program[20 * PAGE + 3]++;
    memory_freeze(*state, true);
    memory_read_anew(*state, ranges, local, read, 2);
    assert_int_equal(read[0], 7);
    assert_int_equal(read[1], PAGE);
    assert_memory_equal(first, program + 20 * PAGE + 3, 7);
    assert_memory_equal(second, program + (HOLE - 1) * PAGE, PAGE);
    assert_int_equal(memory_u8(*state, BASE + 20 * PAGE + 3), before);
    assert_int_equal(memory_fetched(*state), counted);
}

#define ROUNDS 200

/* Reads all of it again and again; returns how many readings were not as the program is. */
static void *read_beside(void *state)
{
    const struct memory *memory = state;
    const struct memory_range range = pages(0, HOLE);
    unsigned char *copy = malloc((size_t)HOLE * PAGE);
    uintptr_t wrong = 0;
    for (int i = 0; i < ROUNDS && copy; i++) {
        void *const local[] = {copy};
        size_t read = 0;
        memory_read_anew(memory, &range, local, &read, 1);
        wrong += read != (size_t)HOLE * PAGE || memcmp(copy, program, read) != 0;
    }
    wrong += !copy;
    free(copy);
    return (void *)wrong;
}

static void test_mappings_that_can_be_written(void **state)
{
    struct memory *memory = *state;
    struct memory_range range;
    uint64_t size = 0;
    size_t number = 0;
    for (; memory_writable(memory, number, &range); number++)
        if (range.start < range.end) {
            assert_int_equal(range.start, BASE + 16 * PAGE);
            size += range.end - range.start;
        }
    assert_int_equal(number, 2);
    assert_int_equal(size, (PAGES - 16) * PAGE);
}

/* A hole is zeroes, and what is behind it is there; from the middle of one page to that of another.
 */
static void test_reading_what_is_there(void **state)
{
    struct memory *memory = *state;
    static unsigned char copy[4 * PAGE];
    const struct memory_range range = {BASE + (HOLE - 1) * PAGE + 100,
                                       BASE + (HOLE + 2) * PAGE + 50};
    memset(copy, 0xff, sizeof copy);
    memory_freeze(memory, true);
    memory_read_present(memory, &range, copy);
    memory_freeze(memory, false);
    assert_memory_equal(copy, program + (HOLE - 1) * PAGE + 100, PAGE - 100);
    for (size_t i = 0; i < PAGE; i++)
        assert_int_equal(copy[PAGE - 100 + i], 0);
    assert_memory_equal(copy + 2 * PAGE - 100, program + (HOLE + 1) * PAGE, PAGE + 50);
    assert_int_equal(copy[3 * PAGE - 50], 0xff);
}

static void test_reading_anew_beside_another_thread(void **state)
{
    pthread_t thread;
    void *wrong;
    const struct memory_range window[] = {pages(20, 22), pages(30, 31)};
    const struct memory_range kept = {BASE + 50 * PAGE + 1, BASE + 50 * PAGE + 99};
    assert_int_equal(pthread_create(&thread, NULL, read_beside, *state), 0);
    for (int i = 0; i < ROUNDS; i++) {
        memory_window(*state, window, 2);
        memory_keep(*state, &kept, 1);
        memory_prefetch(*state, window, 2);
        assert_int_equal(memory_u8(*state, BASE + 21 * PAGE), program[21 * PAGE]);
        memory_drop(*state, window, 2);
        memory_set_deadline(*state, i % 2 ? now_ns() - 1 : 0);
        memory_at(*state, BASE + 60 * PAGE, 8);
        memory_forget(*state);
        memory_set_deadline(*state, 0);
    }
    assert_int_equal(pthread_join(thread, &wrong), 0);
    assert_null(wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_across_regions, start, stop),
        cmocka_unit_test_setup_teardown(test_mappings_that_can_be_written, start, stop),
        cmocka_unit_test_setup_teardown(test_reading_what_is_there, start, stop),
        cmocka_unit_test_setup_teardown(test_nothing_outside, start, stop),
        cmocka_unit_test_setup_teardown(test_covers_reads_nothing, start, stop),
        cmocka_unit_test_setup_teardown(test_hole_hides_only_itself, start, stop),
        cmocka_unit_test_setup_teardown(test_what_was_read_does_not_change, start, stop),
        cmocka_unit_test_setup_teardown(test_constant_pages_are_not_read_again, start, stop),
        cmocka_unit_test_setup_teardown(test_describing_anew_forgets_what_can_be_written, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_frozen_reads_nothing_new_that_can_be_written, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_prefetch_reads_once_and_tells_what_it_could_not, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_reread_sees_what_is_there_now, start, stop),
        cmocka_unit_test_setup_teardown(test_a_window_is_at_hand, start, stop),
        cmocka_unit_test_setup_teardown(test_what_is_beside_a_window_is_read_as_ever, start, stop),
        cmocka_unit_test_setup_teardown(test_a_window_keeps_nothing, start, stop),
        cmocka_unit_test_setup_teardown(test_the_next_window_ends_the_former, start, stop),
        cmocka_unit_test_setup_teardown(test_what_is_kept_wins_over_a_window, start, stop),
        cmocka_unit_test_setup_teardown(test_a_frozen_memory_has_no_window, start, stop),
        cmocka_unit_test_setup_teardown(test_a_hole_shortens_a_window, start, stop),
        cmocka_unit_test_setup_teardown(test_a_window_leaves_out_what_is_in_no_region, start, stop),
        cmocka_unit_test_setup_teardown(test_a_window_of_very_many, start, stop),
        cmocka_unit_test_setup_teardown(test_kept_by_the_byte, start, stop),
        cmocka_unit_test_setup_teardown(test_a_plan_is_kept_beside_a_prefetch, start, stop),
        cmocka_unit_test_setup_teardown(test_copies_are_aligned_as_addresses_are, start, stop),
        cmocka_unit_test_setup_teardown(test_what_is_kept_by_the_byte_does_not_change, start, stop),
        cmocka_unit_test_setup_teardown(test_the_next_kept_take_their_place, start, stop),
        cmocka_unit_test_setup_teardown(test_forgetting_forgets_what_is_kept, start, stop),
        cmocka_unit_test_setup_teardown(test_describing_anew_forgets_what_is_kept_or_at_hand, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_what_was_dropped_is_read_anew, start, stop),
        cmocka_unit_test_setup_teardown(test_nothing_is_read_behind_the_deadline, start, stop),
        cmocka_unit_test_setup_teardown(test_a_deadline_that_was_kept_is_told, start, stop),
        cmocka_unit_test_setup_teardown(test_the_deadline_ends_a_reading, start, stop),
        cmocka_unit_test_setup_teardown(test_pages_that_are_not_there_are_zero_and_not_read, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_without_knowing_all_is_read, start, stop),
        cmocka_unit_test_setup_teardown(test_reading_anew_sees_what_is_there_now, start, stop),
        cmocka_unit_test_setup_teardown(test_reading_anew_beside_another_thread, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
