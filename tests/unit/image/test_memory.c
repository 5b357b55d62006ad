/* The memory of a foreign program: what is fetched when, what stays, what cannot be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "image/memory.h"
#include "image/ranges.h"

#define PAGE  4096
#define BASE  UINT64_C(0x10000)
#define PAGES 64
#define HOLE  40 /* this page cannot be read */

static unsigned char program[PAGES * PAGE];
static unsigned fetches;
static uint64_t bytes;

static void fetch(void *state, const struct memory_range *ranges, void *const *local, size_t *read,
                  size_t count)
{
    (void)state;
    fetches++;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_across_regions, start, stop),
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
