/* What is kept in reports must be the same for ever, and what a target could aim at must not be. */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void is_fnv_1a(void **state)
{
    (void)state;
    assert_int_equal(hash_text(HASH_START, ""), HASH_START);
    assert_int_equal(hash_text(HASH_START, "a"), UINT64_C(0xaf63dc4c8601ec8c));
    assert_int_equal(hash_text(HASH_START, "foobar"), UINT64_C(0x85944171f73967e8));
    assert_int_equal(hash_text_part(HASH_START, "foobarbaz", 6), UINT64_C(0x85944171f73967e8));
    assert_int_equal(hash_byte(HASH_START, 'a'), UINT64_C(0xaf63dc4c8601ec8c));
}

static void is_built_up_in_steps(void **state)
{
    (void)state;
    uint64_t foo = hash_text(HASH_START, "foo");
    assert_int_equal(hash_text(foo, "bar"), hash_text(HASH_START, "foobar"));
    assert_int_equal(hash_number(HASH_START, UINT64_C(0x7261626f6f66)),
                     hash_text_part(HASH_START, "foobar\0\0", 8));
    assert_int_not_equal(hash_byte(hash_text(HASH_START, "ab"), 0),
                         hash_byte(hash_text(HASH_START, "a"), 0));
}

static void scatters_neighbours(void **state)
{
    (void)state;
    enum { KEYS = 1024, PLACES = 4 * KEYS, BITS = 12 };
    static uint8_t taken[PLACES];
    unsigned collisions = 0;
    for (uint64_t key = 1; key <= KEYS; key++)
        collisions += taken[hash_scatter(key * 64) >> (64 - BITS)]++ != 0;
    assert_true(collisions < KEYS / 4);
}

static void every_byte_and_the_seed_count(void **state)
{
    (void)state;
    char text[21];
    memset(text, 'x', sizeof text);
    uint64_t whole = hash_bytes(1, text, sizeof text);
    assert_int_equal(whole, hash_bytes(1, text, sizeof text));
    assert_int_not_equal(whole, hash_bytes(2, text, sizeof text));
    assert_int_not_equal(whole, hash_bytes(1, text, sizeof text - 1));
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = 'y';
        assert_int_not_equal(whole, hash_bytes(1, text, sizeof text));
        text[i] = 'x';
    }
}

static void seeds_differ(void **state)
{
    (void)state;
    assert_int_not_equal(hash_seed(), hash_seed());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_fnv_1a),           cmocka_unit_test(is_built_up_in_steps),
        cmocka_unit_test(scatters_neighbours), cmocka_unit_test(every_byte_and_the_seed_count),
        cmocka_unit_test(seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
