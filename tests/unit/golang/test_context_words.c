#include "golang/model/context_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct context_types types;
static struct context_words words;

static int begin(void **state)
{
    (void)state;
    types = (struct context_types){0};
    words = (struct context_words){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    context_words_free(&words);
    address_map_free(&types.by_itab);
    address_map_free(&types.by_type);
    address_map_free(&types.cancel_functions);
    return 0;
}

static void each_kind_of_word_has_its_number(void **state)
{
    (void)state;
    assert_true(address_map_put(&types.by_itab, 0x1000, 3));
    assert_true(address_map_put(&types.by_type, 0x2000, 4));
    assert_true(address_map_put(&types.cancel_functions, 0x3000, CAPTURES_DEADLINE));
    assert_true(context_words_make(&types, &words));
    assert_int_equal(context_words_find(&words, 0x1000), 3);
    assert_int_equal(context_words_find(&words, 0x2000), 4);
    assert_int_equal(context_words_find(&words, 0x3000), CONTEXT_WORD_CLOSURE | CAPTURES_DEADLINE);
    assert_int_equal(context_words_find(&words, 0x2008), ADDRESS_MAP_NONE);
    assert_int_equal(context_words_find(&words, 0), ADDRESS_MAP_NONE);
    assert_int_equal(context_word_number(&words, 0x1000), 3);
}

static void what_lies_close_together_is_one_cluster(void **state)
{
    (void)state;
    assert_true(address_map_put(&types.by_itab, 0x500000, 0));
    assert_true(address_map_put(&types.by_itab, 0x500000 + (1 << 20), 1));
    assert_true(address_map_put(&types.by_type, 0x500000 + (2 << 20) + 8, 2)); /* just too far */
    assert_true(context_words_make(&types, &words));
    assert_int_equal(words.clusters.count, 2);
    assert_int_equal(words.clusters.items[0].first, 0x500000);
    assert_int_equal(words.clusters.items[0].extent, 1 << 20);
    assert_int_equal(words.clusters.items[1].extent, 0);
    assert_int_equal(context_words_find(&words, 0x500000 + (2 << 20) + 8), 2);
}

static void those_of_an_executable_are_in_one_region(void **state)
{
    (void)state;
    const uint64_t far = UINT64_C(0x7f0000000000);
    assert_true(address_map_put(&types.by_itab, 0x500000, 0));
    assert_true(address_map_put(&types.by_type, 0x500000 + (8 << 20), 1));
    assert_true(address_map_put(&types.by_itab, far, 2)); /* one that the program made */
    assert_true(context_words_make(&types, &words));
    assert_int_equal(words.clusters.count, 3);
    assert_int_equal(words.regions.count, 2);
    assert_int_equal(words.regions.items[0].first, 0x500000);
    assert_int_equal(words.regions.items[0].extent, 8 << 20);
    assert_int_equal(words.regions.items[1].first, far);
}

/* However far apart they lie, each is found. */
static void there_are_never_more_clusters_than_there_is_room_for(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 40; i++)
        assert_true(address_map_put(&types.by_itab, (i + 1) * (UINT64_C(1) << (24 + i % 3)), i));
    assert_true(address_map_put(&types.by_type, UINT64_MAX - 7, 77));
    assert_true(context_words_make(&types, &words));
    assert_true(words.clusters.count > 0 && words.clusters.count <= MAX_WORD_CLUSTERS);
    assert_int_equal(context_words_find(&words, UINT64_MAX - 7), 77);
    for (uint32_t i = 0; i < types.by_itab.capacity; i++)
        if (types.by_itab.slots[i].address)
            assert_int_equal(context_words_find(&words, types.by_itab.slots[i].address),
                             types.by_itab.slots[i].number);
}

static void words_at_both_ends_of_memory_are_found(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < 16; i++)
        assert_true(address_map_put(&types.by_itab, (uint64_t)i << 60, i));
    assert_true(context_words_make(&types, &words));
    assert_int_equal(words.clusters.count, 1);
    for (uint32_t i = 1; i < 16; i++)
        assert_int_equal(context_words_find(&words, (uint64_t)i << 60), i);
}

static void without_contexts_there_are_no_words(void **state)
{
    (void)state;
    assert_true(context_words_make(&types, &words));
    assert_int_equal(words.clusters.count, 0);
    assert_int_equal(context_words_find(&words, 0x1000), ADDRESS_MAP_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_of_word_has_its_number),
        TEST(what_lies_close_together_is_one_cluster),
        TEST(those_of_an_executable_are_in_one_region),
        TEST(there_are_never_more_clusters_than_there_is_room_for),
        TEST(words_at_both_ends_of_memory_are_found),
        TEST(without_contexts_there_are_no_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
