/* The condition variable: signals that are not lost, and waits that end with a context. */
#include "blocked.h"
#include "runtime_test.h"

#include <pthread.h>

struct shared {
    pthread_mutex_t mutex;
    ctxt_cond_t changed;
    long tokens;
    bool stop;
    _Atomic long taken, gave_up, woken;
};

static struct shared *shared_new(void)
{
    struct shared *shared = calloc(1, sizeof *shared);
    pthread_mutex_init(&shared->mutex, NULL);
    return shared;
}

static void await_blocked(struct shared *shared, unsigned count)
{
    await_waiters((struct lock *)&shared->changed.lock,
                  (struct waiter_list *)&shared->changed.first, count);
}

static int join(ctxt_task_t *task)
{
    int result = -1;
    assert_int_equal(ctxt_join(ctxt_background(), task, &result), 0);
    return result;
}

static int wait_once(ctxt_t *context, void *argument)
{
    struct shared *shared = argument;
    pthread_mutex_lock(&shared->mutex);
    int result = ctxt_cond_wait(context, &shared->changed, &shared->mutex);
    shared->woken++;
    /* The mutex is held: taking it again would be refused or block. */
    int held = pthread_mutex_trylock(&shared->mutex);
    pthread_mutex_unlock(&shared->mutex);
    return held == EBUSY ? result : -1;
}

static void signal_wakes_one_broadcast_all(void **state)
{
    (void)state;
    struct shared *shared = shared_new();
    ctxt_cond_signal(&shared->changed); /* nobody waits: it goes nowhere */
    ctxt_task_t *tasks[4];
    for (unsigned i = 0; i < 4; i++) {
        tasks[i] = ctxt_go(ctxt_background(), wait_once, shared);
        await_blocked(shared, i + 1);
    }
    ctxt_cond_signal(&shared->changed);
    assert_int_equal(join(tasks[0]), 0); /* the one that has waited longest */
    assert_int_equal(shared->woken, 1);
    ctxt_cond_broadcast(&shared->changed);
    for (int i = 1; i < 4; i++)
        assert_int_equal(join(tasks[i]), 0);
    assert_null(shared->changed.first);
    free(shared);
}

static void waiting_ends_with_the_context(void **state)
{
    (void)state;
    struct shared *shared = shared_new();
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(c, wait_once, shared);
    await_blocked(shared, 1);
    /* Cancelling does not need the mutex, which the waiter needs to return. */
    pthread_mutex_lock(&shared->mutex);
    ctxt_cancel(c);
    pthread_mutex_unlock(&shared->mutex);
    assert_int_equal(join(task), ECANCELED);
    assert_null(shared->changed.first);

    pthread_mutex_lock(&shared->mutex);
    assert_int_equal(ctxt_cond_wait(c, &shared->changed, &shared->mutex), ECANCELED);
    pthread_mutex_unlock(&shared->mutex);
    ctxt_unref(c);
    free(shared);
}

static void time_runs_out(void **state)
{
    (void)state;
    struct shared *shared = shared_new();
    pthread_mutex_lock(&shared->mutex);
    int64_t before = ctxt_now();
    assert_int_equal(ctxt_cond_timedwait(ctxt_background(), &shared->changed, &shared->mutex,
                                         5 * CTXT_MILLISECOND),
                     EAGAIN);
    assert_true(ctxt_now() - before >= 5 * CTXT_MILLISECOND);
    assert_int_equal(
        ctxt_cond_timedwait(ctxt_background(), &shared->changed, &shared->mutex, INT64_MIN),
        EAGAIN);
    ctxt_scope c = ctxt_with_timeout(ctxt_background(), 5 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_cond_timedwait(c, &shared->changed, &shared->mutex, CTXT_HOUR),
                     ETIMEDOUT);
    pthread_mutex_unlock(&shared->mutex);
    assert_null(shared->changed.first);
    free(shared);
}

static void a_signal_skips_who_has_given_up(void **state)
{
    (void)state;
    struct shared *shared = shared_new();
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *first = ctxt_go(c, wait_once, shared);
    await_blocked(shared, 1);
    ctxt_task_t *second = ctxt_go(ctxt_background(), wait_once, shared);
    await_blocked(shared, 2);
    ctxt_cancel(c);
    ctxt_cond_signal(&shared->changed);
    assert_int_equal(join(first), ECANCELED);
    assert_int_equal(join(second), 0);
    ctxt_unref(c);
    free(shared);
}

static void misuse_is_reported(void **state)
{
    (void)state;
    struct shared *shared = shared_new();
    expect_misuse();
    assert_int_equal(ctxt_cond_wait(NULL, &shared->changed, &shared->mutex), EINVAL);
    assert_misuse("the context is NULL");
    assert_int_equal(ctxt_cond_wait(ctxt_background(), NULL, &shared->mutex), EINVAL);
    assert_misuse("the condition is NULL");
    assert_int_equal(ctxt_cond_wait(ctxt_background(), &shared->changed, NULL), EINVAL);
    assert_misuse("the mutex is NULL");
    ctxt_cond_signal(NULL);
    assert_misuse("the condition is NULL");
    end_misuse();
    free(shared);
}

static void a_mutex_that_is_not_held(void **state)
{
    (void)state;
    if (UNDER_THREAD_SANITIZER)
        skip();
    struct shared *shared = shared_new();
    pthread_mutexattr_t checking;
    pthread_mutexattr_init(&checking);
    pthread_mutexattr_settype(&checking, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_t not_held;
    pthread_mutex_init(&not_held, &checking);
    assert_int_equal(ctxt_cond_wait(ctxt_background(), &shared->changed, &not_held), EPERM);
    assert_null(shared->changed.first);
    free(shared);
}

/* ---- stress ---- */

/* Takes tokens one at a time; each token was announced by one signal. */
static int take_tokens(ctxt_t *context, void *argument)
{
    struct shared *shared = argument;
    pthread_mutex_lock(&shared->mutex);
    while (!shared->stop) {
        if (shared->tokens > 0) {
            shared->tokens--;
            shared->taken++;
            continue;
        }
        /* A few give up early, some at the very moment of a signal. */
        ctxt_t *brief = ctxt_with_timeout(context, 50 * CTXT_MICROSECOND);
        if (ctxt_cond_wait(brief, &shared->changed, &shared->mutex) != 0)
            shared->gave_up++;
        ctxt_cancel(brief);
        ctxt_unref(brief);
    }
    pthread_mutex_unlock(&shared->mutex);
    return 0;
}

static void cancels_and_signals_race(void **state)
{
    (void)state;
    enum { TASKS = 4, TOKENS = 20000 };
    struct shared *shared = shared_new();
    ctxt_task_t *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = ctxt_go(ctxt_background(), take_tokens, shared);
    for (int i = 0; i < TOKENS; i++) {
        pthread_mutex_lock(&shared->mutex);
        shared->tokens++;
        pthread_mutex_unlock(&shared->mutex);
        ctxt_cond_signal(&shared->changed);
        if (i % 100 == 0)
            pause_ns(100 * CTXT_MICROSECOND);
    }
    while (shared->taken < TOKENS)
        pause_ns(CTXT_MILLISECOND);
    pthread_mutex_lock(&shared->mutex);
    shared->stop = true;
    pthread_mutex_unlock(&shared->mutex);
    ctxt_cond_broadcast(&shared->changed);
    for (int i = 0; i < TASKS; i++)
        assert_int_equal(join(tasks[i]), 0);
    assert_int_equal(shared->tokens, 0);
    assert_true(shared->gave_up > 0);
    assert_null(shared->changed.first);
    free(shared);
}

/* As many zeroes are returned as waiters were signalled, neither more nor fewer. */
static int count_signals(ctxt_t *context, void *argument)
{
    struct shared *shared = argument;
    pthread_mutex_lock(&shared->mutex);
    if (ctxt_cond_wait(context, &shared->changed, &shared->mutex) == 0)
        shared->woken++;
    pthread_mutex_unlock(&shared->mutex);
    return 0;
}

static int cancel_it(ctxt_t *context, void *argument)
{
    (void)argument;
    ctxt_cancel(context);
    return 0;
}

static void a_signal_that_chose_is_not_lost(void **state)
{
    (void)state;
    for (int i = 0; i < 400; i++) {
        struct shared *shared = shared_new();
        ctxt_t *c = ctxt_with_cancel(ctxt_background());
        ctxt_task_t *first = ctxt_go(c, count_signals, shared);
        await_blocked(shared, 1);
        ctxt_task_t *second = ctxt_go(ctxt_background(), count_signals, shared);
        await_blocked(shared, 2);
        ctxt_task_t *canceller = ctxt_go(c, cancel_it, NULL);
        ctxt_cond_signal(&shared->changed);
        join(canceller);
        join(first);
        /* The signal has woken the first, or the first was cancelled and it woke the second. */
        if (shared->woken == 1) {
            ctxt_cond_signal(&shared->changed);
            join(second);
            assert_true(shared->woken <= 2);
        } else {
            join(second);
            assert_int_equal(shared->woken, 1);
        }
        assert_null(shared->changed.first);
        ctxt_unref(c);
        free(shared);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signal_wakes_one_broadcast_all),
        cmocka_unit_test(waiting_ends_with_the_context),
        cmocka_unit_test(time_runs_out),
        cmocka_unit_test(a_signal_skips_who_has_given_up),
        cmocka_unit_test(misuse_is_reported),
        cmocka_unit_test(a_mutex_that_is_not_held),
        cmocka_unit_test(cancels_and_signals_race),
        cmocka_unit_test(a_signal_that_chose_is_not_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
