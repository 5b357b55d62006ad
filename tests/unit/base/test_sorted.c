/* Bisection, against looking at one after the other. */
#include "base/sorted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST = 40 };

static size_t first_not_below(const int *items, size_t low, size_t high, int key)
{
    while (low < high && items[low] < key)
        low++;
    return low;
}

static void finds_the_first(void **state)
{
    (void)state;
    int items[MOST];
    for (size_t count = 0; count <= MOST; count++) {
        for (size_t i = 0; i < count; i++)
            items[i] = (int)(i / 3 * 2); /* each three times, every other number */
        for (int key = -1; key <= MOST; key++) {
            assert_int_equal(SORTED_FIRST(i, 0, count, items[i] >= key),
                             first_not_below(items, 0, count, key));
            assert_int_equal(SORTED_FIRST(i, 0, count, items[i] > key),
                             first_not_below(items, 0, count, key + 1));
        }
    }
}

static void stays_between_its_ends(void **state)
{
    (void)state;
    int items[MOST];
    for (int i = 0; i < MOST; i++)
        items[i] = i;
    for (size_t low = 0; low <= MOST; low++)
        for (size_t high = low; high <= MOST; high++)
            for (int key = -1; key <= MOST; key++)
                assert_int_equal(SORTED_FIRST(i, low, high, items[i] >= key),
                                 first_not_below(items, low, high, key));
    assert_int_equal(SORTED_FIRST(i, 7, 3, items[i] >= 0), 7); /* nothing to look at */
}

static void needs_no_array(void **state)
{
    (void)state;
    unsigned asked = 0;
    size_t root = SORTED_FIRST(i, 0, SIZE_MAX, (asked++, i >= UINT32_MAX || i * i >= 1000000));
    assert_int_equal(root, 1000);
    assert_true(asked <= 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_first),
        cmocka_unit_test(stays_between_its_ends),
        cmocka_unit_test(needs_no_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
