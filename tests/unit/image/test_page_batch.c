/* Runs of missing pages: what is fetched by how many calls, and what is not. */
#include "foreign_memory.h"
#include "image/page_batch.h"

static struct memory_source source;
static struct page_batch batch;

static int begin(void **state)
{
    static struct regions regions;
    fill_program();
    regions = (struct regions){0};
    regions_begin(&regions);
    regions_add(&regions, BASE, BASE + 16 * PAGE, false);
    regions_add(&regions, BASE + 16 * PAGE, BASE + PAGES * PAGE - 100, true);
    assert_true(regions_end(&regions));
    source = (struct memory_source){.backend = &backend};
    batch = (struct page_batch){.source = &source};
    *state = &regions;
    return 0;
}

static int end(void **state)
{
    regions_free(*state);
    return 0;
}

static void expect_page(const struct region *region, uint64_t page)
{
    assert_true(region_is_present(region, page));
    assert_memory_equal(region->shadow + page * PAGE, program + page * PAGE, PAGE);
}

static void test_runs_are_fetched_by_one_call(void **state)
{
    struct region *region = regions_find(*state, BASE);
    page_batch_add(&batch, region, 20, 22);
    page_batch_add(&batch, region, 30, 31);
    assert_int_equal(fetches, 0);
    page_batch_run(&batch);
    assert_int_equal(fetches, 1);
    assert_int_equal(batch.unread, 0);
    expect_page(region, 20);
    expect_page(region, 21);
    expect_page(region, 30);
    assert_false(region_is_present(region, 22));
    page_batch_run(&batch);
    assert_int_equal(fetches, 1);
}

static void test_what_is_present_is_left_out(void **state)
{
    struct region *region = regions_find(*state, BASE);
    region_set_present(region, 21, 2);
    page_batch_add(&batch, region, 20, 25);
    page_batch_run(&batch);
    assert_int_equal(fetches, 1);
    assert_int_equal(bytes, 3 * PAGE);
}

static void test_only_what_is_constant(void **state)
{
    struct region *region = regions_find(*state, BASE);
    batch.constant_only = true;
    page_batch_add(&batch, region, 14, 20);
    page_batch_run(&batch);
    assert_int_equal(bytes, 2 * PAGE);
    assert_true(region_has(region, 14, 15));
    assert_false(region_is_present(region, 16));
}

/* What came through in front of it is there; the rest is counted. */
static void test_a_hole_ends_a_run(void **state)
{
    struct region *region = regions_find(*state, BASE);
    page_batch_add(&batch, region, HOLE - 2, HOLE + 3);
    page_batch_run(&batch);
    assert_true(region_has(region, HOLE - 2, HOLE - 1));
    for (uint64_t page = HOLE; page < HOLE + 3; page++)
        assert_false(region_is_present(region, page));
    assert_int_equal(batch.unread, 3 * PAGE);
}

/* The last page of a region need not be whole. */
static void test_a_region_that_ends_within_a_page(void **state)
{
    struct region *region = regions_find(*state, BASE);
    page_batch_add(&batch, region, PAGES - 1, PAGES);
    page_batch_run(&batch);
    assert_int_equal(bytes, PAGE - 100);
    assert_true(region_is_present(region, PAGES - 1));
    assert_int_equal(batch.unread, 0);
}

/* More runs than one call takes go in several, in between which a deadline can end it. */
static void test_many_runs(void **state)
{
    enum { RUNS = MEMORY_FETCH_RANGES + 10 };
    static const struct memory_backend none = {.fetch = NULL};
    struct memory_deadline deadline = {.at_ns = 1};
    struct regions many = {0};
    (void)state;
    regions_begin(&many);
    regions_add(&many, BASE, BASE + 2 * (uint64_t)RUNS * PAGE, true);
    assert_true(regions_end(&many));
    source.backend = &none; /* it is not asked */
    batch.deadline = &deadline;
    for (uint64_t i = 0; i < RUNS; i++)
        page_batch_add(&batch, &many.items[0], 2 * i, 2 * i + 1);
    assert_int_equal(batch.count, 10);
    page_batch_run(&batch);
    assert_int_equal(batch.unread, RUNS * PAGE);
    assert_true(deadline.passed);
    regions_free(&many);
}

static void test_zeros_are_not_fetched(void **state)
{
    static const unsigned char zeros[PAGE];
    struct region *region = regions_find(*state, BASE);
    memset(region->shadow + 20 * PAGE, 1, 3 * PAGE);
    region_set_present(region, 21, 1);
    page_batch_zero(&batch, region, 20, 23);
    assert_true(region_has(region, 20, 22));
    assert_memory_equal(region->shadow + 20 * PAGE, zeros, PAGE);
    assert_int_equal(region->shadow[21 * PAGE], 1); /* it was present */
    assert_memory_equal(region->shadow + 22 * PAGE, zeros, PAGE);
    assert_int_equal(fetches, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_runs_are_fetched_by_one_call, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_present_is_left_out, begin, end),
        cmocka_unit_test_setup_teardown(test_only_what_is_constant, begin, end),
        cmocka_unit_test_setup_teardown(test_a_hole_ends_a_run, begin, end),
        cmocka_unit_test_setup_teardown(test_a_region_that_ends_within_a_page, begin, end),
        cmocka_unit_test_setup_teardown(test_many_runs, begin, end),
        cmocka_unit_test_setup_teardown(test_zeros_are_not_fetched, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
