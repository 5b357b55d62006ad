/* What it cost a program that its calls were restarted, in words. */
#include "snapshot/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_text(struct snapshot_restarts restarts, const char *expected)
{
    char text[RESTARTS_TEXT_SIZE];
    assert_string_equal(restarts_text(&restarts, text), expected);
}

static void none_is_nothing(void **state)
{
    (void)state;
    assert_text((struct snapshot_restarts){.count = 0}, "");
}

static void what_is_known_is_a_bound(void **state)
{
    (void)state;
    assert_text((struct snapshot_restarts){1, 0, 4000000},
                "1 timed call restarted, at most 4ms late");
    assert_text((struct snapshot_restarts){1300, 0, 4000001},
                "1,300 timed calls restarted, each at most 5ms late");
}

static void what_is_not_known_is_said(void **state)
{
    (void)state;
    assert_text((struct snapshot_restarts){1, 1, 0},
                "1 timed call restarted, late by less than its time-out");
    assert_text((struct snapshot_restarts){2, 2, 0},
                "2 timed calls restarted, each late by less than its time-out");
    assert_text((struct snapshot_restarts){3, 1, 4000000},
                "3 timed calls restarted, each late by less than its time-out and 2 of them by "
                "at most 4ms");
}

static void there_is_room_for_all(void **state)
{
    (void)state;
    char text[RESTARTS_TEXT_SIZE];
    restarts_text(&(struct snapshot_restarts){UINT64_MAX, 1, INT64_MAX}, text);
    assert_string_equal(text + strlen(text) - strlen("at most 106751d"), "at most 106751d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_nothing),
        cmocka_unit_test(what_is_known_is_a_bound),
        cmocka_unit_test(what_is_not_known_is_said),
        cmocka_unit_test(there_is_room_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
