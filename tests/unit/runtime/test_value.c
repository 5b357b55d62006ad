/* Values and without-cancel. Numbers are items of docs/context-semantics.md. */
#include "runtime/node.h"
#include "runtime_test.h"

CTXT_VALUE(request_id, const char)
CTXT_VALUE(user, const char)

static int destroyed;
static void *destroyed_value;

static void count_destroyed(void *value)
{
    destroyed++;
    destroyed_value = value;
}

static void item_6_nearest_match_by_key(void **state)
{
    (void)state;
    ctxt_t *a = with_request_id(ctxt_background(), "one", NULL);
    ctxt_t *b = with_user(a, "ann", NULL), *c = with_request_id(b, "two", NULL);
    assert_string_equal(get_request_id(a), "one");
    assert_string_equal(get_request_id(b), "one");
    assert_string_equal(get_request_id(c), "two");
    assert_string_equal(get_user(c), "ann");
    assert_null(get_user(a));
    assert_null(get_user(ctxt_background()));
    /* Keys with equal names are still two keys. */
    static const ctxt_key_t another = {"user"};
    assert_null(ctxt_value(c, &another));
    ctxt_unref(c);
    ctxt_unref(b);
    ctxt_unref(a);
}

static void item_43_null_key_is_misuse(void **state)
{
    (void)state;
    expect_misuse();
    assert_null(ctxt_with_value(ctxt_background(), NULL, NULL, NULL));
    assert_misuse("nil key");
    end_misuse();
}

static void item_44_null_value_shadows(void **state)
{
    (void)state;
    ctxt_t *a = with_user(ctxt_background(), "ann", NULL), *b = with_user(a, NULL, NULL);
    bool found = false;
    assert_null(ctxt_value_found(b, &user_key, &found));
    assert_true(found);
    ctxt_value_found(b, &request_id_key, &found);
    assert_false(found);
    ctxt_unref(a);
    ctxt_unref(b);
}

static void item_45_values_stay_after_the_end(void **state)
{
    (void)state;
    ctxt_t *a = with_user(ctxt_background(), "ann", NULL), *c = ctxt_with_cancel(a);
    ctxt_unref(a); /* the child keeps it */
    ctxt_cancel(c);
    assert_string_equal(get_user(c), "ann");
    ctxt_unref(c);
}

static void item_46_depth_costs_no_stack(void **state)
{
    (void)state;
    enum { DEPTH = 300000 };
    ctxt_t *c = with_user(ctxt_background(), "ann", NULL);
    for (int i = 0; i < DEPTH; i++) {
        ctxt_t *deeper = with_request_id(c, "x", NULL);
        ctxt_unref(c);
        c = deeper;
    }
    assert_string_equal(get_user(c), "ann");
    ctxt_unref(c);
}

static void item_47_value_context_is_its_parent_otherwise(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    ctxt_t *value = with_user(parent, "ann", NULL);
    int64_t one = 1, other = 2;
    assert_true(ctxt_deadline(parent, &one) && ctxt_deadline(value, &other));
    assert_true(one == other);
    assert_int_equal(ctxt_done_fd(value), ctxt_done_fd(parent));
    ctxt_cancel_cause(parent, 8, "eight");
    assert_int_equal(ctxt_err(value), ECANCELED);
    assert_int_equal(ctxt_cause(value)->code, 8);
    expect_misuse();
    ctxt_cancel(value);
    assert_misuse("cannot be cancelled");
    end_misuse();
    ctxt_unref(value);
    ctxt_unref(parent);
}

static void item_48_without_cancel_never_ends(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    ctxt_t *named = with_user(parent, "ann", NULL), *detached = ctxt_without_cancel(named);
    ctxt_cancel(parent);
    assert_int_equal(ctxt_err(detached), 0);
    assert_null(ctxt_cause(detached));
    assert_false(ctxt_deadline(detached, NULL));
    assert_int_equal(ctxt_done_fd(detached), -1);
    assert_string_equal(get_user(detached), "ann");
    ctxt_unref(named);
    ctxt_unref(detached);
    ctxt_unref(parent);
}

static void item_49_below_without_cancel_is_a_fresh_root(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *detached = ctxt_without_cancel(parent), *child = ctxt_with_cancel(detached);
    ctxt_cancel_cause(parent, 1, "parent");
    assert_int_equal(ctxt_err(child), 0);
    ctxt_cancel_cause(child, 2, "child");
    assert_int_equal(ctxt_cause(child)->code, 2);
    assert_int_equal(ctxt_err(detached), 0);
    ctxt_unref(child);
    ctxt_unref(detached);
    ctxt_unref(parent);
}

static void destroy_runs_once_with_the_last_reference(void **state)
{
    (void)state;
    static char value[] = "value";
    destroyed = 0;
    ctxt_t *c = with_user(ctxt_background(), value, count_destroyed);
    ctxt_t *child = ctxt_with_cancel(c), *other = ctxt_observe(c);
    ctxt_unref(c);
    assert_int_equal(destroyed, 0);
    ctxt_unobserve(other);
    assert_int_equal(destroyed, 0); /* the child still keeps it */
    ctxt_cancel(child);
    ctxt_unref(child);
    assert_int_equal(destroyed, 1);
    assert_ptr_equal(destroyed_value, value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(item_6_nearest_match_by_key),
        cmocka_unit_test(item_43_null_key_is_misuse),
        cmocka_unit_test(item_44_null_value_shadows),
        cmocka_unit_test(item_45_values_stay_after_the_end),
        cmocka_unit_test(item_46_depth_costs_no_stack),
        cmocka_unit_test(item_47_value_context_is_its_parent_otherwise),
        cmocka_unit_test(item_48_without_cancel_never_ends),
        cmocka_unit_test(item_49_below_without_cancel_is_a_fresh_root),
        cmocka_unit_test(destroy_runs_once_with_the_last_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
