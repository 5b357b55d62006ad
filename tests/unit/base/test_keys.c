/* Sorting and searching columns of keys. */
#include "base/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct item {
    char before[3];
    uint64_t key;
    uint32_t number;
};

static uint64_t random_number(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed ^ *seed >> 29;
}

static struct key_column column_of(const struct item *items, size_t count, bool is_signed)
{
    return (struct key_column){.first = count ? &items->key : NULL,
                               .stride = sizeof *items,
                               .count = count,
                               .is_signed = is_signed};
}

static void check_order(const struct item *items, size_t count, bool is_signed)
{
    struct key_column column = column_of(items, count, is_signed);
    uint32_t *order = keys_order(&column);
    uint8_t *seen = calloc(count + 1, 1);
    assert_non_null(order);
    for (size_t i = 0; i < count; i++) {
        assert_true(order[i] < count);
        assert_false(seen[order[i]]++);
        if (i == 0)
            continue;
        uint64_t one = items[order[i - 1]].key, other = items[order[i]].key;
        if (is_signed)
            assert_true((int64_t)one <= (int64_t)other);
        else
            assert_true(one <= other);
        if (one == other)
            assert_true(order[i - 1] < order[i]); /* equal keys keep their order */
    }
    free(seen);
    free(order);
}

static void orders_any_keys(void **state)
{
    (void)state;
    enum { MOST = 5000 };
    static struct item items[MOST];
    uint64_t seed = 7;
    const uint64_t masks[] = {UINT64_MAX, 0xff, 0xff00000000000000, 0x7ff8000, 0};
    for (size_t m = 0; m < sizeof masks / sizeof *masks; m++) {
        for (size_t count = 0; count < MOST; count = count * 3 + 1) {
            for (size_t i = 0; i < count; i++)
                items[i].key = random_number(&seed) & masks[m];
            check_order(items, count, false);
            check_order(items, count, true);
        }
    }
}

static int by_key(const void *a, const void *b)
{
    const struct item *one = a, *other = b;
    return one->key < other->key ? -1 : one->key > other->key;
}

static void finds_every_key_and_no_other(void **state)
{
    (void)state;
    enum { MOST = 3000 };
    static struct item items[MOST];
    uint64_t seed = 11;
    for (int shape = 0; shape < 4; shape++) {
        for (size_t count = 0; count < MOST; count = count * 2 + 1) {
            for (size_t i = 0; i < count; i++) {
                uint64_t number = random_number(&seed);
                items[i].key = shape == 0   ? 1000 + i           /* in sequence */
                               : shape == 1 ? number             /* all over the range */
                               : shape == 2 ? number >> (i % 60) /* crowded at one end */
                                            : number % 16;       /* repeated */
            }
            qsort(items, count, sizeof *items, by_key);
            struct key_column column = column_of(items, count, false);
            assert_true(keys_ascend(&column));
            for (size_t i = 0; i < count; i++) {
                uint32_t found = keys_find(&column, items[i].key);
                assert_int_not_equal(found, UINT32_MAX);
                assert_true(items[found].key == items[i].key);
                assert_true(found == 0 || items[found - 1].key != items[i].key);
                uint64_t other = items[i].key + 1;
                if (i + 1 == count || items[i + 1].key > other)
                    assert_int_equal(keys_find(&column, other), UINT32_MAX);
            }
        }
    }
}

static void knows_what_ascends(void **state)
{
    (void)state;
    struct item items[3] = {{.key = 1}, {.key = UINT64_MAX}, {.key = UINT64_MAX}};
    struct key_column numbers = column_of(items, 3, false), times = column_of(items, 3, true);
    assert_true(keys_ascend(&numbers));
    assert_false(keys_ascend(&times)); /* -1 is below 1 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_any_keys),
        cmocka_unit_test(finds_every_key_and_no_other),
        cmocka_unit_test(knows_what_ascends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
