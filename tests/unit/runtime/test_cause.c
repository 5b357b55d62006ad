/* Causes: the table of Go's TestCause, in C. Numbers are items of docs/context-semantics.md. */
#include "runtime_test.h"

#include <pthread.h>

enum { PARENT = 101, CHILD, TOO_SLOW };

struct pair {
    ctxt_t *parent, *child;
};

static struct pair both_open(void)
{
    struct pair pair;
    pair.parent = ctxt_with_cancel(ctxt_background());
    pair.child = ctxt_with_cancel(pair.parent);
    return pair;
}

static void done_with(struct pair pair)
{
    ctxt_unref(pair.child);
    ctxt_unref(pair.parent);
}

static void item_26_first_cancel_counts(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel_cause(c, PARENT, "one");
    const ctxt_cause_t *cause = ctxt_cause(c);
    ctxt_cancel_cause(c, CHILD, "other");
    assert_ptr_equal(ctxt_cause(c), cause);
    assert_int_equal(cause->code, PARENT);
    ctxt_unref(c);
}

static void item_27_code_without_text(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel_cause(c, PARENT, NULL);
    assert_int_equal(ctxt_err(c), ECANCELED);
    assert_int_equal(ctxt_cause(c)->code, PARENT);
    assert_string_equal(ctxt_cause(c)->text, "code 101");
    ctxt_unref(c);
    c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel(c);
    assert_int_equal(ctxt_cause(c)->code, ECANCELED);
    ctxt_unref(c);
    c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel_cause(c, 0, NULL); /* no cause is given: as ctxt_cancel() */
    assert_int_equal(ctxt_cause(c)->code, ECANCELED);
    assert_string_equal(ctxt_cause(c)->text, "context canceled");
    ctxt_unref(c);
    c = ctxt_with_timeout_cause(ctxt_background(), 0, 0, NULL);
    assert_int_equal(ctxt_cause(c)->code, ETIMEDOUT);
    assert_string_equal(ctxt_cause(c)->text, "context deadline exceeded");
    ctxt_unref(c);
}

static void item_28_parent_first(void **state)
{
    (void)state;
    struct pair p = both_open();
    ctxt_cancel_cause(p.parent, PARENT, "parent");
    ctxt_cancel_cause(p.child, CHILD, "child");
    assert_int_equal(ctxt_cause(p.parent)->code, PARENT);
    assert_int_equal(ctxt_cause(p.child)->code, PARENT);
    done_with(p);
}

static void item_28_child_first(void **state)
{
    (void)state;
    struct pair p = both_open();
    ctxt_cancel_cause(p.child, CHILD, "child");
    assert_null(ctxt_cause(p.parent));
    ctxt_cancel_cause(p.parent, PARENT, "parent");
    assert_int_equal(ctxt_cause(p.parent)->code, PARENT);
    assert_int_equal(ctxt_cause(p.child)->code, CHILD);
    done_with(p);
}

static void item_29_plain_child(void **state)
{
    (void)state;
    struct pair p = both_open();
    ctxt_cancel_cause(p.parent, PARENT, "parent");
    assert_int_equal(ctxt_cause(p.child)->code, PARENT);
    done_with(p);
    p = both_open();
    ctxt_cancel(p.child);
    ctxt_cancel_cause(p.parent, PARENT, "parent");
    assert_int_equal(ctxt_cause(p.child)->code, ECANCELED);
    done_with(p);
}

static void item_30_open_has_no_cause(void **state)
{
    (void)state;
    struct pair p = both_open();
    assert_null(ctxt_cause(p.parent));
    assert_null(ctxt_cause(p.child));
    ctxt_cancel(p.parent);
    done_with(p);
}

static void item_38_timeouts(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_timeout_cause(ctxt_background(), 0, TOO_SLOW, "too slow");
    assert_int_equal(ctxt_err(c), ETIMEDOUT);
    assert_int_equal(ctxt_cause(c)->code, TOO_SLOW);
    ctxt_t *below = ctxt_with_cancel(c);
    assert_int_equal(ctxt_cause(below)->code, TOO_SLOW);
    ctxt_unref(below);
    ctxt_unref(c);
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    c = ctxt_with_timeout_cause(parent, CTXT_HOUR, TOO_SLOW, "too slow");
    ctxt_cancel_cause(parent, PARENT, "parent");
    assert_int_equal(ctxt_cause(c)->code, PARENT);
    ctxt_unref(c);
    ctxt_unref(parent);
}

static void a_cause_outlives_the_context_that_made_it(void **state)
{
    (void)state;
    struct pair p = both_open();
    ctxt_cancel_cause(p.parent, PARENT, "request %s", "a42");
    ctxt_unref(p.parent);
    assert_string_equal(ctxt_cause(p.child)->text, "request a42");
    ctxt_unref(p.child);
}

static void a_cause_may_be_long(void **state)
{
    (void)state;
    enum { LONGEST = 100000 };
    static const int lengths[] = {0, 1, 255, 256, 257, 447, 448, LONGEST};
    char *text = malloc(LONGEST);
    memset(text, 'x', LONGEST);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct pair p = both_open();
        ctxt_cancel_cause(p.parent, 1, "%.*s.", lengths[i], text);
        const char *told = ctxt_cause(p.child)->text;
        assert_int_equal(strlen(told), lengths[i] + 1);
        assert_int_equal(strspn(told, "x"), lengths[i]);
        assert_string_equal(told + lengths[i], ".");
        done_with(p);
        ctxt_t *late = ctxt_with_timeout_cause(ctxt_background(), 0, 1, "%.*s", lengths[i], text);
        assert_int_equal(strlen(ctxt_cause(late)->text), lengths[i]);
        ctxt_unref(late);
    }
    free(text);
}

static void *poll_cause(void *argument)
{
    const ctxt_cause_t *cause;
    while (!(cause = ctxt_cause(argument)))
        ;
    return cause->code == PARENT ? NULL : argument;
}

static void item_33_polling_races_with_nothing(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct pair p = both_open();
        pthread_t one, other;
        pthread_create(&one, NULL, poll_cause, p.parent);
        pthread_create(&other, NULL, poll_cause, p.child);
        ctxt_cancel_cause(p.parent, PARENT, "parent");
        void *failed[2];
        pthread_join(one, &failed[0]);
        pthread_join(other, &failed[1]);
        assert_null(failed[0]);
        assert_null(failed[1]);
        done_with(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(item_26_first_cancel_counts),
        cmocka_unit_test(item_27_code_without_text),
        cmocka_unit_test(item_28_parent_first),
        cmocka_unit_test(item_28_child_first),
        cmocka_unit_test(item_29_plain_child),
        cmocka_unit_test(item_30_open_has_no_cause),
        cmocka_unit_test(item_33_polling_races_with_nothing),
        cmocka_unit_test(item_38_timeouts),
        cmocka_unit_test(a_cause_outlives_the_context_that_made_it),
        cmocka_unit_test(a_cause_may_be_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
