/* What others see of the wait that a thread is in, while it changes. */
#include "preload/blocked_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct blocked numbered(uint64_t number)
{
    return (struct blocked){{number, 3 * number}, (const void *)(uintptr_t)(5 * number)};
}

static bool is_whole(const struct blocked *seen)
{
    return seen->wait.sequence == 3 * seen->wait.place &&
           (uintptr_t)seen->released == 5 * seen->wait.place;
}

static const struct blocked none;

static void test_in_a_wait_and_in_none(void **unused)
{
    (void)unused;
    struct blocked_in in = {0};
    struct blocked seen, wait = numbered(1), inner = numbered(2);
    uint64_t changes, before;
    assert_false(blocked_in_look(&in, &seen, &changes));
    blocked_in_announce(&in, &wait);
    assert_true(blocked_in_look(&in, &seen, &before));
    assert_int_equal(seen.wait.place, 1);
    assert_true(blocked_in_is_same(&in, before));
    blocked_in_announce(&in, &inner);
    assert_false(blocked_in_is_same(&in, before));
    assert_true(blocked_in_look(&in, &seen, &changes));
    assert_int_equal(seen.wait.place, 2);
    blocked_in_set(&in, &wait);
    assert_true(blocked_in_look(&in, &seen, &changes));
    assert_int_equal(seen.wait.place, 1);
    assert_false(blocked_in_is_same(&in, before)); /* it was away */
    blocked_in_set(&in, &none);
    assert_false(blocked_in_look(&in, &seen, &changes));
}

static void test_handler_leaves_a_change_alone(void **unused)
{
    (void)unused;
    struct blocked_in in = {.is_changing = true, .changes = 1};
    struct blocked wait = numbered(1), seen;
    uint64_t changes;
    blocked_in_announce(&in, &wait);
    blocked_in_set(&in, &none);
    assert_int_equal(in.changes, 1);
    assert_false(blocked_in_look(&in, &seen, &changes));
}

/* ---- torn ---- */

enum { CHANGES = 3000000 };

static struct blocked_in busy;
static _Atomic bool is_over;

static void *change(void *unused)
{
    for (uint64_t i = 1; i <= CHANGES; i++) {
        struct blocked wait = numbered(i);
        if (i % 2)
            blocked_in_announce(&busy, &wait);
        else
            blocked_in_set(&busy, i % 8 ? &wait : &none);
    }
    is_over = true;
    return unused;
}

static void test_nothing_torn_is_seen(void **unused)
{
    (void)unused;
    pthread_t thread;
    uint64_t torn = 0, not_so = 0;
    assert_int_equal(pthread_create(&thread, NULL, change, NULL), 0);
    while (!is_over) {
        struct blocked seen;
        uint64_t changes;
        if (!blocked_in_look(&busy, &seen, &changes))
            continue;
        torn += !is_whole(&seen);
        uint64_t place = busy.place;
        not_so += blocked_in_is_same(&busy, changes) && place != seen.wait.place;
    }
    pthread_join(thread, NULL);
    assert_int_equal(torn, 0);
    assert_int_equal(not_so, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_a_wait_and_in_none),
        cmocka_unit_test(test_handler_leaves_a_change_alone),
        cmocka_unit_test(test_nothing_torn_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
