/* Causes: the rows of Go's TestCause, and TestCauseRace (context/x_test.go). */
#include "custom.h"

enum { PARENT = 101, CHILD, TOO_SLOW, FINISHED_EARLY };

/* Some cause that a context is given; Go's tests have error values for these. */
static void cancel_with_cause(ctxt_t *context, int code)
{
    ctxt_cancel_cause(context, code, "cause %d", code);
}

static void assert_ended(const ctxt_t *context, int error, int cause)
{
    char text[32];
    snprintf(text, sizeof text, "cause %d", cause);
    assert_int_equal(ctxt_err(context), error);
    assert_cause(context, cause,
                 cause == ECANCELED   ? "context canceled"
                 : cause == ETIMEDOUT ? "context deadline exceeded"
                                      : text);
}

/* Gives it back. */
static void expect(ctxt_t *context, int error, int cause)
{
    assert_ended(context, error, cause);
    ctxt_unref(context);
}

static void expect_open(ctxt_t *context)
{
    assert_int_equal(ctxt_err(context), 0);
    assert_null(ctxt_cause(context));
    ctxt_unref(context);
}

/* ---- cancels ---- */

static void background_has_no_cause(void **state)
{
    (void)state;
    expect_open(ctxt_background());
}

static void todo_has_no_cause(void **state)
{
    (void)state;
    expect_open(ctxt_todo());
}

static void plain_cancel(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel(c);
    expect(c, ECANCELED, ECANCELED);
}

static void cancel_cause(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    cancel_with_cause(c, PARENT);
    expect(c, ECANCELED, PARENT);
}

static void cancel_cause_nil(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel_cause(c, 0, NULL);
    expect(c, ECANCELED, ECANCELED);
}

/* Cancels one after the other, each with a cause or 0 for none; the child ends with `cause`. */
static void expect_child(bool parent_first, int by_parent, int by_child, int cause)
{
    ctxt_t *parent = ctxt_with_cancel(ctxt_background()), *child = ctxt_with_cancel(parent);
    for (int turn = 0; turn < 2; turn++) {
        bool parents_turn = (turn == 0) == parent_first;
        int given = parents_turn ? by_parent : by_child;
        if (given)
            cancel_with_cause(parents_turn ? parent : child, given);
        else
            ctxt_cancel(parents_turn ? parent : child);
    }
    expect(child, ECANCELED, cause);
    expect(parent, ECANCELED, by_parent ? by_parent : ECANCELED);
}

static void parent_cause_before_child(void **state)
{
    (void)state;
    expect_child(true, PARENT, CHILD, PARENT);
}

static void parent_cause_after_child(void **state)
{
    (void)state;
    expect_child(false, PARENT, CHILD, CHILD);
}

static void parent_cause_before_nil(void **state)
{
    (void)state;
    expect_child(true, PARENT, 0, PARENT);
}

static void parent_cause_after_nil(void **state)
{
    (void)state;
    expect_child(false, PARENT, 0, ECANCELED);
}

static void child_cause_after_nil(void **state)
{
    (void)state;
    expect_child(true, 0, CHILD, ECANCELED);
}

static void child_cause_before_nil(void **state)
{
    (void)state;
    expect_child(false, 0, CHILD, CHILD);
}

/* ---- timeouts ---- */

static ctxt_t *with_timeout_too_slow(ctxt_t *parent, int64_t timeout_ns)
{
    return ctxt_with_timeout_cause(parent, timeout_ns, TOO_SLOW, "cause %d", TOO_SLOW);
}

static void timeout(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), 0);
    ctxt_cancel(c);
    expect(c, ETIMEDOUT, ETIMEDOUT);
}

static void timeout_canceled(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), FOREVER);
    ctxt_cancel(c);
    expect(c, ECANCELED, ECANCELED);
}

static void timeout_cause(void **state)
{
    (void)state;
    ctxt_t *c = with_timeout_too_slow(ctxt_background(), 0);
    ctxt_cancel(c);
    expect(c, ETIMEDOUT, TOO_SLOW);
    c = with_timeout_too_slow(ctxt_background(), SOON); /* one that has to be waited for */
    assert_int_equal(ctxt_wait(c, CTXT_NEVER), ETIMEDOUT);
    expect(c, ETIMEDOUT, TOO_SLOW);
}

static void timeout_cause_canceled(void **state)
{
    (void)state;
    ctxt_t *c = with_timeout_too_slow(ctxt_background(), FOREVER);
    ctxt_cancel(c);
    expect(c, ECANCELED, ECANCELED);
}

static void timeout_cause_stacked(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background()), *c = with_timeout_too_slow(parent, 0);
    cancel_with_cause(parent, FINISHED_EARLY);
    expect(c, ETIMEDOUT, TOO_SLOW);
    ctxt_unref(parent);
}

static void timeout_cause_stacked_canceled(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *c = with_timeout_too_slow(parent, FOREVER);
    cancel_with_cause(parent, FINISHED_EARLY);
    expect(c, ECANCELED, FINISHED_EARLY);
    ctxt_unref(parent);
}

/* ---- without cancel ---- */

static void without_cancel(void **state)
{
    (void)state;
    expect_open(ctxt_without_cancel(ctxt_background()));
}

static void without_cancel_canceled(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background()), *c = ctxt_without_cancel(parent);
    cancel_with_cause(parent, FINISHED_EARLY);
    expect_open(c);
    ctxt_unref(parent);
}

static void without_cancel_timeout(void **state)
{
    (void)state;
    ctxt_t *parent = with_timeout_too_slow(ctxt_background(), 0), *c = ctxt_without_cancel(parent);
    ctxt_cancel(parent);
    expect_open(c);
    ctxt_unref(parent);
}

/* ---- custom contexts ---- */

enum order { PARENT_STAYS, PARENT_FIRST, CUSTOM_FIRST };

static void expect_custom(enum order order, int cause)
{
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    struct custom custom;
    custom_init(&custom, parent);
    if (order == PARENT_FIRST)
        cancel_with_cause(parent, PARENT);
    custom_end(&custom, ECANCELED);
    if (order == CUSTOM_FIRST)
        cancel_with_cause(parent, PARENT);
    assert_ended(custom.context, ECANCELED, cause);
    custom_release(&custom);
    cancel_and_unref(parent);
}

static void parent_of_custom_not_canceled(void **state)
{
    (void)state;
    expect_custom(PARENT_STAYS, ECANCELED);
}

static void parent_of_custom_canceled_before(void **state)
{
    (void)state;
    expect_custom(PARENT_FIRST, PARENT);
}

/* Go says of this that it is not really right; nobody can tell which was first. */
static void parent_of_custom_canceled_after(void **state)
{
    (void)state;
    expect_custom(CUSTOM_FIRST, PARENT);
}

/* ---- what there is in C only ---- */

static void a_code_without_text_is_named_by_its_number(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel_cause(c, 9, NULL);
    assert_cause(c, 9, "code 9");
    ctxt_unref(c);
}

static int cancel_parent(ctxt_t *unused, void *context)
{
    (void)unused;
    cancel_with_cause(context, PARENT);
    return 0;
}

static void cause_race(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        ctxt_t *c = ctxt_with_cancel(ctxt_background());
        ctxt_task_t *task = start(cancel_parent, c);
        const ctxt_cause_t *cause;
        while (!(cause = ctxt_cause(c)))
            ;
        assert_int_equal(cause->code, PARENT);
        assert_int_equal(result_of(task), 0);
        ctxt_unref(c);
    }
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(background_has_no_cause),
        cmocka_unit_test(todo_has_no_cause),
        cmocka_unit_test(plain_cancel),
        cmocka_unit_test(cancel_cause),
        cmocka_unit_test(cancel_cause_nil),
        cmocka_unit_test(parent_cause_before_child),
        cmocka_unit_test(parent_cause_after_child),
        cmocka_unit_test(parent_cause_before_nil),
        cmocka_unit_test(parent_cause_after_nil),
        cmocka_unit_test(child_cause_after_nil),
        cmocka_unit_test(child_cause_before_nil),
        cmocka_unit_test(timeout),
        cmocka_unit_test(timeout_canceled),
        cmocka_unit_test(timeout_cause),
        cmocka_unit_test(timeout_cause_canceled),
        cmocka_unit_test(timeout_cause_stacked),
        cmocka_unit_test(timeout_cause_stacked_canceled),
        cmocka_unit_test(without_cancel),
        cmocka_unit_test(without_cancel_canceled),
        cmocka_unit_test(without_cancel_timeout),
        cmocka_unit_test(parent_of_custom_not_canceled),
        cmocka_unit_test(parent_of_custom_canceled_before),
        cmocka_unit_test(parent_of_custom_canceled_after),
        cmocka_unit_test(a_code_without_text_is_named_by_its_number),
        cmocka_unit_test(cause_race),
    };
    return run_or_list(count, arguments, tests, COUNT_OF(tests));
}
