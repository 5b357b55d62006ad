/* Select: whichever is first, fairly, with nothing lost. */
#include "blocked.h"
#include "runtime/channel.h"
#include "runtime/node.h"
#include "runtime_test.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int join(ctxt_task_t *task)
{
    int result = -1;
    assert_int_equal(ctxt_join(ctxt_background(), task, &result), 0);
    return result;
}

/* ---- the example of the manual ---- */

static int use(int row)
{
    return row * 2;
}

static int result_or_done(ctxt_t *c, ctxt_chan_t *results)
{
    int row;
    ctxt_case_t cases[] = {ctxt_case_receive(results, &row), ctxt_case_done(c)};
    if (ctxt_select(cases, 2) == 1)
        return cases[1].status;
    return use(row);
}

static void result_or_done_is_four_lines(void **state)
{
    (void)state;
    ctxt_scope c = ctxt_with_cancel(ctxt_background());
    ctxt_chan_t *results = ctxt_chan_new(sizeof(int), 1);
    int row = 21;
    assert_int_equal(ctxt_chan_try_send(results, &row), 0);
    assert_int_equal(result_or_done(c, results), 42);
    ctxt_cancel(c);
    assert_int_equal(result_or_done(c, results), ECANCELED);
    ctxt_scope late = ctxt_with_timeout(ctxt_background(), 5 * CTXT_MILLISECOND);
    assert_int_equal(result_or_done(late, results), ETIMEDOUT);
    ctxt_chan_unref(results);
}

/* ---- single cases ---- */

static void default_is_eagain(void **state)
{
    (void)state;
    ctxt_scope c = ctxt_with_cancel(ctxt_background());
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0);
    int value = 0;
    ctxt_case_t cases[] = {ctxt_case_receive(channel, &value),
                           ctxt_case_send(channel, &value),
                           ctxt_case_done(c),
                           ctxt_case_after(CTXT_HOUR),
                           ctxt_case_receive(NULL, &value),
                           ctxt_case_send(NULL, &value)};
    errno = 0;
    assert_int_equal(ctxt_try_select(cases, 6), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(ctxt_try_select(NULL, 0), -1);
    assert_int_equal(errno, EAGAIN);
    assert_null(channel->receivers.first);
    assert_null(channel->senders.first);
    ctxt_cancel(c);
    assert_int_equal(ctxt_try_select(cases, 6), 2);
    assert_int_equal(cases[2].status, ECANCELED);
    ctxt_chan_unref(channel);
}

static void time_comes(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0);
    int value;
    int64_t before = ctxt_now();
    ctxt_case_t cases[] = {ctxt_case_after(CTXT_NEVER), ctxt_case_receive(channel, &value),
                           ctxt_case_after(CTXT_HOUR), ctxt_case_after(10 * CTXT_MILLISECOND)};
    assert_int_equal(ctxt_select(cases, 4), 3);
    assert_int_equal(cases[3].status, 0);
    int64_t passed = ctxt_now() - before;
    assert_true(passed >= 10 * CTXT_MILLISECOND);
    assert_null(channel->receivers.first);
    ctxt_case_t past[] = {ctxt_case_after(0)};
    assert_int_equal(ctxt_select(past, 1), 0);
    ctxt_chan_unref(channel);
}

static void closed_channels_are_ready(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0);
    assert_int_equal(ctxt_chan_close(channel), 0);
    int value = 4;
    ctxt_case_t receive[] = {ctxt_case_receive(channel, &value)};
    assert_int_equal(ctxt_select(receive, 1), 0);
    assert_int_equal(receive[0].status, EPIPE);
    assert_int_equal(value, 0);
    ctxt_case_t send[] = {ctxt_case_send(channel, &value)};
    assert_int_equal(ctxt_select(send, 1), 0);
    assert_int_equal(send[0].status, EPIPE);
    ctxt_chan_unref(channel);
}

static void bad_cases_are_refused(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0);
    ctxt_case_t unknown[] = {{.kind = (enum ctxt_case_kind)9}};
    errno = 0;
    assert_int_equal(ctxt_select(unknown, 1), -1);
    assert_int_equal(errno, EINVAL);
    expect_misuse();
    ctxt_case_t nobody[] = {ctxt_case_done(NULL)};
    assert_int_equal(ctxt_select(nobody, 1), -1);
    assert_int_equal(errno, EINVAL);
    assert_misuse("the context is NULL");
    ctxt_case_t nothing[] = {ctxt_case_send(channel, NULL)};
    assert_int_equal(ctxt_try_select(nothing, 1), -1);
    assert_misuse("the value to send is NULL");
    end_misuse();
    ctxt_chan_unref(channel);
}

/* ---- fairness ---- */

enum { ROUNDS = 6000 };

static void ready_cases_are_chosen_at_random(void **state)
{
    (void)state;
    ctxt_scope ended = ctxt_with_cancel(ctxt_background());
    ctxt_cancel(ended);
    ctxt_chan_t *closed = ctxt_chan_new(sizeof(int), 0), *room = ctxt_chan_new(0, ROUNDS);
    assert_int_equal(ctxt_chan_close(closed), 0);
    int value, chosen[4] = {0};
    for (int i = 0; i < ROUNDS; i++) {
        ctxt_case_t cases[] = {ctxt_case_receive(closed, &value), ctxt_case_done(ended),
                               ctxt_case_send(room, NULL), ctxt_case_after(0)};
        chosen[ctxt_select(cases, 4)]++;
    }
    for (int i = 0; i < 4; i++) {
        assert_true(chosen[i] > ROUNDS / 4 - ROUNDS / 20);
        assert_true(chosen[i] < ROUNDS / 4 + ROUNDS / 20);
    }
    ctxt_chan_unref(closed);
    ctxt_chan_unref(room);
}

/* ---- a second task ---- */

struct selecting {
    ctxt_case_t cases[4];
    size_t count;
    int chosen;
};

static int run_select(ctxt_t *context, void *argument)
{
    (void)context;
    struct selecting *selecting = argument;
    selecting->chosen = ctxt_select(selecting->cases, selecting->count);
    return 0;
}

static void a_select_is_served_by_the_other_side(void **state)
{
    (void)state;
    ctxt_chan_t *one = ctxt_chan_new(sizeof(int), 0), *other = ctxt_chan_new(sizeof(int), 0);
    int sent = 11, received = 0, value = 12;
    for (int side = 0; side < 2; side++) {
        struct selecting selecting = {
            .cases = {ctxt_case_receive(one, &received), ctxt_case_send(other, &sent)}, .count = 2};
        ctxt_task_t *task = ctxt_go(ctxt_background(), run_select, &selecting);
        await_waiters(&one->lock, &one->receivers, 1);
        await_waiters(&other->lock, &other->senders, 1);
        if (side == 0)
            assert_int_equal(ctxt_chan_try_send(one, &value), 0);
        else
            assert_int_equal(ctxt_chan_try_receive(other, &value), 0);
        assert_int_equal(join(task), 0);
        assert_int_equal(selecting.chosen, side);
        assert_int_equal(selecting.cases[side].status, 0);
        assert_null(one->receivers.first);
        assert_null(other->senders.first);
    }
    assert_int_equal(received, 12);
    assert_int_equal(value, 11);
    ctxt_chan_unref(one);
    ctxt_chan_unref(other);
}

/* Once it has blocked, too: whoever comes serves the waiter that stands first. */
static void a_channel_that_is_listed_twice_is_served_at_random(void **state)
{
    (void)state;
    enum { BLOCKED_ROUNDS = 200 };
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0);
    int one = 1, zero = 0, first = 0;
    for (int i = 0; i < BLOCKED_ROUNDS; i++) {
        struct selecting selecting = {
            .cases = {ctxt_case_send(channel, &one), ctxt_case_send(channel, &zero)}, .count = 2};
        ctxt_task_t *task = ctxt_go(ctxt_background(), run_select, &selecting);
        await_waiters(&channel->lock, &channel->senders, 2);
        int value = -1;
        assert_int_equal(ctxt_chan_try_receive(channel, &value), 0);
        assert_int_equal(join(task), 0);
        assert_int_equal(selecting.chosen, value == 1 ? 0 : 1);
        first += selecting.chosen == 0;
    }
    /* Of a fair coin, less than once in 10^9. */
    assert_in_range(first, BLOCKED_ROUNDS / 4, BLOCKED_ROUNDS - BLOCKED_ROUNDS / 4);
    ctxt_chan_unref(channel);
}

static void a_context_that_is_listed_twice_is_chosen_at_random(void **state)
{
    (void)state;
    enum { BLOCKED_ROUNDS = 200 };
    int first = 0;
    for (int i = 0; i < BLOCKED_ROUNDS; i++) {
        ctxt_t *context = ctxt_with_cancel(ctxt_background());
        struct selecting selecting = {.cases = {ctxt_case_done(context), ctxt_case_done(context)},
                                      .count = 2};
        ctxt_task_t *task = ctxt_go(ctxt_background(), run_select, &selecting);
        await_waiters(&context->lock, &context->waiters, 2);
        ctxt_cancel(context);
        assert_int_equal(join(task), 0);
        first += selecting.chosen == 0;
        ctxt_unref(context);
    }
    assert_in_range(first, BLOCKED_ROUNDS / 4, BLOCKED_ROUNDS - BLOCKED_ROUNDS / 4);
}

static void a_select_does_not_meet_itself(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0);
    int sent = 1, received = 0;
    struct selecting first = {
        .cases = {ctxt_case_receive(channel, &received), ctxt_case_send(channel, &sent)},
        .count = 2};
    ctxt_task_t *task = ctxt_go(ctxt_background(), run_select, &first);
    await_waiters(&channel->lock, &channel->receivers, 1);
    await_waiters(&channel->lock, &channel->senders, 1);
    pause_ns(2 * CTXT_MILLISECOND);
    await_waiters(&channel->lock, &channel->receivers, 1); /* it still waits for somebody else */

    int second_sent = 2, second_received = 0;
    ctxt_case_t cases[] = {ctxt_case_receive(channel, &second_received),
                           ctxt_case_send(channel, &second_sent)};
    int chosen = ctxt_select(cases, 2);
    assert_int_equal(join(task), 0);
    assert_int_equal(first.chosen, 1 - chosen);
    assert_int_equal(chosen == 0 ? second_received : received, chosen == 0 ? 1 : 2);
    ctxt_chan_unref(channel);
}

static void closing_wakes_a_select(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0), *other = ctxt_chan_new(sizeof(int), 0);
    int value = 5;
    struct selecting selecting = {
        .cases = {ctxt_case_receive(other, NULL), ctxt_case_receive(channel, &value)}, .count = 2};
    ctxt_task_t *task = ctxt_go(ctxt_background(), run_select, &selecting);
    await_waiters(&channel->lock, &channel->receivers, 1);
    assert_int_equal(ctxt_chan_close(channel), 0);
    assert_int_equal(join(task), 0);
    assert_int_equal(selecting.chosen, 1);
    assert_int_equal(selecting.cases[1].status, EPIPE);
    assert_int_equal(value, 0);
    ctxt_chan_unref(channel);
    ctxt_chan_unref(other);
}

static void many_cases(void **state)
{
    (void)state;
    enum { MANY = 100 };
    ctxt_chan_t *channels[MANY];
    ctxt_case_t cases[MANY + 2];
    int value = 0;
    for (int i = 0; i < MANY; i++) {
        channels[i] = ctxt_chan_new(sizeof(int), 1);
        cases[i] = ctxt_case_receive(channels[i], &value);
    }
    cases[MANY] = cases[3]; /* twice the same channel */
    cases[MANY + 1] = ctxt_case_after(5 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_select(cases, MANY + 2), MANY + 1);
    for (int i = 0; i < MANY; i++) {
        assert_null(channels[i]->receivers.first);
        int sent = i + 1;
        assert_int_equal(ctxt_chan_try_send(channels[i], &sent), 0);
        int chosen = ctxt_select(cases, MANY + 1);
        assert_int_equal(chosen == MANY ? 3 : chosen, i);
        assert_int_equal(value, i + 1);
    }
    for (int i = 0; i < MANY; i++)
        ctxt_chan_unref(channels[i]);
}

/* ---- contexts of all kinds ---- */

struct own_done {
    int fd;
    _Atomic int error;
};

static int own_err(void *self)
{
    return ((struct own_done *)self)->error;
}

static int own_done_fd(void *self)
{
    return ((struct own_done *)self)->fd;
}

static const ctxt_ops_t own_ops = {.name = "own", .err = own_err, .done_fd = own_done_fd};

static int end_own_later(ctxt_t *context, void *argument)
{
    (void)context;
    struct own_done *own = argument;
    pause_ns(5 * CTXT_MILLISECOND);
    own->error = ETIMEDOUT;
    return eventfd_write(own->fd, 1);
}

static void contexts_of_the_programs_own_making(void **state)
{
    (void)state;
    uint64_t before = node_count();
    for (int given_value = 0; given_value < 2; given_value++) {
        static const ctxt_key_t key = {"key"};
        struct own_done own = {.fd = eventfd(0, EFD_CLOEXEC)};
        ctxt_t *custom = ctxt_custom(&own_ops, &own, NULL);
        ctxt_t *below = given_value ? ctxt_with_value(custom, &key, NULL, NULL) : ctxt_ref(custom);
        ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0);
        ctxt_task_t *task = ctxt_go(ctxt_background(), end_own_later, &own);
        int value;
        ctxt_case_t cases[] = {ctxt_case_receive(channel, &value), ctxt_case_done(below)};
        assert_int_equal(ctxt_select(cases, 2), 1);
        assert_int_equal(cases[1].status, ETIMEDOUT);
        assert_int_equal(ctxt_chan_receive(below, channel, &value), ETIMEDOUT);
        assert_int_equal(join(task), 0);
        ctxt_chan_unref(channel);
        ctxt_unref(below);
        ctxt_unref(custom);
        close(own.fd);
    }
    while (node_count() != before) /* the watcher may still be about to let go of the last */
        pause_ns(CTXT_MILLISECOND);
}

static void values_below_a_cancel_end_with_it(void **state)
{
    (void)state;
    static const ctxt_key_t key = {"key"};
    ctxt_scope c = ctxt_with_timeout(ctxt_background(), 5 * CTXT_MILLISECOND);
    ctxt_t *below = ctxt_with_value(c, &key, NULL, NULL);
    ctxt_case_t cases[] = {ctxt_case_done(ctxt_background()), ctxt_case_done(below)};
    assert_int_equal(ctxt_select(cases, 2), 1);
    assert_int_equal(cases[1].status, ETIMEDOUT);
    ctxt_unref(below);
}

/* ---- races ---- */

struct swap {
    ctxt_chan_t *one, *other;
    _Atomic long sent, received;
};

/* Sends and receives on both channels, so that selects meet selects in every way. */
static int swap_values(ctxt_t *context, void *argument)
{
    struct swap *swap = argument;
    uint64_t number = (uint64_t)ctxt_now();
    for (;;) {
        long sent[2] = {(long)(number % 1000), (long)(number % 777)}, received[2];
        number = number * 6364136223846793005u + 1442695040888963407u;
        ctxt_case_t cases[] = {
            ctxt_case_send(swap->one, &sent[0]), ctxt_case_receive(swap->one, &received[0]),
            ctxt_case_send(swap->other, &sent[1]), ctxt_case_receive(swap->other, &received[1]),
            ctxt_case_done(context)};
        int chosen = ctxt_select(cases, 5);
        if (chosen == 4)
            return cases[4].status;
        if (chosen % 2 == 0)
            swap->sent += sent[chosen / 2];
        else
            swap->received += received[chosen / 2];
    }
}

static void selects_meet_selects(void **state)
{
    (void)state;
    enum { TASKS = 4 };
    ctxt_scope c = ctxt_with_timeout(ctxt_background(), 500 * CTXT_MILLISECOND);
    struct swap swap = {.one = ctxt_chan_new(sizeof(long), 0),
                        .other = ctxt_chan_new(sizeof(long), 0)};
    ctxt_task_t *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = ctxt_go(c, swap_values, &swap);
    for (int i = 0; i < TASKS; i++)
        assert_int_equal(join(tasks[i]), ETIMEDOUT);
    assert_int_equal(swap.sent, swap.received);
    assert_true(swap.sent > 0);
    assert_null(swap.one->senders.first);
    assert_null(swap.other->receivers.first);
    ctxt_chan_unref(swap.one);
    ctxt_chan_unref(swap.other);
}

static int cancel_it(ctxt_t *context, void *argument)
{
    (void)argument;
    ctxt_cancel(context);
    return 0;
}

/* A value and the end come at the same time: the value was received, or it was not sent. */
static void value_and_end_race(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0);
    for (int i = 0; i < 1500; i++) {
        ctxt_t *c = ctxt_with_cancel(ctxt_background());
        int received = -1;
        struct selecting selecting = {
            .cases = {ctxt_case_receive(channel, &received), ctxt_case_done(c)}, .count = 2};
        ctxt_task_t *receiver = ctxt_go(ctxt_background(), run_select, &selecting);
        ctxt_task_t *canceller = ctxt_go(c, cancel_it, NULL);
        ctxt_t *last = ctxt_with_timeout(c, CTXT_HOUR);
        int result = ctxt_chan_send(last, channel, &i);
        join(receiver);
        join(canceller);
        assert_int_equal(result, selecting.chosen == 0 ? 0 : ECANCELED);
        assert_int_equal(received, selecting.chosen == 0 ? i : -1);
        ctxt_unref(last);
        ctxt_unref(c);
    }
    ctxt_chan_unref(channel);
}

static int pong(ctxt_t *context, void *argument)
{
    struct swap *swap = argument;
    long value;
    ctxt_case_t cases[] = {ctxt_case_receive(swap->one, &value), ctxt_case_done(context)};
    while (ctxt_select(cases, 2) == 0 && cases[0].status == 0) {
        ctxt_case_t reply[] = {ctxt_case_send(swap->other, &value), ctxt_case_done(context)};
        if (ctxt_select(reply, 2) != 0)
            return 1;
    }
    return 0;
}

/* Every wake-up matters here: one that is lost stops it for ever. */
static void ping_pong(void **state)
{
    (void)state;
    ctxt_scope c = ctxt_with_cancel(ctxt_background());
    struct swap swap = {.one = ctxt_chan_new(sizeof(long), 0),
                        .other = ctxt_chan_new(sizeof(long), 0)};
    ctxt_task_t *task = ctxt_go(c, pong, &swap);
    for (long i = 0; i < 5000; i++) {
        long value = -1;
        assert_int_equal(ctxt_chan_send(c, swap.one, &i), 0);
        assert_int_equal(ctxt_chan_receive(c, swap.other, &value), 0);
        assert_int_equal(value, i);
    }
    assert_int_equal(ctxt_chan_close(swap.one), 0);
    assert_int_equal(join(task), 0);
    ctxt_chan_unref(swap.one);
    ctxt_chan_unref(swap.other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(result_or_done_is_four_lines),
        cmocka_unit_test(default_is_eagain),
        cmocka_unit_test(time_comes),
        cmocka_unit_test(closed_channels_are_ready),
        cmocka_unit_test(bad_cases_are_refused),
        cmocka_unit_test(ready_cases_are_chosen_at_random),
        cmocka_unit_test(a_channel_that_is_listed_twice_is_served_at_random),
        cmocka_unit_test(a_context_that_is_listed_twice_is_chosen_at_random),
        cmocka_unit_test(a_select_is_served_by_the_other_side),
        cmocka_unit_test(a_select_does_not_meet_itself),
        cmocka_unit_test(closing_wakes_a_select),
        cmocka_unit_test(many_cases),
        cmocka_unit_test(contexts_of_the_programs_own_making),
        cmocka_unit_test(values_below_a_cancel_end_with_it),
        cmocka_unit_test(selects_meet_selects),
        cmocka_unit_test(value_and_end_race),
        cmocka_unit_test(ping_pong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
