/* Deadlines and their one thread. Numbers are items of docs/context-semantics.md. */
#include "runtime/timers.h"
#include "runtime_test.h"

#include <dirent.h>
#include <pthread.h>
#include <time.h>

static void item_2_deadline_stays(void **state)
{
    (void)state;
    int64_t when = ctxt_now() + CTXT_HOUR, told = 0;
    ctxt_t *c = ctxt_with_deadline(ctxt_background(), when);
    assert_true(ctxt_deadline(c, &told));
    assert_true(told == when);
    assert_true(ctxt_remaining(c) > CTXT_HOUR - CTXT_MINUTE);
    ctxt_cancel(c);
    told = 0;
    assert_true(ctxt_deadline(c, &told));
    assert_true(told == when);
    assert_int_equal(ctxt_remaining(c), 0);
    ctxt_unref(c);
}

static void item_34_an_earlier_parent_wins(void **state)
{
    (void)state;
    int64_t soon = ctxt_now() + CTXT_HOUR, told = 0;
    ctxt_t *parent = ctxt_with_deadline(ctxt_background(), soon);
    ctxt_t *child = ctxt_with_deadline(parent, soon + CTXT_HOUR);
    assert_int_equal(child->kind, CONTEXT_CANCEL);
    assert_false(timers_holds(child));
    assert_true(ctxt_deadline(child, &told));
    assert_true(told == soon);
    ctxt_t *same = ctxt_with_deadline(parent, soon);
    assert_true(timers_holds(same)); /* equal: a timer of its own */
    ctxt_cancel(parent);
    ctxt_unref(same);
    ctxt_unref(child);
    ctxt_unref(parent);
}

static void item_35_past_deadline_is_born_ended(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *c = ctxt_with_deadline(parent, ctxt_now() - 1);
    assert_int_equal(ctxt_err(c), ETIMEDOUT);
    assert_null(parent->children);
    ctxt_cancel(c);
    assert_int_equal(ctxt_err(c), ETIMEDOUT);
    ctxt_unref(c);
    ctxt_cancel(parent);
    ctxt_unref(parent);
}

static void item_36_cause_is_discarded_under_an_earlier_parent(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_timeout(ctxt_background(), 10 * CTXT_MILLISECOND);
    ctxt_t *child = ctxt_with_timeout_cause(parent, CTXT_HOUR, 5, "mine");
    assert_int_equal(ctxt_wait(child, CTXT_NEVER), ETIMEDOUT);
    assert_int_equal(ctxt_cause(child)->code, ETIMEDOUT);
    ctxt_unref(child);
    ctxt_unref(parent);
}

static void item_37_ended_parent_wins_over_past_deadline(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_cancel_cause(parent, 3, "three");
    ctxt_t *child = ctxt_with_timeout(parent, -CTXT_SECOND);
    assert_int_equal(ctxt_err(child), ECANCELED);
    assert_int_equal(ctxt_cause(child)->code, 3);
    ctxt_unref(child);
    ctxt_unref(parent);
}

static void item_38_cause_only_for_expiry(void **state)
{
    (void)state;
    ctxt_t *expires = ctxt_with_timeout_cause(ctxt_background(), CTXT_MILLISECOND, 4, "slow %d", 9);
    assert_int_equal(ctxt_wait(expires, CTXT_NEVER), ETIMEDOUT);
    assert_int_equal(ctxt_cause(expires)->code, 4);
    assert_string_equal(ctxt_cause(expires)->text, "slow 9");
    ctxt_t *cancelled = ctxt_with_timeout_cause(ctxt_background(), CTXT_HOUR, 4, "slow");
    ctxt_cancel(cancelled);
    assert_int_equal(ctxt_cause(cancelled)->code, ECANCELED);
    ctxt_unref(cancelled);
    ctxt_unref(expires);
}

static bool has_children(ctxt_t *context)
{
    leaf_lock_take(&context->lock);
    bool has = context->children != NULL;
    leaf_lock_release(&context->lock);
    return has;
}

static void item_39_cancel_drops_the_timer(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    assert_true(timers_holds(c));
    ctxt_cancel(c);
    assert_false(timers_holds(c));
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *below = ctxt_with_timeout(parent, CTXT_MILLISECOND);
    assert_int_equal(ctxt_wait(below, CTXT_NEVER), ETIMEDOUT);
    while (has_children(parent)) /* firing takes it out of its parent */
        ctxt_wait(ctxt_background(), CTXT_MILLISECOND);
    ctxt_cancel(parent);
    ctxt_unref(below);
    ctxt_unref(parent);
    ctxt_unref(c);
}

static int64_t monotonic_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * CTXT_SECOND + now.tv_nsec;
}

/* The time left is counted on the clock that nobody sets. */
static void item_42_the_clock_is_monotonic(void **state)
{
    (void)state;
    int64_t before = monotonic_now(), now = ctxt_now(), after = monotonic_now();
    assert_true(before <= now && now <= after);

    ctxt_t *c = ctxt_with_deadline(ctxt_background(), monotonic_now() + 20 * CTXT_MILLISECOND);
    int64_t deadline;
    assert_true(ctxt_deadline(c, &deadline));
    assert_int_equal(ctxt_wait(c, CTXT_NEVER), ETIMEDOUT);
    assert_true(monotonic_now() >= deadline);
    ctxt_unref(c);
}

static void item_40_a_timeout_is_a_deadline_from_now(void **state)
{
    (void)state;
    int64_t before = ctxt_now(), deadline = 0;
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    int64_t after = ctxt_now();
    assert_int_equal(c->kind, CONTEXT_DEADLINE);
    assert_true(ctxt_deadline(c, &deadline));
    assert_true(before + CTXT_HOUR <= deadline && deadline <= after + CTXT_HOUR);
    char text[256];
    ctxt_describe(c, text, sizeof text);
    assert_non_null(strstr(text, ".WithDeadline(")); /* of both kinds, as Go says it */
    ctxt_cancel(c);
    ctxt_unref(c);
}

static void item_55_expiry_ends_everything_below(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_timeout(ctxt_background(), 5 * CTXT_MILLISECOND);
    ctxt_t *child = ctxt_with_cancel(parent);
    assert_int_equal(ctxt_wait(child, CTXT_NEVER), ETIMEDOUT);
    assert_int_equal(ctxt_err(parent), ETIMEDOUT);
    ctxt_unref(child);
    ctxt_unref(parent);
}

static int thread_count(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

static void thousands_of_deadlines_cost_one_thread(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    int before = thread_count();
    ctxt_t **all = malloc(MANY * sizeof *all);
    for (int i = 0; i < MANY; i++)
        all[i] = ctxt_with_timeout(ctxt_background(),
                                   CTXT_MILLISECOND + (int64_t)(i * 7919 % MANY) * 2000);
    assert_true(thread_count() <= before + 1);
    for (int i = 0; i < MANY; i += 3) /* some are cancelled, perhaps too late */
        ctxt_cancel(all[i]);
    for (int i = 0; i < MANY; i++) {
        int error = ctxt_wait(all[i], CTXT_NEVER);
        assert_true(i % 3 ? error == ETIMEDOUT : error == ECANCELED || error == ETIMEDOUT);
        ctxt_unref(all[i]);
    }
    free(all);
}

static void deadlines_end_in_order_and_not_early(void **state)
{
    (void)state;
    int64_t start = ctxt_now();
    ctxt_t *late = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    ctxt_t *middle = ctxt_with_timeout(ctxt_background(), 60 * CTXT_MILLISECOND);
    ctxt_t *early = ctxt_with_timeout(ctxt_background(), 20 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_wait(early, CTXT_NEVER), ETIMEDOUT);
    assert_true(ctxt_now() - start >= 20 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_wait(middle, CTXT_NEVER), ETIMEDOUT);
    assert_true(ctxt_now() - start >= 60 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_err(late), 0);
    ctxt_cancel(late);
    ctxt_unref(late);
    ctxt_unref(middle);
    ctxt_unref(early);
}

static void a_deadline_that_never_comes(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), CTXT_NEVER);
    assert_false(ctxt_deadline(c, NULL));
    assert_false(timers_holds(c));
    ctxt_cancel(c);
    assert_int_equal(ctxt_err(c), ECANCELED);
    ctxt_unref(c);
}

static void *make_and_cancel(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3000; i++) {
        ctxt_t *c = ctxt_with_timeout(ctxt_background(), i % 4 ? CTXT_HOUR : 1000 * (i % 64));
        ctxt_cancel(c);
        assert_true(ctxt_err(c) != 0);
        ctxt_unref(c);
    }
    return NULL;
}

/* The timers' thread may still be letting go of what has just ended. */
static void await_no_nodes(void)
{
    while (node_count() != 0)
        ctxt_wait(ctxt_background(), CTXT_MILLISECOND);
}

static void expiry_races_with_cancel(void **state)
{
    (void)state;
    await_no_nodes();
    pthread_t threads[6];
    for (int i = 0; i < 6; i++)
        pthread_create(&threads[i], NULL, make_and_cancel, NULL);
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    await_no_nodes();
}

static void times_at_the_ends_of_the_range_are_no_trouble(void **state)
{
    (void)state;
    char text[256];
    ctxt_t *first = ctxt_with_deadline(ctxt_background(), INT64_MIN);
    ctxt_t *last = ctxt_with_deadline(ctxt_background(), CTXT_NEVER - 1);
    assert_int_equal(ctxt_err(first), ETIMEDOUT);
    assert_int_equal(ctxt_remaining(first), 0);
    assert_true(ctxt_remaining(last) > CTXT_HOUR);
    assert_true(ctxt_describe(first, text, sizeof text) > 0);
    assert_true(ctxt_describe(last, text, sizeof text) > 0);
    ctxt_cancel(last);
    ctxt_unref(last);
    ctxt_unref(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(item_2_deadline_stays),
        cmocka_unit_test(item_34_an_earlier_parent_wins),
        cmocka_unit_test(item_35_past_deadline_is_born_ended),
        cmocka_unit_test(item_36_cause_is_discarded_under_an_earlier_parent),
        cmocka_unit_test(item_37_ended_parent_wins_over_past_deadline),
        cmocka_unit_test(item_38_cause_only_for_expiry),
        cmocka_unit_test(item_39_cancel_drops_the_timer),
        cmocka_unit_test(item_40_a_timeout_is_a_deadline_from_now),
        cmocka_unit_test(item_42_the_clock_is_monotonic),
        cmocka_unit_test(item_55_expiry_ends_everything_below),
        cmocka_unit_test(thousands_of_deadlines_cost_one_thread),
        cmocka_unit_test(deadlines_end_in_order_and_not_early),
        cmocka_unit_test(a_deadline_that_never_comes),
        cmocka_unit_test(times_at_the_ends_of_the_range_are_no_trouble),
        cmocka_unit_test(expiry_races_with_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
