/* After-functions. Numbers are items of docs/context-semantics.md. */
#include "runtime/node.h"
#include "runtime_test.h"

#include <pthread.h>

struct call {
    _Atomic int count;
    pthread_t thread;
    _Atomic bool hold; /* the function waits for this to become false */
};

static void called(void *argument)
{
    struct call *call = argument;
    call->thread = pthread_self();
    while (atomic_load(&call->hold))
        ctxt_wait(ctxt_background(), CTXT_MILLISECOND);
    atomic_fetch_add(&call->count, 1);
}

static bool comes(struct call *call, int count)
{
    while (atomic_load(&call->count) < count)
        ctxt_wait(ctxt_background(), CTXT_MILLISECOND);
    return atomic_load(&call->count) == count;
}

static void item_50_runs_in_a_thread_of_its_own(void **state)
{
    (void)state;
    struct call call = {.hold = true};
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_after_t *after = ctxt_after_func(c, called, &call);
    ctxt_cancel(c); /* returns although the function is held up */
    atomic_store(&call.hold, false);
    assert_true(comes(&call, 1));
    assert_false(pthread_equal(call.thread, pthread_self()));
    ctxt_after_release(after);
    ctxt_unref(c);
}

static void item_51_runs_at_once_if_ended(void **state)
{
    (void)state;
    struct call call = {0};
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel(c);
    ctxt_after_t *after = ctxt_after_func(c, called, &call);
    assert_true(comes(&call, 1));
    assert_false(ctxt_after_stop(after));
    ctxt_after_release(after);
    ctxt_unref(c);
}

static void item_52_independent_and_once(void **state)
{
    (void)state;
    struct call calls[20] = {0};
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_after_t *after[20];
    for (int i = 0; i < 20; i++)
        after[i] = ctxt_after_func(c, called, &calls[i]);
    ctxt_cancel(c);
    ctxt_cancel(c);
    for (int i = 0; i < 20; i++) {
        assert_true(comes(&calls[i], 1));
        ctxt_after_release(after[i]);
    }
    ctxt_unref(c);
}

static void items_53_54_stop(void **state)
{
    (void)state;
    struct call call = {0};
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_after_t *after = ctxt_after_func(c, called, &call);
    assert_non_null(c->children);
    assert_true(ctxt_after_stop(after));
    assert_null(c->children);
    assert_false(ctxt_after_stop(after));
    ctxt_cancel(c);
    ctxt_after_release(after);
    ctxt_wait(ctxt_background(), 20 * CTXT_MILLISECOND);
    assert_int_equal(atomic_load(&call.count), 0);

    c = (ctxt_unref(c), ctxt_with_cancel(ctxt_background()));
    after = ctxt_after_func(c, called, &call);
    ctxt_cancel(c);
    assert_false(ctxt_after_stop(after)); /* too late */
    assert_true(comes(&call, 1));
    ctxt_after_release(after);
    ctxt_unref(c);
}

static void item_55_expiry_and_never(void **state)
{
    (void)state;
    struct call call = {0};
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), 5 * CTXT_MILLISECOND);
    ctxt_after_t *after = ctxt_after_func(c, called, &call);
    assert_true(comes(&call, 1));
    ctxt_after_release(after);
    ctxt_unref(c);
    after = ctxt_after_func(ctxt_background(), called, &call);
    assert_true(ctxt_after_stop(after));
    ctxt_after_release(after);
    assert_int_equal(atomic_load(&call.count), 1);
}

struct stopper {
    ctxt_after_t *after;
    _Atomic int stopped; /* -1: not asked yet */
};

static void stop_myself(void *argument)
{
    struct stopper *stopper = argument;
    atomic_store(&stopper->stopped, ctxt_after_stop(stopper->after));
}

static void stop_from_inside_the_function(void **state)
{
    (void)state;
    struct stopper stopper = {.stopped = -1};
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    stopper.after = ctxt_after_func(c, stop_myself, &stopper);
    ctxt_cancel(c);
    while (atomic_load(&stopper.stopped) == -1)
        ctxt_wait(ctxt_background(), CTXT_MILLISECOND);
    assert_int_equal(atomic_load(&stopper.stopped), false);
    ctxt_after_release(stopper.after);
    ctxt_unref(c);
}

static void cancel_another(void *argument)
{
    ctxt_cancel(argument);
    ctxt_unobserve(argument);
}

static void cancel_from_inside_the_function(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background()), *other = ctxt_with_cancel(ctxt_background());
    ctxt_after_t *after = ctxt_after_func(c, cancel_another, ctxt_observe(other));
    ctxt_cancel(c);
    assert_int_equal(ctxt_wait(other, CTXT_NEVER), ECANCELED);
    ctxt_after_release(after);
    ctxt_unref(other);
    ctxt_unref(c);
}

static void released_but_not_stopped_still_runs(void **state)
{
    (void)state;
    struct call call = {0};
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_after_release(ctxt_after_func(c, called, &call));
    ctxt_cancel(c);
    assert_true(comes(&call, 1));
    ctxt_unref(c);
}

static void *stop_it(void *argument)
{
    return ctxt_after_stop(argument) ? argument : NULL;
}

static void stop_races_with_cancel(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct call call = {0};
        ctxt_t *c = ctxt_with_cancel(ctxt_background());
        ctxt_after_t *after = ctxt_after_func(c, called, &call);
        pthread_t thread;
        void *stopped;
        pthread_create(&thread, NULL, stop_it, after);
        ctxt_cancel(c);
        pthread_join(thread, &stopped);
        /* Prevented or called: one of the two, always. */
        assert_true(comes(&call, stopped ? 0 : 1));
        ctxt_after_release(after);
        ctxt_unref(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(item_50_runs_in_a_thread_of_its_own),
        cmocka_unit_test(item_51_runs_at_once_if_ended),
        cmocka_unit_test(item_52_independent_and_once),
        cmocka_unit_test(items_53_54_stop),
        cmocka_unit_test(item_55_expiry_and_never),
        cmocka_unit_test(stop_from_inside_the_function),
        cmocka_unit_test(cancel_from_inside_the_function),
        cmocka_unit_test(released_but_not_stopped_still_runs),
        cmocka_unit_test(stop_races_with_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
