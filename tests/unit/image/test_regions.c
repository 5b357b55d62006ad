/* Regions: how mappings become them, and what stays when they are described again. */
#include "foreign_memory.h"
#include "image/regions.h"

struct piece {
    const struct region *region;
    uint64_t first, last;
};

static struct piece pieces[8];
static size_t piece_count;

static int begin(void **state)
{
    static struct regions regions;
    regions = (struct regions){0};
    piece_count = 0;
    *state = &regions;
    return 0;
}

static int end(void **state)
{
    regions_free(*state);
    return 0;
}

static void describe_as(struct regions *regions, const struct mapping *mappings, size_t count)
{
    regions_begin(regions);
    for (size_t i = 0; i < count; i++)
        regions_add(regions, mappings[i].start, mappings[i].end, mappings[i].writable);
    assert_true(regions_end(regions));
}

/* As a small program has it: code and data that touch, and a heap apart. */
static void describe_two(struct regions *regions)
{
    static const struct mapping mappings[] = {{BASE, BASE + 2 * PAGE, false},
                                              {BASE + 2 * PAGE, BASE + 4 * PAGE, true},
                                              {BASE + 8 * PAGE, BASE + 10 * PAGE, true}};
    describe_as(regions, mappings, 3);
}

static void test_mappings_that_touch_are_one_region(void **state)
{
    struct regions *regions = *state;
    describe_two(regions);
    assert_int_equal(regions->count, 2);
    const struct region *region = regions_find(regions, BASE);
    assert_non_null(region);
    assert_ptr_equal(regions_find(regions, BASE + 4 * PAGE - 1), region);
    assert_null(regions_find(regions, BASE - 1));
    assert_null(regions_find(regions, BASE + 4 * PAGE));
    assert_ptr_equal(regions_find(regions, BASE + 8 * PAGE), &regions->items[1]);
    assert_null(regions_find(regions, BASE + 10 * PAGE));
    assert_int_equal(region_pages(region), 4);
    for (uint64_t page = 0; page < 4; page++)
        assert_int_equal(region_is_constant(region, page), page < 2);
}

/* A page of two mappings may be written if one of them may. */
static void test_a_page_cut_in_two_may_be_written(void **state)
{
    struct regions *regions = *state;
    static const struct mapping mappings[] = {{BASE, BASE + PAGE + 100, false},
                                              {BASE + PAGE + 100, BASE + 3 * PAGE, true}};
    describe_as(regions, mappings, 2);
    const struct region *region = regions_find(regions, BASE + PAGE);
    assert_true(region_is_constant(region, 0));
    assert_false(region_is_constant(region, 1));
}

static void test_what_overlaps_is_cut(void **state)
{
    struct regions *regions = *state;
    static const struct mapping mappings[] = {{BASE + 5, BASE + 3 * PAGE, true},
                                              {BASE + 2 * PAGE, BASE + 4 * PAGE, true},
                                              {BASE + PAGE, BASE + 2 * PAGE, true}};
    describe_as(regions, mappings, 3);
    assert_int_equal(regions->count, 1);
    assert_int_equal(regions->items[0].start, BASE);
    assert_int_equal(regions->items[0].end, BASE + 4 * PAGE);
}

static void test_what_is_too_large_cannot_be_read(void **state)
{
    struct regions *regions = *state;
    static const struct mapping mappings[] = {{BASE, BASE + PAGE, true},
                                              {UINT64_C(1) << 41, UINT64_C(1) << 43, true}};
    describe_as(regions, mappings, 2);
    assert_non_null(regions_find(regions, BASE));
    assert_null(regions_find(regions, UINT64_C(1) << 42));
}

static void test_described_again_what_is_constant_stays(void **state)
{
    struct regions *regions = *state;
    describe_two(regions);
    struct region *region = regions_find(regions, BASE);
    region_set_present(region, 1, 2);
    region->shadow[PAGE] = 7;
    const unsigned char *shadow = region->shadow;
    describe_two(regions);
    region = regions_find(regions, BASE);
    assert_ptr_equal(region->shadow, shadow);
    assert_int_equal(region->shadow[PAGE], 7);
    assert_true(region_is_present(region, 1));
    assert_false(region_is_present(region, 2));
}

static void test_a_region_that_has_changed_is_a_new_one(void **state)
{
    struct regions *regions = *state;
    static const struct mapping larger[] = {{BASE, BASE + 5 * PAGE, false}},
                                writable[] = {{BASE, BASE + 4 * PAGE, true}};
    describe_two(regions);
    region_set_present(regions_find(regions, BASE), 0, 2);
    describe_as(regions, larger, 1);
    assert_false(region_is_present(regions_find(regions, BASE), 0));
    region_set_present(regions_find(regions, BASE), 0, 2);
    describe_as(regions, writable, 1);
    assert_false(region_is_present(regions_find(regions, BASE), 0));
}

/* Each finds its own among many, also when some have come and gone. */
static void test_of_many_each_takes_its_own_over(void **state)
{
    struct regions *regions = *state;
    struct mapping mappings[40];
    for (size_t i = 0; i < 40; i++)
        mappings[i] = (struct mapping){BASE + 2 * i * PAGE, BASE + (2 * i + 1) * PAGE, false};
    describe_as(regions, mappings, 40);
    for (size_t i = 0; i < 40; i++) {
        region_set_present(&regions->items[i], 0, 1);
        regions->items[i].shadow[0] = (unsigned char)i;
    }
    describe_as(regions, mappings + 3, 30);
    assert_int_equal(regions->count, 30);
    for (size_t i = 0; i < 30; i++) {
        assert_true(region_is_present(&regions->items[i], 0));
        assert_int_equal(regions->items[i].shadow[0], i + 3);
    }
}

static void test_handed_over_and_taken_back(void **state)
{
    struct regions *regions = *state, to = {0};
    describe_two(regions);
    region_set_present(regions_find(regions, BASE), 0, 4);
    const unsigned char *shadow = regions_find(regions, BASE)->shadow;
    assert_true(regions_hand_over(regions, &to));
    assert_int_equal(regions->count, to.count);
    assert_int_equal(regions->mapping_count, to.mapping_count);
    assert_ptr_equal(regions_find(&to, BASE)->shadow, shadow);
    assert_true(region_has(regions_find(&to, BASE), 0, 3));
    assert_ptr_not_equal(regions_find(regions, BASE)->shadow, shadow);
    for (uint64_t page = 0; page < 4; page++) {
        assert_false(region_is_present(regions_find(regions, BASE), page));
        assert_int_equal(region_is_constant(regions_find(regions, BASE), page), page < 2);
    }
    regions_take_back(regions, &to);
    assert_null(to.items);
    assert_ptr_equal(regions_find(regions, BASE)->shadow, shadow);
    for (uint64_t page = 0; page < 4; page++)
        assert_int_equal(region_is_present(regions_find(regions, BASE), page), page < 2);
}

static void note_piece(void *state, struct region *region, uint64_t first, uint64_t last)
{
    (void)state;
    pieces[piece_count++] = (struct piece){region, first, last};
}

static void test_pieces(void **state)
{
    struct regions *regions = *state;
    describe_two(regions);
    const struct memory_range ranges[] = {{BASE + PAGE + 5, BASE + 2 * PAGE + 1},
                                          {BASE + 9 * PAGE, BASE + 12 * PAGE},
                                          {BASE + 5 * PAGE, BASE + 6 * PAGE}};
    assert_int_equal(regions_each_piece(regions, ranges, 3, note_piece, NULL), 3 * PAGE);
    assert_int_equal(piece_count, 2);
    assert_ptr_equal(pieces[0].region, &regions->items[0]);
    assert_int_equal(pieces[0].first, 1);
    assert_int_equal(pieces[0].last, 3);
    assert_ptr_equal(pieces[1].region, &regions->items[1]);
    assert_int_equal(pieces[1].first, 1);
    assert_int_equal(pieces[1].last, 2);
}

static void test_dropped_pages_are_gone(void **state)
{
    struct regions *regions = *state;
    describe_two(regions);
    struct region *region = regions_find(regions, BASE);
    region_set_present(region, 0, 4);
    region->shadow[PAGE] = region->shadow[2 * PAGE] = 7;
    region_drop(region, 1, 1);
    assert_false(region_is_present(region, 1));
    assert_true(region_is_present(region, 0) && region_is_present(region, 2));
    assert_int_equal(region->shadow[PAGE], 0);
    assert_int_equal(region->shadow[2 * PAGE], 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_mappings_that_touch_are_one_region, begin, end),
        cmocka_unit_test_setup_teardown(test_a_page_cut_in_two_may_be_written, begin, end),
        cmocka_unit_test_setup_teardown(test_what_overlaps_is_cut, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_too_large_cannot_be_read, begin, end),
        cmocka_unit_test_setup_teardown(test_described_again_what_is_constant_stays, begin, end),
        cmocka_unit_test_setup_teardown(test_a_region_that_has_changed_is_a_new_one, begin, end),
        cmocka_unit_test_setup_teardown(test_of_many_each_takes_its_own_over, begin, end),
        cmocka_unit_test_setup_teardown(test_handed_over_and_taken_back, begin, end),
        cmocka_unit_test_setup_teardown(test_pieces, begin, end),
        cmocka_unit_test_setup_teardown(test_dropped_pages_are_gone, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
