/* What was done to a program, as lines of the log. */
#include "ctxtop/interventions.h"
#include "ctxtop/log_file.h"
#include "ctxtop/view.h"
#include "scene.h"

static struct snapshot_program program;
static struct interventions done;

static int begin(void **state)
{
    (void)state;
    program = (struct snapshot_program){.pid = 7};
    done = (struct interventions){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    interventions_free(&done);
    return 0;
}

static void stop(uint64_t count, int64_t total_ns)
{
    program.interventions[INTERVENTION_STOP].count += count;
    program.interventions[INTERVENTION_STOP].total_ns += total_ns;
}

static void what_was_done_since_the_sample_before_is_a_line(void **state)
{
    (void)state;
    assert_false(interventions_update(&done, &program, 0));
    stop(1, 3000000);
    assert_true(interventions_update(&done, &program, 0));
    assert_false(interventions_update(&done, &program, 0));
    stop(2, 5000000);
    assert_true(interventions_update(&done, &program, 0));
    assert_int_equal(done.count, 2);
    assert_string_equal(done.lines[0].text, "process 7 was stopped for 3ms");
    assert_string_equal(done.lines[1].text, "process 7 was stopped 2 times for 5ms");
}

static void calls_that_began_again_are_told_of_each_sample(void **state)
{
    (void)state;
    struct snapshot_restarts *restarts = &program.interventions[INTERVENTION_STOP].restarts;
    stop(1, 3000000);
    *restarts = (struct snapshot_restarts){3, 0, 4000000};
    interventions_update(&done, &program, 0);
    stop(1, 3000000);
    *restarts = (struct snapshot_restarts){4, 1, 4000000};
    interventions_update(&done, &program, 0);
    stop(1, 3000000);
    interventions_update(&done, &program, 0);
    assert_int_equal(done.count, 3);
    assert_string_equal(done.lines[0].text, "process 7 was stopped for 3ms; 3 timed calls "
                                            "restarted, each at most 4ms late");
    assert_string_equal(done.lines[1].text, "process 7 was stopped for 3ms; 1 timed call "
                                            "restarted, late by less than its time-out");
    assert_string_equal(done.lines[2].text, "process 7 was stopped for 3ms");
}

static void of_what_takes_no_time_the_first_is_a_line(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        program.interventions[INTERVENTION_SIGN_OF_LIFE].count++;
        assert_int_equal(interventions_update(&done, &program, 0), i == 0);
    }
    assert_string_equal(done.lines[0].text, "process 7 was given a sign of life in its segment");
}

static void another_program_begins_at_nothing(void **state)
{
    (void)state;
    stop(3, 3000000);
    interventions_update(&done, &program, 0);
    program.pid = 8;
    assert_true(interventions_update(&done, &program, 0));
    assert_string_equal(done.lines[1].text, "process 8 was stopped 3 times for 3ms");
    /* The same, opened again: its counts begin again. */
    program.interventions[INTERVENTION_STOP] =
        (struct snapshot_intervention){.count = 1, .total_ns = 2000000};
    assert_true(interventions_update(&done, &program, 0));
    assert_string_equal(done.lines[2].text, "process 8 was stopped for 2ms");
}

static void the_oldest_are_forgotten(void **state)
{
    (void)state;
    for (int i = 0; i < INTERVENTION_LINES + 5; i++) {
        stop(1, 1000000 * (i + 1));
        assert_true(interventions_update(&done, &program, 0));
        assert_true(done.count <= INTERVENTION_LINES);
    }
    assert_int_equal(done.forgotten + done.count, INTERVENTION_LINES + 5);
    assert_string_equal(done.lines[done.count - 1].text, "process 7 was stopped for 1.0s");
}

/* The texts of the rows, in their order, and when they are sorted. */
static void the_log_has_both_in_the_order_in_which_they_came(void **state)
{
    (void)state;
    static char bytes[] = "one\ntwo\nthree";
    struct log_line lines[] = {{0, 0, 3}, {4, 4, 3}, {8, 8, 5}};
    const struct log_file log = {.bytes = bytes, .used = 13, .lines = lines, .count = 3};
    const struct model model = {.log = &log, .done = &done};
    const char *expected[] = {"one", "process 7 was stopped for 1ms", "two", "three",
                              "process 7 was stopped for 2ms"};
    stop(1, 1000000);
    interventions_update(&done, &program, 4);
    stop(1, 2000000);
    interventions_update(&done, &program, 13);
    assert_true(view_available(&log_view, &model));
    struct items items = {0};
    log_view.items(&model, &items);
    assert_int_equal(items.count, 5);
    for (uint32_t i = 0; i < items.count; i++) {
        assert_string_equal(scene_cell(&model, &log_view, &items.items[i], "LOG", false),
                            expected[i]);
        for (uint32_t n = 0; n < items.count; n++) {
            int order = log_view.compare(&model, &items.items[i], &items.items[n], 0);
            assert_int_equal((order > 0) - (order < 0), (i > n) - (i < n));
        }
    }
    free(items.items);
}

static void without_a_command_and_anything_done_there_is_no_log(void **state)
{
    (void)state;
    const struct model model = {.done = &done};
    assert_false(view_available(&log_view, &model));
    stop(1, 1000000);
    interventions_update(&done, &program, 0);
    assert_true(view_available(&log_view, &model));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_done_since_the_sample_before_is_a_line, begin,
                                        end),
        cmocka_unit_test_setup_teardown(calls_that_began_again_are_told_of_each_sample, begin, end),
        cmocka_unit_test_setup_teardown(of_what_takes_no_time_the_first_is_a_line, begin, end),
        cmocka_unit_test_setup_teardown(another_program_begins_at_nothing, begin, end),
        cmocka_unit_test_setup_teardown(the_oldest_are_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(the_log_has_both_in_the_order_in_which_they_came, begin,
                                        end),
        cmocka_unit_test_setup_teardown(without_a_command_and_anything_done_there_is_no_log, begin,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
