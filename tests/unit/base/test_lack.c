/* Memory that was lacking is noted until it is asked for, in the thread that lacked it. */
#include "base/lack.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void what_was_noted_is_told_once(void **state)
{
    (void)state;
    assert_false(lack_was_noted());
    lack_note();
    lack_note();
    assert_true(lack_was_noted());
    assert_false(lack_was_noted());
}

static void memory_that_is_there_is_no_lack(void **state)
{
    (void)state;
    void *memory = lack_malloc(1);
    assert_non_null(memory);
    free(memory);
    assert_false(lack_was_noted());
}

static void an_allocation_that_fails_is_one(void **state)
{
    (void)state;
    volatile size_t more_than_there_is = SIZE_MAX / 2;
    assert_null(lack_malloc(more_than_there_is));
    assert_true(lack_was_noted());
}

static void *lack_in_a_thread(void *unused)
{
    lack_note();
    return unused;
}

static void each_thread_hears_of_its_own(void **state)
{
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, lack_in_a_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(lack_was_noted());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_noted_is_told_once),
        cmocka_unit_test(memory_that_is_there_is_no_lack),
        cmocka_unit_test(an_allocation_that_fails_is_one),
        cmocka_unit_test(each_thread_hears_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
