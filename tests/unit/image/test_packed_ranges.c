/* Ranges that lie packed: by the byte, very many, in another thread, with holes. */
#include "foreign_memory.h"
#include "image/packed_ranges.h"
#include "image/prefetch.h"

#include <pthread.h>

static struct packed_ranges packed;

static int begin(void **state)
{
    packed = (struct packed_ranges){0};
    return start(state);
}

static int end(void **state)
{
    packed_ranges_free(&packed);
    return stop(state);
}

static uint64_t have(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    packed_ranges_plan(&packed, memory->regions, ranges, count);
    packed_ranges_fetch(&packed, memory->source, NULL);
    return packed.missing;
}

static void expect(uint64_t address, size_t size)
{
    const void *found = packed_ranges_find(&packed, address, size);
    assert_non_null(found);
    assert_memory_equal(found, program + (address - BASE), size);
}

static void test_kept_by_the_byte(void **state)
{
    const uint64_t odd = BASE + 20 * PAGE + 13;
    const struct memory_range ranges[] = {{odd, odd + 7}, {BASE + 30 * PAGE + 5, BASE + 31 * PAGE}};
    assert_int_equal(have(*state, ranges, 2), 0);
    assert_int_equal(bytes, 7 + PAGE - 5);
    expect(odd, 7);
    expect(odd + 1, 6);
    expect(BASE + 31 * PAGE - 1, 1);
    assert_null(packed_ranges_find(&packed, odd, 8));
    assert_null(packed_ranges_find(&packed, odd - 1, 1));
    assert_null(packed_ranges_find(&packed, odd + 7, 1));
    assert_null(packed_ranges_find(&packed, BASE, 1));
    assert_null(packed_ranges_find(&packed, BASE + 31 * PAGE, 1));
    assert_null(packed_ranges_find(&packed, odd, (size_t)-1));
}

static void test_the_next_take_their_place(void **state)
{
    const uint64_t address = BASE + 20 * PAGE + 100;
    const struct memory_range first = {address, address + 8}, second = {address + 50, address + 80};
    have(*state, &first, 1);
    have(*state, &second, 1);
    assert_null(packed_ranges_find(&packed, address, 8));
    expect(address + 50, 30);
    have(*state, NULL, 0);
    assert_null(packed_ranges_find(&packed, address + 50, 30));
}

static void test_what_is_present_is_left_out(void **state)
{
    const struct memory_range ranges[] = {{BASE + 20 * PAGE, BASE + 20 * PAGE + 8},
                                          {BASE + 30 * PAGE, BASE + 30 * PAGE + 8}};
    memory_u8(*state, BASE + 20 * PAGE);
    uint64_t before = bytes;
    assert_int_equal(have(*state, ranges, 2), 0);
    assert_int_equal(bytes - before, 8);
    assert_null(packed_ranges_find(&packed, ranges[0].start, 8));
    expect(ranges[1].start, 8);
}

static void test_a_hole_shortens_a_range(void **state)
{
    const struct memory_range ranges[] = {pages(HOLE - 1, HOLE + 2), pages(HOLE + 10, HOLE + 11)};
    assert_int_equal(have(*state, ranges, 2), 2 * PAGE);
    expect(BASE + (HOLE - 1) * PAGE, PAGE);
    expect(BASE + (HOLE + 10) * PAGE, PAGE);
    assert_null(packed_ranges_find(&packed, BASE + HOLE * PAGE, 8));
    assert_null(packed_ranges_find(&packed, BASE + HOLE * PAGE - 4, 8));
}

static void test_what_lies_in_no_region_is_missing(void **state)
{
    const struct memory_range ranges[] = {{BASE - 2 * PAGE, BASE - PAGE},
                                          pages(20, 21),
                                          pages(PAGES - 1, PAGES + 1),
                                          pages(PAGES + 9, PAGES + 10)};
    assert_int_equal(have(*state, ranges, 4), 4 * PAGE);
    assert_int_equal(bytes, PAGE);
    expect(BASE + 20 * PAGE, PAGE);
    assert_null(packed_ranges_find(&packed, BASE - 2 * PAGE, 8));
    assert_null(packed_ranges_find(&packed, BASE + (PAGES + 9) * PAGE, 8));
}

/* More of them than one call of the backend takes, of which some cannot be read. */
static void test_very_many(void **state)
{
    struct memory_range ranges[600];
    size_t count = 0;
    for (uint64_t at = 20 * PAGE; count < 600; at += 256)
        ranges[count++] = (struct memory_range){BASE + at, BASE + at + 8};
    have(*state, ranges, count);
    assert_int_equal(fetches, 3);
    for (size_t i = 0; i < count; i++)
        if ((ranges[i].start - BASE) / PAGE != HOLE)
            expect(ranges[i].start, 8);
        else
            assert_null(packed_ranges_find(&packed, ranges[i].start, 8));
    assert_int_equal(bytes, (600 - PAGE / 256) * 8);
}

static void test_copies_are_aligned_as_addresses_are(void **state)
{
    struct memory_range ranges[40];
    for (uint64_t i = 0; i < 40; i++)
        ranges[i] =
            (struct memory_range){BASE + 20 * PAGE + i * 101, BASE + 20 * PAGE + i * 101 + 100};
    have(*state, ranges, 40);
    for (size_t i = 0; i < 40; i++) {
        expect(ranges[i].start, 100);
        assert_int_equal((uintptr_t)packed_ranges_find(&packed, ranges[i].start, 100) % 16,
                         ranges[i].start % 16);
    }
}

static void *fetch_planned(void *state)
{
    const struct memory *memory = state;
    packed_ranges_fetch(&packed, memory->source, NULL);
    return NULL;
}

/* Also where both read of the same pages. */
static void test_fetching_beside_a_prefetch(void **state)
{
    struct memory *memory = *state;
    const struct memory_range ahead = pages(16, 40);
    struct memory_range ranges[300];
    for (size_t i = 0; i < 300; i++)
        ranges[i] =
            (struct memory_range){BASE + 20 * PAGE + i * 200, BASE + 20 * PAGE + i * 200 + 100};
    for (int round = 0; round < 20; round++) {
        pthread_t thread;
        memory_begin_reading(memory);
        bytes = 0;
        packed_ranges_plan(&packed, memory->regions, ranges, 300);
        assert_int_equal(bytes, 0);
        assert_int_equal(pthread_create(&thread, NULL, fetch_planned, memory), 0);
        assert_int_equal(memory_prefetch(memory, &ahead, 1), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(bytes, 300 * 100 + 24 * PAGE);
        for (size_t i = 0; i < 300; i++)
            expect(ranges[i].start, 100);
    }
}

static void test_behind_a_deadline_all_is_missing(void **state)
{
    struct memory *memory = *state;
    struct memory_deadline deadline = {.at_ns = 1};
    const struct memory_range range = pages(50, 52);
    packed_ranges_plan(&packed, memory->regions, &range, 1);
    packed_ranges_fetch(&packed, memory->source, &deadline);
    assert_int_equal(packed.missing, 2 * PAGE);
    assert_null(packed_ranges_find(&packed, range.start, 8));
    assert_int_equal(fetches, 0);
    assert_true(deadline.passed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept_by_the_byte, begin, end),
        cmocka_unit_test_setup_teardown(test_the_next_take_their_place, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_present_is_left_out, begin, end),
        cmocka_unit_test_setup_teardown(test_a_hole_shortens_a_range, begin, end),
        cmocka_unit_test_setup_teardown(test_what_lies_in_no_region_is_missing, begin, end),
        cmocka_unit_test_setup_teardown(test_very_many, begin, end),
        cmocka_unit_test_setup_teardown(test_copies_are_aligned_as_addresses_are, begin, end),
        cmocka_unit_test_setup_teardown(test_fetching_beside_a_prefetch, begin, end),
        cmocka_unit_test_setup_teardown(test_behind_a_deadline_all_is_missing, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
