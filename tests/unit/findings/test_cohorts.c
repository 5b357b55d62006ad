#include "findings/cohorts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct cohorts cohorts;
static struct watch_parts parts;

static int begin(void **state)
{
    (void)state;
    memset(&cohorts, 0, sizeof cohorts);
    memset(&parts, 0, sizeof parts);
    return 0;
}

/* ---- parts ---- */

static void the_first_look_is_a_part_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(parts_complete(&parts), 0);
    for (uint32_t look = 0; look <= COHORT_PARTS; look++) {
        assert_false(parts_look(&parts, 100 + look));
        assert_int_equal(parts_of_look(&parts, look), look);
        assert_int_equal(parts_complete(&parts), look);
        assert_int_equal(parts.ended_ns[look], 100 + look);
    }
}

static void each_two_become_one_when_they_are_used_up(void **state)
{
    (void)state;
    for (uint32_t look = 0; look <= COHORT_PARTS; look++)
        parts_look(&parts, 100 + look);
    assert_true(parts_look(&parts, 200));
    assert_int_equal(parts.looks_in_part, 2);
    assert_int_equal(parts_of_look(&parts, 0), 0);
    assert_int_equal(parts_of_look(&parts, 1), 1);
    assert_int_equal(parts_of_look(&parts, 2), 1);
    assert_int_equal(parts_of_look(&parts, COHORT_PARTS), COHORT_PARTS / 2);
    assert_int_equal(parts_of_look(&parts, COHORT_PARTS + 1), COHORT_PARTS / 2 + 1);
    assert_int_equal(parts_complete(&parts), COHORT_PARTS / 2); /* the last has one look of two */
    assert_int_equal(parts.ended_ns[1], 102);
    assert_int_equal(parts.ended_ns[COHORT_PARTS / 2], 100 + COHORT_PARTS);
    assert_int_equal(parts.ended_ns[COHORT_PARTS / 2 + 1], 200);
    assert_false(parts_look(&parts, 201));
    assert_int_equal(parts_complete(&parts), COHORT_PARTS / 2 + 1);
}

static void a_long_watch_stays_in_its_room(void **state)
{
    (void)state;
    unsigned merges = 0;
    for (uint32_t look = 0; look < 100000; look++) {
        merges += parts_look(&parts, look);
        assert_true(parts_of_look(&parts, look) <= COHORT_PARTS);
    }
    assert_int_equal(parts.looks_in_part, 1U << merges);
    assert_true(parts_complete(&parts) >= COHORT_PARTS / 2);
}

/* ---- cohorts ---- */

/* Ten were there; of part 1 four, of part 2 six; one of the first and two of part 1 went in 2. */
static void fill(void)
{
    cohorts.born[0] = 10;
    cohorts.born[1] = 4;
    cohorts.born[2] = 6;
    cohorts.gone[0][2] = 1;
    cohorts.gone[1][2] = 2;
    cohorts.gone[2][2] = 3;
}

static void those_that_are_there_are_counted_by_age(void **state)
{
    (void)state;
    fill();
    assert_int_equal(cohorts_there(&cohorts, 0, 0), 10);
    assert_int_equal(cohorts_there(&cohorts, 0, 1), 14);
    assert_int_equal(cohorts_there(&cohorts, 0, 2), 9 + 2 + 3);
    assert_int_equal(cohorts_there(&cohorts, 1, 2), 9 + 2); /* for one part at least */
    assert_int_equal(cohorts_there(&cohorts, 2, 2), 9);
    assert_int_equal(cohorts_there(&cohorts, 3, 2), 0);
}

static void arrivals_come_of_age_and_leave(void **state)
{
    (void)state;
    fill();
    assert_int_equal(cohorts_joined(&cohorts, 0, 2), 3);
    assert_int_equal(cohorts_joined(&cohorts, 1, 2), 2);
    assert_int_equal(cohorts_joined(&cohorts, 2, 2), 9);
    assert_int_equal(cohorts_joined(&cohorts, 3, 2), 0);
    assert_int_equal(cohorts_left(&cohorts, 0, 2), 3); /* not those that came in it, too */
    assert_int_equal(cohorts_left(&cohorts, 1, 2), 1);
    assert_int_equal(cohorts_left(&cohorts, 2, 2), 0);
    assert_int_equal(cohorts_left(&cohorts, 0, 1), 0);
}

/* What is there at the end of a part is what joined before it and stayed, and what joined in it. */
static void the_three_numbers_agree(void **state)
{
    (void)state;
    fill();
    for (unsigned lag = 0; lag < 3; lag++)
        for (unsigned at = lag + 1; at < 4; at++)
            assert_int_equal(cohorts_there(&cohorts, lag, at),
                             cohorts_there(&cohorts, lag, at - 1) +
                                 cohorts_joined(&cohorts, lag, at) -
                                 cohorts_left(&cohorts, lag, at));
}

static void merging_keeps_every_count(void **state)
{
    (void)state;
    fill();
    cohorts.born[COHORT_PARTS] = 5;
    cohorts.gone[1][COHORT_PARTS] = 1;
    cohorts_merge(&cohorts);
    assert_int_equal(cohorts.born[0], 10);
    assert_int_equal(cohorts.born[1], 10); /* parts 1 and 2 */
    assert_int_equal(cohorts.born[2], 0);
    assert_int_equal(cohorts.born[COHORT_PARTS / 2], 5);
    assert_int_equal(cohorts.gone[0][1], 1);
    assert_int_equal(cohorts.gone[1][1], 5);
    assert_int_equal(cohorts.gone[1][COHORT_PARTS / 2], 1);
    assert_int_equal(cohorts_there(&cohorts, 0, 1), 9 + 5);
}

static void the_lowest_of_a_part_is_that_of_its_looks(void **state)
{
    (void)state;
    static const uint32_t there[] = {7, 5, 9};
    for (unsigned i = 0; i < 3; i++) {
        parts_look(&parts, i);
        cohorts_look(&cohorts, &parts, there[i]);
        assert_int_equal(cohorts.lowest[i], there[i]);
    }
    cohorts_merge(&cohorts); /* as parts_look() asks for when they are used up */
    assert_int_equal(cohorts.lowest[0], 7);
    assert_int_equal(cohorts.lowest[1], 5);
    parts = (struct watch_parts){.looks = 2, .looks_in_part = 2};
    cohorts_look(&cohorts, &parts, 8); /* the first of part 1, whatever was there before */
    assert_int_equal(cohorts.lowest[1], 8);
    parts.looks = 3;
    cohorts_look(&cohorts, &parts, 9);
    assert_int_equal(cohorts.lowest[1], 8);
    cohorts_look(&cohorts, &parts, 6);
    assert_int_equal(cohorts.lowest[1], 6);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_look_is_a_part_of_its_own), TEST(each_two_become_one_when_they_are_used_up),
        TEST(a_long_watch_stays_in_its_room),      TEST(those_that_are_there_are_counted_by_age),
        TEST(arrivals_come_of_age_and_leave),      TEST(the_three_numbers_agree),
        TEST(merging_keeps_every_count),           TEST(the_lowest_of_a_part_is_that_of_its_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
