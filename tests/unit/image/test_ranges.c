/* Lists of address ranges: what is joined, what is sorted out, what is no range at all. */
#include "image/ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PAGE UINT64_C(4096)

static void expect(const struct ranges *ranges, size_t index, uint64_t start, uint64_t end)
{
    assert_true(index < ranges->count);
    assert_int_equal(ranges->items[index].start, start);
    assert_int_equal(ranges->items[index].end, end);
}

static void test_what_is_no_range_is_ignored(void **state)
{
    (void)state;
    struct ranges ranges = {0};
    ranges_add(&ranges, 100, 0);
    ranges_add(&ranges, UINT64_MAX - 10, 20);
    ranges_add(&ranges, 1, UINT64_MAX);
    assert_int_equal(ranges.count, 0);
    ranges_join(&ranges);
    ranges_sort(&ranges);
    assert_int_equal(ranges.count, 0);
    assert_int_equal(ranges_bytes(&ranges), 0);
    ranges_free(&ranges);
}

static void test_joined_are_whole_pages(void **state)
{
    (void)state;
    struct ranges ranges = {0};
    ranges_add(&ranges, 9 * PAGE + 1, 1);
    ranges_add(&ranges, 2 * PAGE + 100, 10);
    ranges_add(&ranges, 2 * PAGE + 5, PAGE); /* overlaps it, and reaches into page 3 */
    ranges_add(&ranges, 4 * PAGE, 1);        /* touches */
    ranges_add(&ranges, 2 * PAGE, 1);        /* lies within */
    ranges_add(&ranges, 6 * PAGE, PAGE);     /* page 5 is between */
    ranges_join(&ranges);
    assert_int_equal(ranges.count, 3);
    expect(&ranges, 0, 2 * PAGE, 5 * PAGE);
    expect(&ranges, 1, 6 * PAGE, 7 * PAGE);
    expect(&ranges, 2, 9 * PAGE, 10 * PAGE);
    assert_int_equal(ranges_bytes(&ranges), 5 * PAGE);
    ranges_free(&ranges);
}

static void test_joined_in_whatever_order(void **state)
{
    (void)state;
    struct ranges ranges = {0};
    for (uint64_t page = 20; page > 10; page--) /* each touches the one before it from below */
        ranges_add(&ranges, page * PAGE, PAGE);
    ranges_add(&ranges, 5 * PAGE, PAGE);
    ranges_add(&ranges, 9 * PAGE, 2 * PAGE); /* touches what is not its neighbour in the list */
    ranges_join(&ranges);
    assert_int_equal(ranges.count, 2);
    expect(&ranges, 0, 5 * PAGE, 6 * PAGE);
    expect(&ranges, 1, 9 * PAGE, 21 * PAGE);
    ranges_free(&ranges);
}

/* The last page cannot be rounded up: its end has no number. */
static void test_joined_at_the_end_of_all_addresses(void **state)
{
    (void)state;
    struct ranges ranges = {0};
    ranges_add(&ranges, UINT64_MAX - 100, 50);
    ranges_add(&ranges, UINT64_MAX - 2 * PAGE, 10);
    ranges_join(&ranges);
    assert_int_equal(ranges.count, 1);
    expect(&ranges, 0, UINT64_MAX - 3 * PAGE + 1, UINT64_MAX - 50);
    ranges_free(&ranges);
}

static void test_sorted_keep_their_bytes(void **state)
{
    (void)state;
    struct ranges ranges = {0};
    ranges_add(&ranges, 300, 50);
    ranges_add(&ranges, 100, 33);
    ranges_add(&ranges, 133, 7); /* touches, and stays apart */
    ranges_add(&ranges, 349, 5); /* overlaps what is before it */
    ranges_add(&ranges, 350, 5);
    ranges_sort(&ranges);
    assert_int_equal(ranges.count, 4);
    expect(&ranges, 0, 100, 133);
    expect(&ranges, 1, 133, 140);
    expect(&ranges, 2, 300, 350);
    expect(&ranges, 3, 350, 355);
    assert_int_equal(ranges_bytes(&ranges), 33 + 7 + 50 + 5);
    ranges_free(&ranges);
}

/* What is left out does not hide what overlaps nothing but it. */
static void test_sorted_out_do_not_count(void **state)
{
    (void)state;
    struct ranges ranges = {0};
    ranges_add(&ranges, 100, 10);
    ranges_add(&ranges, 105, 100);
    ranges_add(&ranges, 150, 10);
    ranges_sort(&ranges);
    assert_int_equal(ranges.count, 2);
    expect(&ranges, 0, 100, 110);
    expect(&ranges, 1, 150, 160);
    ranges_free(&ranges);
}

static void test_many(void **state)
{
    (void)state;
    struct ranges ranges = {0};
    for (uint64_t i = 5000; i > 0; i--)
        ranges_add(&ranges, i * 2 * PAGE, 8);
    assert_false(ranges.failed);
    assert_int_equal(ranges_bytes(&ranges), 5000 * 8);
    ranges_sort(&ranges);
    assert_int_equal(ranges.count, 5000);
    for (size_t i = 0; i < 5000; i++)
        expect(&ranges, i, (i + 1) * 2 * PAGE, (i + 1) * 2 * PAGE + 8);
    ranges_free(&ranges);
    assert_null(ranges.items);
    assert_int_equal(ranges.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_range_is_ignored),
        cmocka_unit_test(test_joined_are_whole_pages),
        cmocka_unit_test(test_joined_in_whatever_order),
        cmocka_unit_test(test_joined_at_the_end_of_all_addresses),
        cmocka_unit_test(test_sorted_keep_their_bytes),
        cmocka_unit_test(test_sorted_out_do_not_count),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
