/* Conditions: Go's sync/cond_test.go. */
#include "conformance.h"

struct waiters {
    pthread_mutex_t mutex;
    ctxt_cond_t condition;
    ctxt_chan_t *running, *awake;
    bool leave;
    int next;
};

static struct waiters waiters_new(size_t count)
{
    return (struct waiters){.mutex = PTHREAD_MUTEX_INITIALIZER,
                            .condition = CTXT_COND_INIT,
                            .running = int_channel(count),
                            .awake = int_channel(count)};
}

static void waiters_done(struct waiters *waiters)
{
    ctxt_chan_unref(waiters->running);
    ctxt_chan_unref(waiters->awake);
}

static void wait_signalled(struct waiters *waiters)
{
    assert_int_equal(ctxt_cond_wait(ctxt_background(), &waiters->condition, &waiters->mutex), 0);
}

static void signal_locked(struct waiters *waiters)
{
    pthread_mutex_lock(&waiters->mutex);
    ctxt_cond_signal(&waiters->condition);
    pthread_mutex_unlock(&waiters->mutex);
}

static void assert_empty(ctxt_chan_t *channel)
{
    int value;
    assert_int_equal(ctxt_chan_try_receive(channel, &value), EAGAIN);
}

static int wait_once(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct waiters *waiters = argument;
    pthread_mutex_lock(&waiters->mutex);
    int number = waiters->next++;
    assert_int_equal(send_int(waiters->running, number), 0);
    wait_signalled(waiters);
    assert_int_equal(send_int(waiters->awake, number), 0);
    pthread_mutex_unlock(&waiters->mutex);
    return 0;
}

static void a_signal_wakes_one(void **state)
{
    (void)state;
    enum { WAITERS = 2 };
    struct waiters waiters = waiters_new(WAITERS);
    ctxt_task_t *tasks[WAITERS];
    for (int i = 0; i < WAITERS; i++)
        tasks[i] = start(wait_once, &waiters);
    for (int i = 0; i < WAITERS; i++)
        receive_int(waiters.running);
    for (int i = 0; i < WAITERS; i++) {
        assert_empty(waiters.awake);
        signal_locked(&waiters);
        receive_int(waiters.awake);
        assert_empty(waiters.awake);
    }
    ctxt_cond_signal(&waiters.condition);
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(result_of(tasks[i]), 0);
    waiters_done(&waiters);
}

/* A signal wakes who waited before it, not who has come since. */
static void signals_wake_generation_by_generation(void **state)
{
    (void)state;
    enum { WAITERS = 100 };
    struct waiters waiters = waiters_new(WAITERS);
    ctxt_task_t *tasks[WAITERS];
    for (int i = 0; i < WAITERS; i++) {
        tasks[i] = start(wait_once, &waiters);
        if (i > 0)
            assert_int_equal(receive_int(waiters.awake), i - 1);
        assert_int_equal(receive_int(waiters.running), i);
        signal_locked(&waiters);
    }
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(result_of(tasks[i]), 0);
    waiters_done(&waiters);
}

static int wait_until_told_to_leave(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct waiters *waiters = argument;
    pthread_mutex_lock(&waiters->mutex);
    int number = waiters->next++;
    while (!waiters->leave) {
        assert_int_equal(send_int(waiters->running, number), 0);
        wait_signalled(waiters);
        assert_int_equal(send_int(waiters->awake, number), 0);
    }
    pthread_mutex_unlock(&waiters->mutex);
    return 0;
}

enum { CROWD = 50 };

static void expect_each_awake_once(struct waiters *waiters)
{
    bool seen[CROWD] = {false};
    for (int i = 0; i < CROWD; i++) {
        int number = receive_int(waiters->awake);
        assert_false(seen[number]);
        seen[number] = true;
    }
}

static void a_broadcast_wakes_all_once(void **state)
{
    (void)state;
    struct waiters waiters = waiters_new(CROWD);
    ctxt_task_t *tasks[CROWD];
    for (int i = 0; i < CROWD; i++)
        tasks[i] = start(wait_until_told_to_leave, &waiters);
    for (int round = 0; round < CROWD; round++) {
        for (int i = 0; i < CROWD; i++)
            receive_int(waiters.running);
        pthread_mutex_lock(&waiters.mutex);
        waiters.leave = round == CROWD - 1;
        assert_empty(waiters.awake);
        ctxt_cond_broadcast(&waiters.condition);
        pthread_mutex_unlock(&waiters.mutex);
        expect_each_awake_once(&waiters);
    }
    assert_empty(waiters.running);
    ctxt_cond_broadcast(&waiters.condition);
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(result_of(tasks[i]), 0);
    waiters_done(&waiters);
}

/* ---- three tasks and one number ---- */

struct number {
    pthread_mutex_t mutex;
    ctxt_cond_t condition;
    int x;
};

static void wait_for_number(struct number *number, int expected)
{
    assert_int_equal(ctxt_cond_wait(ctxt_background(), &number->condition, &number->mutex), 0);
    assert_int_equal(number->x, expected);
}

/* Lets others have the mutex for a moment. */
static void let_others(struct number *number)
{
    pthread_mutex_unlock(&number->mutex);
    pass_the_processor();
    pthread_mutex_lock(&number->mutex);
}

static int say_one_then_three(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct number *number = argument;
    pthread_mutex_lock(&number->mutex);
    number->x = 1;
    wait_for_number(number, 2);
    number->x = 3;
    ctxt_cond_signal(&number->condition);
    pthread_mutex_unlock(&number->mutex);
    return 0;
}

static int say_two(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct number *number = argument;
    pthread_mutex_lock(&number->mutex);
    while (number->x != 1)
        let_others(number);
    number->x = 2;
    ctxt_cond_signal(&number->condition);
    pthread_mutex_unlock(&number->mutex);
    return 0;
}

static int await_three(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct number *number = argument;
    pthread_mutex_lock(&number->mutex);
    while (number->x != 2 && number->x != 3)
        let_others(number);
    if (number->x == 2)
        wait_for_number(number, 3);
    pthread_mutex_unlock(&number->mutex);
    return 0;
}

static void a_signal_goes_to_who_waited_first(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct number number = {PTHREAD_MUTEX_INITIALIZER, CTXT_COND_INIT, 0};
        ctxt_task_t *tasks[] = {start(say_one_then_three, &number), start(say_two, &number),
                                start(await_three, &number)};
        for (size_t i = 0; i < COUNT_OF(tasks); i++)
            assert_int_equal(result_of(tasks[i]), 0);
    }
}

/* ---- a broadcast and a late waiter ---- */

struct theft {
    pthread_mutex_t mutex;
    ctxt_cond_t condition;
    ctxt_chan_t *channel;
    bool done;
};

static int wait_and_tell(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct theft *theft = argument;
    pthread_mutex_lock(&theft->mutex);
    assert_int_equal(send_int(theft->channel, 1), 0);
    int error = ctxt_cond_wait(ctxt_background(), &theft->condition, &theft->mutex);
    pthread_mutex_unlock(&theft->mutex);
    assert_int_equal(send_int(theft->channel, 2), 0);
    return error;
}

static int broadcast_once(ctxt_t *unused, void *argument)
{
    (void)unused;
    ctxt_cond_broadcast(&((struct theft *)argument)->condition);
    return 0;
}

static int wait_until_done(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct theft *theft = argument;
    pthread_mutex_lock(&theft->mutex);
    while (!theft->done)
        ctxt_cond_wait(ctxt_background(), &theft->condition, &theft->mutex);
    pthread_mutex_unlock(&theft->mutex);
    return 0;
}

static void a_late_waiter_steals_no_signal(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct theft theft = {PTHREAD_MUTEX_INITIALIZER, CTXT_COND_INIT, int_channel(0), false};
        ctxt_task_t *first = start(wait_and_tell, &theft);
        assert_int_equal(receive_int(theft.channel), 1);
        pthread_mutex_lock(&theft.mutex); /* who has told holds it until it waits */
        pthread_mutex_unlock(&theft.mutex);
        ctxt_task_t *others[] = {start(broadcast_once, &theft), start(wait_until_done, &theft)};
        assert_int_equal(receive_int(theft.channel), 2);
        pthread_mutex_lock(&theft.mutex);
        theft.done = true;
        pthread_mutex_unlock(&theft.mutex);
        ctxt_cond_broadcast(&theft.condition);
        assert_int_equal(result_of(first), 0);
        assert_int_equal(result_of(others[0]), 0);
        assert_int_equal(result_of(others[1]), 0);
        ctxt_chan_unref(theft.channel);
    }
}

/* Go panics when a copy is used; here one that nobody waits on is a condition of its own. */
static void a_copy_is_a_condition_of_its_own(void **state)
{
    (void)state;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    ctxt_cond_t condition = CTXT_COND_INIT;
    ctxt_cond_signal(&condition);
    ctxt_cond_t copy = condition;
    ctxt_cond_signal(&copy);
    pthread_mutex_lock(&mutex);
    assert_int_equal(ctxt_cond_timedwait(ctxt_background(), &copy, &mutex, SOON), EAGAIN);
    pthread_mutex_unlock(&mutex);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_wakes_one),
        cmocka_unit_test(signals_wake_generation_by_generation),
        cmocka_unit_test(a_broadcast_wakes_all_once),
        cmocka_unit_test(a_signal_goes_to_who_waited_first),
        cmocka_unit_test(a_late_waiter_steals_no_signal),
        cmocka_unit_test(a_copy_is_a_condition_of_its_own),
    };
    return run_or_list(count, arguments, tests, COUNT_OF(tests));
}
