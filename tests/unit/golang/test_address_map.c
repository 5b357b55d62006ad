#include "go_target.h"
#include "golang/binary/address_map.h"

static void test_finds_what_was_put(void **state)
{
    (void)state;
    struct address_map map = {0};
    assert_int_equal(address_map_get(&map, 8), ADDRESS_MAP_NONE);
    for (uint32_t i = 1; i <= 100000; i++)
        assert_true(address_map_put(&map, UINT64_C(0xc000000000) + 16 * (uint64_t)i, i));
    assert_int_equal(map.count, 100000);
    for (uint32_t i = 1; i <= 100000; i++)
        assert_int_equal(address_map_get(&map, UINT64_C(0xc000000000) + 16 * (uint64_t)i), i);
    assert_int_equal(address_map_get(&map, UINT64_C(0xc000000008)), ADDRESS_MAP_NONE);
    address_map_free(&map);
}

static void test_changes_what_is_there(void **state)
{
    (void)state;
    struct address_map map = {0};
    assert_true(address_map_put(&map, 64, 1));
    assert_true(address_map_put(&map, 64, 2));
    assert_int_equal(map.count, 1);
    assert_int_equal(address_map_get(&map, 64), 2);
    assert_false(address_map_put(&map, 0, 3));
    address_map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_was_put),
        cmocka_unit_test(test_changes_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
