/* Reading much at once, and giving it back. */
#include "foreign_memory.h"
#include "image/packed_ranges.h"
#include "image/prefetch.h"
#include "image/ranges.h"

static void test_reads_once_and_tells_what_it_could_not(void **state)
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

static void test_behind_a_deadline_nothing_is_read(void **state)
{
    struct memory_deadline deadline = {.at_ns = 1};
    struct memory within = memory_within(*state, &deadline);
    const struct memory_range range = pages(50, 52);
    assert_int_equal(memory_prefetch(&within, &range, 1), 2 * PAGE);
    assert_int_equal(memory_prefetch_present(&within, &range, 1), 2 * PAGE);
    assert_int_equal(fetches, 0);
    assert_true(deadline.passed);
}

static void test_of_a_sealed_memory_only_what_is_constant_is_read(void **state)
{
    struct packed_ranges packed = {0};
    struct memory *sealed = memory_seal(*state, &packed);
    assert_non_null(sealed);
    const struct memory_range range = pages(10, 20);
    memory_prefetch(sealed, &range, 1);
    assert_int_equal(bytes, 6 * PAGE);
    memory_unseal(sealed, *state, &packed);
    packed_ranges_free(&packed);
}

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
    const struct memory_range range = pages(16, 24);
    (void)state;
    fill_program();
    describe(memory);
    /* Something older lies there here, which is not what a new page holds. */
    assert_int_equal(memory_prefetch(memory, &range, 1), 0);
    memory_begin_reading(memory);
    bytes = 0;
    assert_int_equal(memory_prefetch_present(memory, &range, 1), 0);
    assert_int_equal(bytes, 4 * PAGE);
    unsigned before = fetches; /* all of it counts as read */
    for (size_t page = 16; page < 24; page++) {
        const void *found = memory_at(memory, BASE + page * PAGE, PAGE);
        bool there = (BASE / PAGE + page) % 2 == 0;
        assert_non_null(found);
        assert_memory_equal(found, there ? program + page * PAGE : zeros, PAGE);
    }
    assert_int_equal(fetches, before);
    memory_free(memory);
}

static void test_without_knowing_all_is_read(void **state)
{
    const struct memory_range range = pages(16, 24);
    assert_int_equal(memory_prefetch_present(*state, &range, 1), 0);
    assert_int_equal(bytes, 8 * PAGE);
    assert_memory_equal(memory_at(*state, range.start, 8 * PAGE), program + 16 * PAGE, 8 * PAGE);
}

/* ---- giving back ---- */

static void test_what_was_dropped_is_read_again(void **state)
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

static void test_all_that_can_be_written_is_dropped(void **state)
{
    const struct memory_range all = pages(0, HOLE);
    memory_prefetch(*state, &all, 1);
    const unsigned char *page = memory_at(*state, BASE + 20 * PAGE, PAGE);
    program[20 * PAGE + 5]++;
    memory_drop_all(*state);
    assert_int_equal(page[5], 0); /* it is the system's again */
    assert_int_equal(memory_u8(*state, BASE + 20 * PAGE + 5), program[20 * PAGE + 5]);
    unsigned before = fetches;
    assert_int_equal(memory_u8(*state, BASE + 3 * PAGE), program[3 * PAGE]);
    assert_int_equal(fetches, before);
}

static void test_warm_pages_are_not_read(void **state)
{
    const struct memory_range range = pages(20, 24);
    memory_warm(*state, &range, 1);
    assert_int_equal(fetches, 0);
    assert_int_equal(memory_u8(*state, BASE + 20 * PAGE + 5), program[20 * PAGE + 5]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_once_and_tells_what_it_could_not, start, stop),
        cmocka_unit_test_setup_teardown(test_behind_a_deadline_nothing_is_read, start, stop),
        cmocka_unit_test_setup_teardown(test_of_a_sealed_memory_only_what_is_constant_is_read,
                                        start, stop),
        cmocka_unit_test(test_pages_that_are_not_there_are_zero_and_not_read),
        cmocka_unit_test_setup_teardown(test_without_knowing_all_is_read, start, stop),
        cmocka_unit_test_setup_teardown(test_what_was_dropped_is_read_again, start, stop),
        cmocka_unit_test_setup_teardown(test_all_that_can_be_written_is_dropped, start, stop),
        cmocka_unit_test_setup_teardown(test_warm_pages_are_not_read, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
