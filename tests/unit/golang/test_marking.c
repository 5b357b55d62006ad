/*
 * What is a root of the marking and what is not: planted defects are proved, their twins are not.
 */
#include "go_claims.h"

static const struct snapshot_task *find_main(const struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        if (snapshot->tasks[i].main)
            return &snapshot->tasks[i];
    fail_msg("there is no main");
    return NULL;
}

/* Whatever it is that main does not return from, what its frames hold is in use. */
static void look_at_one_that_stays(const struct go_target *built, const char *way)
{
    struct go_target target = *built;
    print_message("%s\n", way);
    go_target_start(&target, way, NULL);
    struct go_session *session = go_target_open(&target, true);
    struct snapshot *snapshot = go_target_take(session);
    struct claimed claimed = count_claims(snapshot);
    assert_int_equal(claimed.alive, 3);
    assert_int_equal(claimed.alive_unknown, 0);
    assert_int_equal(claimed.held, 2);
    assert_int_equal(claimed.held_unknown, 0);
    assert_int_equal(claimed.leaked_proved, 1);
    assert_int_equal(claimed.lost_proved, 1);
    /* Itself it is what it is. */
    bool library = strcmp(way, "library") == 0;
    assert_int_equal(find_main(snapshot)->wakeable.value, library ? FACT_YES : FACT_NO);
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_stop(&target);
}

static void test_one_that_stays_for_ever_is_a_root(void **state)
{
    (void)state;
    static const char *const ways[] = {"select",    "make",       "nil",    "nils",
                                       "send",      "group",      "lock",   "own",
                                       "condition", "background", "library"};
    struct go_target target;
    if (!go_is_there())
        skip();
    go_target_build(&target, "stays", "");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        look_at_one_that_stays(&target, ways[i]);
    go_target_end(&target);
}

static const char *const all_flags[] = {"", "-ldflags='-s -w'"};

static void test_what_is_reached_by_weak_pointers(void **state)
{
    (void)state;
    if (!go_is_there() || go_minor_there() < 24) /* it has none */
        skip();
    for (size_t i = 0; i < sizeof all_flags / sizeof *all_flags; i++) {
        struct claimed claimed = claims_about("weakly", all_flags[i], NULL);
        assert_int_equal(claimed.alive, 5);
        assert_int_equal(claimed.alive_unknown, 0);
        assert_int_equal(claimed.leaked, 2);
        /* Before, the handles shared their memory with others, which kept these alive, too. */
        if (go_minor_there() >= 26)
            assert_int_equal(claimed.leaked_proved, 2);
    }
}

static void test_cleanups(void **state)
{
    (void)state;
    if (!go_is_there() || go_minor_there() < 24)
        skip();
    for (size_t i = 0; i < sizeof all_flags / sizeof *all_flags; i++)
        assert_int_equal(claims_about("cleanups", all_flags[i], NULL).alive, 9);
}

/* What numbers lead to is not known to be alive, and is not said to be leaked. */
static void test_what_is_hidden_from_the_collector(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    for (size_t i = 0; i < sizeof all_flags / sizeof *all_flags; i++) {
        struct claimed claimed = claims_about("hides", all_flags[i], NULL);
        assert_int_equal(claimed.alive, 16);
        assert_int_equal(claimed.alive_unknown, 16);
        assert_int_equal(claimed.held, 1);
        assert_int_equal(claimed.held_unknown, 1);
        assert_int_equal(claimed.leaked, 2);
        assert_int_equal(claimed.leaked_proved, 2);
        assert_int_equal(claimed.lost_proved, 1);
    }
}

/*
 * Contexts that are parts of larger objects are found as such; and what captured a part of a
 * context can cancel it. Since Go 1.22 objects of more than 512 bytes have their pointers by their
 * type, which is not read where reflect made it at run time: there are two.
 */
static void test_what_is_held_by_its_middle(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    for (size_t i = 0; i < sizeof all_flags / sizeof *all_flags; i++) {
        struct claimed claimed = claims_about("inside", all_flags[i], NULL);
        assert_int_equal(claimed.held, go_minor_there() < 22 ? 21 : 19);
        assert_int_equal(claimed.held_unknown, 0);
        assert_int_equal(claimed.lost, 2);
        assert_int_equal(claimed.lost_proved, 2);
    }
}

/* Package context's goroutine that watches a parent is no way to cancel the child by itself. */
static void test_what_is_below_a_parent_of_its_own(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    for (size_t i = 0; i < sizeof all_flags / sizeof *all_flags; i++) {
        struct claimed claimed = claims_about("watched", all_flags[i], NULL);
        assert_int_equal(claimed.held, 1);
        assert_int_equal(claimed.held_unknown, 0);
        assert_int_equal(claimed.lost, 1);
        assert_int_equal(claimed.lost_proved, 1);
    }
}

/* Only with GOEXPERIMENT=arenas, see tests/programs/go/check_experiments.sh. */
static void test_what_lies_in_arenas(void **state)
{
    (void)state;
    const char *experiment = getenv("GOEXPERIMENT");
    if (!go_is_there() || !experiment || strcmp(experiment, "arenas") != 0)
        skip();
    struct claimed claimed = claims_about("arenas", "", NULL);
    assert_int_equal(claimed.alive, 40);
    assert_int_equal(claimed.leaked_proved, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_that_stays_for_ever_is_a_root),
        cmocka_unit_test(test_what_is_reached_by_weak_pointers),
        cmocka_unit_test(test_cleanups),
        cmocka_unit_test(test_what_is_hidden_from_the_collector),
        cmocka_unit_test(test_what_is_held_by_its_middle),
        cmocka_unit_test(test_what_is_below_a_parent_of_its_own),
        cmocka_unit_test(test_what_lies_in_arenas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
