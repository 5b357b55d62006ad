/* Since when a goroutine has waited at least, by what the runtime noted at its collections. */
#include "golang/model/runtime_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Of the first goroutine, if these are the noted times of all of them. */
static int64_t bound(const struct runtime_clock *clock, int64_t first, int64_t second)
{
    struct goroutine items[] = {{.wait_since = first}, {.wait_since = second}};
    struct goroutines goroutines = {.items = items, .count = 2};
    runtime_clock_bound_waits(clock, &goroutines);
    return items[0].wait_since;
}

static void the_next_collection_found_it_waiting(void **state)
{
    (void)state;
    const struct runtime_clock clock = {.collections = {50, 101, 200, 300}, .collection_count = 4};
    assert_int_equal(bound(&clock, 100, 0), 200);
    assert_int_equal(bound(&clock, 49, 0), 101);
    /* What was noted in another came from that one, or a later one. */
    assert_int_equal(bound(&clock, 100, 199), 199);
    assert_int_equal(bound(&clock, 100, 299), 200);
    assert_int_equal(bound(&clock, 100, 99), 200);
}

static void a_collection_that_goes_on_tells_nothing(void **state)
{
    (void)state;
    const struct runtime_clock clock = {.collections = {50, 101}, .collection_count = 2};
    assert_int_equal(bound(&clock, 100, 100), 0);
    assert_int_equal(bound(&clock, 150, 0), 0);
}

static void what_is_not_noted_is_unknown(void **state)
{
    (void)state;
    const struct runtime_clock clock = {.collections = {50, 101, 200}, .collection_count = 3};
    assert_int_equal(bound(&clock, 0, 100), 0);
    assert_int_equal(bound(&(struct runtime_clock){0}, 100, 0), 0);
    assert_int_equal(bound(&(struct runtime_clock){0}, 100, 200), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_collection_found_it_waiting),
        cmocka_unit_test(a_collection_that_goes_on_tells_nothing),
        cmocka_unit_test(what_is_not_noted_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
