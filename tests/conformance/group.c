/* Groups: golang.org/x/sync/errgroup, errgroup_test.go and errgroup_example_md5all_test.go. */
#include "conformance.h"

enum { DOOM = 7 };

static int return_it(ctxt_t *unused, void *result)
{
    (void)unused;
    return *(int *)result;
}

/* What the tasks of a group return, one started after the other; and what the group is to say. */
struct row {
    int results[3];
    size_t count;
    int expected;
};

static struct row rows[] = {
    {{0}, 0, 0}, {{0}, 1, 0}, {{DOOM}, 1, DOOM}, {{DOOM, 0}, 2, DOOM}, {{DOOM, 0, 8}, 3, DOOM}};

/* Go's zero group is used again after each wait; here each wait has a group of its own. */
static void a_group_is_used_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int first_failure = 0;
        for (size_t t = 0; t < rows[i].count; t++) {
            ctxt_group_t *group = ctxt_group_new(ctxt_background());
            assert_int_equal(ctxt_group_go(group, return_it, &rows[i].results[t]), 0);
            int failure = ctxt_group_wait(group);
            assert_int_equal(failure, rows[i].results[t]);
            first_failure = first_failure ? first_failure : failure;
        }
        assert_int_equal(first_failure, rows[i].expected);
    }
}

/* Runs the row, one task after the other; gives the group's context, observed. */
static ctxt_t *run_row(struct row *row, int (*go)(ctxt_group_t *, ctxt_task_function *, void *))
{
    ctxt_group_t *group = ctxt_group_new(ctxt_background());
    assert_int_equal(ctxt_group_limit(group, 1), 0); /* so that the first failure is the first */
    ctxt_t *context = ctxt_observe(ctxt_group_context(group));
    assert_int_equal(ctxt_err(context), 0);
    for (size_t t = 0; t < row->count; t++) {
        int error;
        while ((error = go(group, return_it, &row->results[t])) == EBUSY)
            pass_the_processor();
        assert_true(error == 0 || (error == ECANCELED && t > 0));
    }
    assert_int_equal(ctxt_group_wait(group), row->expected);
    return context;
}

static void waiting_ends_the_context(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ctxt_t *context = run_row(&rows[i], ctxt_group_go);
        assert_done(context, ECANCELED);
        ctxt_unobserve(context);
    }
}

static void the_first_failure_is_the_cause(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ctxt_t *context = run_row(&rows[i], ctxt_group_try_go);
        if (rows[i].expected == 0)
            assert_cause(context, ECANCELED, "context canceled");
        else
            assert_cause(context, DOOM, "a task of the group failed: 7");
        ctxt_unobserve(context);
    }
}

/* ---- limits ---- */

static int send_one(ctxt_t *context, void *channel)
{
    const int one = 1;
    return ctxt_chan_send(context, channel, &one);
}

static void start_as_many_as_fit(ctxt_group_t *group, unsigned limit, ctxt_chan_t *channel)
{
    assert_int_equal(ctxt_group_limit(group, limit), 0);
    for (unsigned i = 0; i < limit; i++)
        assert_int_equal(ctxt_group_try_go(group, send_one, channel), 0);
    assert_int_equal(ctxt_group_try_go(group, send_one, channel), EBUSY);
    assert_int_equal(ctxt_group_limit(group, limit + 1), EBUSY);
    for (unsigned i = 0; i < limit; i++)
        assert_int_equal(receive_int(channel), 1);
}

static void a_full_group_lets_nobody_in(void **state)
{
    (void)state;
    ctxt_chan_t *channel = int_channel(0);
    static const unsigned limits[] = {42, 1};
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        ctxt_group_t *group = ctxt_group_new(ctxt_background());
        start_as_many_as_fit(group, limits[i], channel);
        int error; /* there is room again when those that have sent have ended, too */
        while ((error = ctxt_group_try_go(group, send_one, channel)) == EBUSY)
            pass_the_processor();
        assert_int_equal(error, 0);
        assert_int_equal(receive_int(channel), 1);
        assert_int_equal(ctxt_group_wait(group), 0);
    }
    ctxt_chan_unref(channel);
}

/* In Go a limit of zero lets nobody in. */
static void a_limit_of_zero_is_none(void **state)
{
    (void)state;
    enum { TASKS = 50 };
    ctxt_chan_t *channel = int_channel(0);
    ctxt_group_t *group = ctxt_group_new(ctxt_background());
    assert_int_equal(ctxt_group_limit(group, 1), 0);
    assert_int_equal(ctxt_group_limit(group, 0), 0);
    for (int i = 0; i < TASKS; i++)
        assert_int_equal(ctxt_group_try_go(group, send_one, channel), 0);
    for (int i = 0; i < TASKS; i++)
        receive_int(channel);
    assert_int_equal(ctxt_group_wait(group), 0);
    ctxt_chan_unref(channel);
}

enum { LIMIT = 10 };

static int count_active(ctxt_t *unused, void *active)
{
    (void)unused;
    _Atomic int *counter = active;
    int now = atomic_fetch_add(counter, 1) + 1;
    sched_yield();
    atomic_fetch_sub(counter, 1);
    return now > LIMIT ? DOOM : 0;
}

static void the_limit_holds(void **state)
{
    (void)state;
    ctxt_group_t *group = ctxt_group_new(ctxt_background());
    _Atomic int active = 0;
    assert_int_equal(ctxt_group_limit(group, LIMIT), 0);
    for (int i = 0; i <= 1 << 10; i++)
        assert_int_equal(ctxt_group_go(group, count_active, &active), 0);
    assert_int_equal(ctxt_group_wait(group), 0);
}

/* ---- examples ---- */

struct search {
    const char *kind;
    char result[64];
};

static int search(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct search *search = argument;
    snprintf(search->result, sizeof search->result, "%s result for \"golang\"", search->kind);
    return 0;
}

static void tasks_that_each_have_a_result(void **state)
{
    (void)state;
    struct search searches[] = {{.kind = "web"}, {.kind = "image"}, {.kind = "video"}};
    ctxt_group_t *group = ctxt_group_new(ctxt_background());
    for (size_t i = 0; i < COUNT_OF(searches); i++)
        assert_int_equal(ctxt_group_go(group, search, &searches[i]), 0);
    assert_int_equal(ctxt_group_wait(group), 0);
    assert_string_equal(searches[0].result, "web result for \"golang\"");
    assert_string_equal(searches[1].result, "image result for \"golang\"");
    assert_string_equal(searches[2].result, "video result for \"golang\"");
}

/* One task makes numbers, some square them, and whoever asked adds them up. */
struct pipeline {
    ctxt_chan_t *numbers, *squares;
    ctxt_group_t *group;
    int fails_at; /* a number that cannot be squared; 0: none */
};

enum { NUMBERS = 100, SQUARERS = 20 };

static int make_numbers(ctxt_t *context, void *argument)
{
    struct pipeline *pipeline = argument;
    int status = 0;
    for (int i = 1; i <= NUMBERS && status == 0; i++)
        status = ctxt_chan_send(context, pipeline->numbers, &i);
    ctxt_chan_close(pipeline->numbers);
    return status;
}

static int square_numbers(ctxt_t *context, void *argument)
{
    struct pipeline *pipeline = argument;
    int number, status;
    while ((status = ctxt_chan_receive(context, pipeline->numbers, &number)) == 0) {
        if (number == pipeline->fails_at)
            return DOOM;
        int square = number * number;
        status = ctxt_chan_send(context, pipeline->squares, &square);
        if (status != 0)
            break;
    }
    return status == EPIPE ? 0 : status;
}

static int close_behind_the_group(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct pipeline *pipeline = argument;
    int failure = ctxt_group_wait(pipeline->group);
    ctxt_chan_close(pipeline->squares);
    return failure;
}

/* What the group says; the sum of what has come out. */
static int run_pipeline(int fails_at, int *sum)
{
    struct pipeline pipeline = {int_channel(0), int_channel(0), ctxt_group_new(ctxt_background()),
                                fails_at};
    assert_int_equal(ctxt_group_go(pipeline.group, make_numbers, &pipeline), 0);
    for (int i = 0; i < SQUARERS; i++) {
        int error = ctxt_group_go(pipeline.group, square_numbers, &pipeline);
        assert_true(error == 0);
    }
    ctxt_task_t *closer = start(close_behind_the_group, &pipeline);
    int square;
    *sum = 0;
    while (ctxt_chan_receive(ctxt_background(), pipeline.squares, &square) == 0)
        *sum += square;
    int failure = result_of(closer);
    ctxt_chan_unref(pipeline.numbers);
    ctxt_chan_unref(pipeline.squares);
    return failure;
}

static void a_pipeline_ends_with_its_group(void **state)
{
    (void)state;
    int sum, whole = NUMBERS * (NUMBERS + 1) * (2 * NUMBERS + 1) / 6;
    assert_int_equal(run_pipeline(0, &sum), 0);
    assert_int_equal(sum, whole);
    assert_int_equal(run_pipeline(50, &sum), DOOM);
    assert_true(sum < whole);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_is_used_once),
        cmocka_unit_test(waiting_ends_the_context),
        cmocka_unit_test(the_first_failure_is_the_cause),
        cmocka_unit_test(a_full_group_lets_nobody_in),
        cmocka_unit_test(a_limit_of_zero_is_none),
        cmocka_unit_test(the_limit_holds),
        cmocka_unit_test(tasks_that_each_have_a_result),
        cmocka_unit_test(a_pipeline_ends_with_its_group),
    };
    return run_or_list(count, arguments, tests, COUNT_OF(tests));
}
