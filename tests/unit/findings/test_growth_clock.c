/* When goroutines were created, from their numbers and their waits. */
#include "findings/growth_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MOST 64

enum { FIRST_NUMBER = 1000, LAST_NUMBER = 101000, FIRST_LOOK = 100, SECOND_LOOK = 200 };

struct looks {
    struct grown_site site, other;
    struct member was[MOST], is[MOST];
    struct members before, now;
};

static void begin(struct looks *looks)
{
    memset(looks, 0, sizeof *looks);
    looks->before = (struct members){
        .items = looks->was, .taken_ns = FIRST_LOOK, .numbered = true, .highest = FIRST_NUMBER};
    looks->now = (struct members){
        .items = looks->is, .taken_ns = SECOND_LOOK, .numbered = true, .highest = LAST_NUMBER};
}

static void add(struct looks *looks, struct grown_site *site, int64_t number, int64_t since)
{
    assert_true(looks->now.count < MOST);
    looks->is[looks->now.count++] =
        (struct member){.site = site, .created = number, .since = since};
}

static int64_t created(const struct looks *looks, size_t index)
{
    return looks->is[index].created;
}

static void numbers_are_the_clock(void **state)
{
    (void)state;
    struct looks looks;
    begin(&looks);
    add(&looks, &looks.site, FIRST_NUMBER + 25000, SNAPSHOT_TIME_UNKNOWN);
    add(&looks, &looks.site, FIRST_NUMBER + 50000, SNAPSHOT_TIME_UNKNOWN);
    growth_clock_date(&looks.before, &looks.now);
    assert_int_equal(created(&looks, 0), 125);
    assert_int_equal(created(&looks, 1), 150);
}

static void nobody_waits_before_being_created(void **state)
{
    (void)state;
    struct looks looks;
    begin(&looks);
    add(&looks, &looks.site, FIRST_NUMBER + 90000, 120);
    add(&looks, &looks.site, FIRST_NUMBER + 10000, 150); /* this one went on in between */
    looks.was[looks.before.count++] =
        (struct member){.site = &looks.site, .created = FIRST_NUMBER, .since = 70};
    growth_clock_date(&looks.before, &looks.now);
    assert_int_equal(created(&looks, 0), 120);
    assert_int_equal(created(&looks, 1), 110);
    assert_int_equal(looks.was[0].created, 70);
}

/* Before a burst, and after it: what stayed has not moved, so it is what leaks. */
static void where_nothing_moves_waits_are_the_clock(void **state)
{
    (void)state;
    for (int moved = 0; moved < 2; moved++) {
        struct looks looks;
        begin(&looks);
        for (int i = 0; i < 8; i++)
            add(&looks, &looks.site, 900 + i, moved && i % 2 ? 180 : 90);
        add(&looks, &looks.site, FIRST_NUMBER + 7, 190);
        growth_clock_date(&looks.before, &looks.now);
        assert_int_equal(created(&looks, 8), moved ? 100 : 190);
    }
}

static void one_that_stands_still_is_no_proof_for_others(void **state)
{
    (void)state;
    struct looks looks;
    begin(&looks);
    for (int i = 0; i < 8; i++)
        add(&looks, &looks.other, 900 + i, 90);
    for (int i = 0; i < 3; i++)
        add(&looks, &looks.site, 950 + i, 90);
    add(&looks, &looks.site, FIRST_NUMBER + 7, 190);
    growth_clock_date(&looks.before, &looks.now);
    assert_int_equal(created(&looks, 11), 100);
}

static void numbers_of_one_place_alone_tell_nothing(void **state)
{
    (void)state;
    struct looks looks;
    begin(&looks);
    looks.now.highest = FIRST_NUMBER + 40;
    for (int i = 1; i <= 40; i++)
        add(&looks, i % 4 ? &looks.site : &looks.other, FIRST_NUMBER + i, 195);
    growth_clock_date(&looks.before, &looks.now);
    for (size_t i = 0; i < 40; i++)
        if (looks.is[i].site == &looks.site)
            assert_int_equal(created(&looks, i), SNAPSHOT_TIME_UNKNOWN);
        else
            assert_in_range(created(&looks, i), 101, 195);
}

static void without_time_or_numbers_nothing_is_known(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct looks looks;
        begin(&looks);
        add(&looks, &looks.site, FIRST_NUMBER + 1, 150);
        if (way == 0)
            looks.now.taken_ns = looks.before.taken_ns;
        if (way == 1)
            looks.now.highest = FIRST_NUMBER;
        if (way == 2)
            looks.before.taken_ns = INT64_MIN;
        growth_clock_date(&looks.before, &looks.now);
        assert_int_equal(created(&looks, 0), SNAPSHOT_TIME_UNKNOWN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_the_clock),
        cmocka_unit_test(nobody_waits_before_being_created),
        cmocka_unit_test(where_nothing_moves_waits_are_the_clock),
        cmocka_unit_test(one_that_stands_still_is_no_proof_for_others),
        cmocka_unit_test(numbers_of_one_place_alone_tell_nothing),
        cmocka_unit_test(without_time_or_numbers_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
