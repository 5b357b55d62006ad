/* Where bytes come from: what is counted, and when a deadline ends it. */
#include "foreign_memory.h"
#include "image/packed_ranges.h"

#include <time.h>

#define HOUR_NS INT64_C(3600000000000)

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static struct memory_deadline *passing; /* is over from the next fetching on; NULL: none is */

static void fetch_and_pass(void *state, const struct memory_range *ranges, void *const *local,
                           size_t *read, size_t count)
{
    fetch(state, ranges, local, read, count);
    if (passing)
        passing->at_ns = 1;
}

static const struct memory_backend ending = {.fetch = fetch_and_pass};

static void test_counts_what_came_through(void **state)
{
    struct memory_source source = {.backend = &backend};
    static unsigned char copy[3 * PAGE];
    const struct memory_range ranges[] = {pages(HOLE - 1, HOLE + 2), pages(20, 21)};
    void *const local[] = {copy, copy};
    size_t read[2];
    (void)state;
    fill_program();
    memory_source_fetch(&source, NULL, ranges, local, read, 2);
    assert_int_equal(read[0], PAGE);
    assert_int_equal(read[1], PAGE);
    assert_int_equal(source.fetched, 2 * PAGE);
}

static void test_a_deadline_that_is_kept_is_no_matter(void **state)
{
    struct memory_source source = {.backend = &backend};
    struct memory_deadline deadline = {.at_ns = now_ns() + HOUR_NS}, none = {0};
    static unsigned char copy[PAGE];
    const struct memory_range range = pages(20, 21);
    void *const local[] = {copy};
    size_t read;
    (void)state;
    memory_source_fetch(&source, &deadline, &range, local, &read, 1);
    assert_int_equal(read, PAGE);
    assert_false(deadline.passed);
    memory_source_fetch(&source, &none, &range, local, &read, 1);
    assert_int_equal(read, PAGE);
    assert_false(none.passed);
}

static void test_behind_a_deadline_nothing_is_read(void **state)
{
    struct memory_source source = {.backend = &backend};
    struct memory_deadline deadline = {.at_ns = now_ns() - 1};
    static unsigned char copy[PAGE];
    const struct memory_range range = pages(20, 21);
    void *const local[] = {copy};
    size_t read = 1;
    (void)state;
    fill_program();
    memory_source_fetch(&source, &deadline, &range, local, &read, 1);
    assert_int_equal(read, 0);
    assert_int_equal(fetches, 0);
    assert_int_equal(source.fetched, 0);
    assert_true(deadline.passed);
}

/* One that is over in the middle of a long reading ends it there. */
static void test_a_deadline_ends_a_reading(void **state)
{
    struct memory_source source = {.backend = &ending};
    struct memory_deadline deadline = {.at_ns = now_ns() + HOUR_NS};
    struct regions regions = {0};
    struct packed_ranges packed = {0};
    struct memory_range ranges[1024];
    (void)state;
    fill_program();
    for (size_t i = 0; i < 1024; i++)
        ranges[i] = (struct memory_range){BASE + 20 * PAGE + i * 64, BASE + 20 * PAGE + i * 64 + 8};
    regions_begin(&regions);
    regions_add(&regions, BASE, BASE + PAGES * PAGE, true);
    assert_true(regions_end(&regions));
    passing = &deadline;
    packed_ranges_plan(&packed, &regions, ranges, 1024);
    packed_ranges_fetch(&packed, &source, &deadline);
    passing = NULL;
    assert_int_equal(fetches, 1);
    assert_memory_equal(packed_ranges_find(&packed, ranges[0].start, 8), program + 20 * PAGE, 8);
    assert_null(packed_ranges_find(&packed, ranges[1023].start, 8));
    assert_true(deadline.passed);
    packed_ranges_free(&packed);
    regions_free(&regions);
}

static void test_without_knowing_all_pages_are_there(void **state)
{
    struct memory_source source = {.backend = &backend};
    bool there[3] = {false, false, false};
    (void)state;
    memory_source_presence(&source, BASE, 3, there);
    assert_true(there[0] && there[1] && there[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_what_came_through),
        cmocka_unit_test(test_a_deadline_that_is_kept_is_no_matter),
        cmocka_unit_test(test_behind_a_deadline_nothing_is_read),
        cmocka_unit_test(test_a_deadline_ends_a_reading),
        cmocka_unit_test(test_without_knowing_all_pages_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
