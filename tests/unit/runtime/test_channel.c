/* Channels: sending, receiving, closing, and giving up when a context ends. */
#include "blocked.h"
#include "runtime/channel.h"
#include "runtime_test.h"

#include <sys/wait.h>
#include <unistd.h>

static ctxt_t *background;

static int set_up(void **state)
{
    (void)state;
    background = ctxt_background();
    return 0;
}

static void values_come_in_order(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 3);
    assert_int_equal(ctxt_chan_capacity(channel), 3);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 3; i++) {
            assert_int_equal(ctxt_chan_try_send(channel, &i), 0);
            assert_int_equal(ctxt_chan_length(channel), i + 1);
        }
        assert_int_equal(ctxt_chan_try_send(channel, &round), EAGAIN);
        for (int i = 0; i < 3; i++) {
            int value = -1;
            assert_int_equal(ctxt_chan_receive(background, channel, &value), 0);
            assert_int_equal(value, i);
        }
        int value;
        assert_int_equal(ctxt_chan_try_receive(channel, &value), EAGAIN);
    }
    ctxt_chan_unref(channel);
}

static void values_may_be_empty_or_dropped(void **state)
{
    (void)state;
    ctxt_chan_t *signals = ctxt_chan_new(0, 2);
    assert_int_equal(ctxt_chan_try_send(signals, NULL), 0);
    assert_int_equal(ctxt_chan_try_send(signals, NULL), 0);
    assert_int_equal(ctxt_chan_try_send(signals, NULL), EAGAIN);
    assert_int_equal(ctxt_chan_try_receive(signals, NULL), 0);
    ctxt_chan_unref(signals);

    ctxt_chan_t *numbers = ctxt_chan_new(sizeof(int), 1);
    int value = 5;
    assert_int_equal(ctxt_chan_try_send(numbers, &value), 0);
    assert_int_equal(ctxt_chan_try_receive(numbers, NULL), 0);
    assert_int_equal(ctxt_chan_length(numbers), 0);
    ctxt_chan_unref(numbers);
}

static void too_large_is_no_memory(void **state)
{
    (void)state;
    errno = 0;
    assert_null(ctxt_chan_new(SIZE_MAX / 2, 3));
    assert_int_equal(errno, ENOMEM);
    assert_null(ctxt_chan_new(1, SIZE_MAX));
}

/* ---- a second task ---- */

struct peer {
    ctxt_chan_t *channel;
    ctxt_t *context;
    int value, result;
};

static int send_one(ctxt_t *context, void *argument)
{
    struct peer *peer = argument;
    (void)context;
    return peer->result = ctxt_chan_send(peer->context, peer->channel, &peer->value);
}

static int receive_one(ctxt_t *context, void *argument)
{
    struct peer *peer = argument;
    (void)context;
    return peer->result = ctxt_chan_receive(peer->context, peer->channel, &peer->value);
}

static ctxt_task_t *start_receiver(struct peer *peer, unsigned number)
{
    ctxt_task_t *task = ctxt_go(background, receive_one, peer);
    await_waiters(&peer->channel->lock, &peer->channel->receivers, number);
    return task;
}

static ctxt_task_t *start_sender(struct peer *peer, unsigned number)
{
    ctxt_task_t *task = ctxt_go(background, send_one, peer);
    await_waiters(&peer->channel->lock, &peer->channel->senders, number);
    return task;
}

static int join(ctxt_task_t *task)
{
    int result = -1;
    assert_int_equal(ctxt_join(background, task, &result), 0);
    return result;
}

static void unbuffered_waits_for_the_other_side(void **state)
{
    (void)state;
    struct peer peer = {.channel = ctxt_chan_new(sizeof(int), 0), .context = background};
    int value = 41;
    assert_int_equal(ctxt_chan_try_send(peer.channel, &value), EAGAIN);
    ctxt_task_t *receiver = start_receiver(&peer, 1);
    assert_int_equal(ctxt_chan_try_send(peer.channel, &value), 0);
    assert_int_equal(join(receiver), 0);
    assert_int_equal(peer.value, 41);

    peer.value = 42;
    ctxt_task_t *sender = start_sender(&peer, 1);
    assert_int_equal(ctxt_chan_length(peer.channel), 0);
    assert_int_equal(ctxt_chan_try_receive(peer.channel, &value), 0);
    assert_int_equal(value, 42);
    assert_int_equal(join(sender), 0);
    ctxt_chan_unref(peer.channel);
}

static void waiting_senders_keep_their_order(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 1);
    int first = 0;
    assert_int_equal(ctxt_chan_try_send(channel, &first), 0);
    struct peer peers[3];
    ctxt_task_t *tasks[3];
    for (int i = 0; i < 3; i++) {
        peers[i] = (struct peer){.channel = channel, .context = background, .value = i + 1};
        tasks[i] = start_sender(&peers[i], (unsigned)i + 1);
    }
    for (int i = 0; i < 4; i++) {
        int value = -1;
        assert_int_equal(ctxt_chan_receive(background, channel, &value), 0);
        assert_int_equal(value, i);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(join(tasks[i]), 0);
    ctxt_chan_unref(channel);
}

static void closed_channels_are_drained(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 2);
    int value = 7;
    assert_int_equal(ctxt_chan_try_send(channel, &value), 0);
    assert_int_equal(ctxt_chan_close(channel), 0);
    assert_int_equal(ctxt_chan_close(channel), EPIPE);
    assert_int_equal(ctxt_chan_send(background, channel, &value), EPIPE);
    assert_int_equal(ctxt_chan_try_send(channel, &value), EPIPE);
    value = 0;
    assert_int_equal(ctxt_chan_receive(background, channel, &value), 0);
    assert_int_equal(value, 7);
    assert_int_equal(ctxt_chan_receive(background, channel, &value), EPIPE);
    assert_int_equal(value, 0);
    value = 9;
    assert_int_equal(ctxt_chan_try_receive(channel, &value), EPIPE);
    assert_int_equal(value, 0);
    ctxt_chan_unref(channel);
}

static void closing_wakes_all(void **state)
{
    (void)state;
    struct peer peers[4];
    ctxt_task_t *tasks[4];
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0);
    for (int i = 0; i < 4; i++) {
        peers[i] = (struct peer){.channel = channel, .context = background, .value = 13};
        tasks[i] = start_receiver(&peers[i], (unsigned)i + 1);
    }
    assert_int_equal(ctxt_chan_close(channel), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(join(tasks[i]), EPIPE);
        assert_int_equal(peers[i].value, 0);
    }
    ctxt_chan_unref(channel);

    channel = ctxt_chan_new(sizeof(int), 0);
    for (int i = 0; i < 4; i++) {
        peers[i] = (struct peer){.channel = channel, .context = background};
        tasks[i] = start_sender(&peers[i], (unsigned)i + 1);
    }
    assert_int_equal(ctxt_chan_close(channel), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(join(tasks[i]), EPIPE);
    ctxt_chan_unref(channel);
}

/* ---- contexts ---- */

static void ended_contexts_do_nothing(void **state)
{
    (void)state;
    ctxt_scope c = ctxt_with_cancel(background);
    ctxt_cancel(c);
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 1);
    int value = 3;
    assert_int_equal(ctxt_chan_send(c, channel, &value), ECANCELED);
    assert_int_equal(ctxt_chan_length(channel), 0);
    assert_int_equal(ctxt_chan_try_send(channel, &value), 0);
    assert_int_equal(ctxt_chan_receive(c, channel, &value), ECANCELED);
    assert_int_equal(ctxt_chan_length(channel), 1);
    ctxt_chan_unref(channel);
}

static void cancelling_ends_a_receive(void **state)
{
    (void)state;
    ctxt_scope c = ctxt_with_cancel(background);
    struct peer peer = {.channel = ctxt_chan_new(sizeof(int), 0), .context = c, .value = 5};
    ctxt_task_t *task = start_receiver(&peer, 1);
    ctxt_cancel(c);
    assert_int_equal(join(task), ECANCELED);
    assert_int_equal(peer.value, 5);
    assert_null(peer.channel->receivers.first);
    int value = 6;
    assert_int_equal(ctxt_chan_try_send(peer.channel, &value), EAGAIN);
    ctxt_chan_unref(peer.channel);
}

static void deadlines_end_a_send(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0);
    int value = 3;
    int64_t before = ctxt_now();
    ctxt_scope c = ctxt_with_timeout(background, 10 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_chan_send(c, channel, &value), ETIMEDOUT);
    assert_true(ctxt_now() - before >= 10 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_chan_try_receive(channel, &value), EAGAIN);
    assert_null(channel->senders.first);
    ctxt_chan_unref(channel);
}

static void null_channels_block_until_the_context_ends(void **state)
{
    (void)state;
    ctxt_scope c = ctxt_with_timeout(background, 5 * CTXT_MILLISECOND);
    int value = 0;
    assert_int_equal(ctxt_chan_send(c, NULL, &value), ETIMEDOUT);
    ctxt_scope d = ctxt_with_timeout(background, 5 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_chan_receive(d, NULL, &value), ETIMEDOUT);
    assert_int_equal(ctxt_chan_try_send(NULL, &value), EAGAIN);
    assert_int_equal(ctxt_chan_try_receive(NULL, &value), EAGAIN);
    assert_int_equal(ctxt_chan_length(NULL), 0);
    assert_int_equal(ctxt_chan_capacity(NULL), 0);
    ctxt_chan_unref(NULL);
}

/* ---- misuse ---- */

static void misuse_is_reported(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 1);
    int value = 0;
    expect_misuse();
    assert_int_equal(ctxt_chan_send(NULL, channel, &value), EINVAL);
    assert_misuse("the context is NULL");
    assert_int_equal(ctxt_chan_receive(NULL, channel, &value), EINVAL);
    assert_misuse("the context is NULL");
    assert_int_equal(ctxt_chan_send(background, channel, NULL), EINVAL);
    assert_misuse("the value to send is NULL");
    assert_int_equal(ctxt_chan_try_send(channel, NULL), EINVAL);
    assert_misuse("the value to send is NULL");
    assert_int_equal(ctxt_chan_close(NULL), EINVAL);
    assert_misuse("the channel is NULL");
    assert_null(ctxt_chan_ref(NULL));
    assert_misuse("the channel is NULL");
    ctxt_chan_set_name(NULL, "name");
    assert_misuse("the channel is NULL");
    end_misuse();
    assert_int_equal(ctxt_chan_length(channel), 0);
    ctxt_chan_unref(channel);
}

static void freeing_under_a_waiter_is_misuse(void **state)
{
    (void)state;
    ctxt_scope c = ctxt_with_cancel(background);
    struct peer peer = {.channel = ctxt_chan_new(sizeof(int), 0), .context = c};
    ctxt_task_t *task = start_receiver(&peer, 1);
    expect_misuse();
    ctxt_chan_unref(peer.channel);
    assert_misuse("while a task waits on it");
    end_misuse();
    ctxt_cancel(c);
    assert_int_equal(join(task), ECANCELED);
    free(peer.channel); /* it was kept */
}

/* ---- many at once ---- */

enum { PRODUCERS = 3, CONSUMERS = 3, VALUES = 4000 };

struct load {
    ctxt_chan_t *channel;
    _Atomic int next_producer;
    _Atomic int received[PRODUCERS][VALUES];
    _Atomic int out_of_order;
};

struct numbered {
    int producer, number;
};

static int produce(ctxt_t *context, void *argument)
{
    struct load *load = argument;
    int self = load->next_producer++;
    for (int i = 0; i < VALUES; i++) {
        struct numbered value = {self, i};
        if (ctxt_chan_send(context, load->channel, &value) != 0)
            return 1;
    }
    return 0;
}

static int consume(ctxt_t *context, void *argument)
{
    struct load *load = argument;
    int last[PRODUCERS];
    memset(last, -1, sizeof last);
    struct numbered value;
    int result;
    while ((result = ctxt_chan_receive(context, load->channel, &value)) == 0) {
        load->received[value.producer][value.number]++;
        if (value.number <= last[value.producer])
            load->out_of_order++;
        last[value.producer] = value.number;
    }
    return result == EPIPE ? 0 : 1;
}

static void everything_arrives_once(size_t capacity)
{
    struct load *load = calloc(1, sizeof *load);
    load->channel = ctxt_chan_new(sizeof(struct numbered), capacity);
    ctxt_scope c = ctxt_with_cancel(background);
    ctxt_task_t *producers[PRODUCERS], *consumers[CONSUMERS];
    for (int i = 0; i < CONSUMERS; i++)
        consumers[i] = ctxt_go(c, consume, load);
    for (int i = 0; i < PRODUCERS; i++)
        producers[i] = ctxt_go(c, produce, load);
    for (int i = 0; i < PRODUCERS; i++)
        assert_int_equal(join(producers[i]), 0);
    assert_int_equal(ctxt_chan_close(load->channel), 0);
    for (int i = 0; i < CONSUMERS; i++)
        assert_int_equal(join(consumers[i]), 0);
    for (int i = 0; i < PRODUCERS; i++)
        for (int k = 0; k < VALUES; k++)
            assert_int_equal(load->received[i][k], 1);
    assert_int_equal(load->out_of_order, 0);
    ctxt_chan_unref(load->channel);
    free(load);
}

static void stress_unbuffered(void **state)
{
    (void)state;
    everything_arrives_once(0);
}

static void stress_buffered(void **state)
{
    (void)state;
    everything_arrives_once(1);
    everything_arrives_once(7);
}

struct hasty {
    ctxt_chan_t *channel;
    _Atomic long sent, received, gave_up;
    _Atomic int stop;
};

static int send_hastily(ctxt_t *context, void *argument)
{
    struct hasty *hasty = argument;
    while (!hasty->stop) {
        long value = 1;
        ctxt_scope c = ctxt_with_timeout(context, 20 * CTXT_MICROSECOND);
        if (ctxt_chan_send(c, hasty->channel, &value) == 0)
            hasty->sent += value;
        else
            hasty->gave_up++;
    }
    return 0;
}

static int receive_hastily(ctxt_t *context, void *argument)
{
    struct hasty *hasty = argument;
    while (!hasty->stop) {
        long value = 0;
        ctxt_scope c = ctxt_with_timeout(context, 30 * CTXT_MICROSECOND);
        if (ctxt_chan_receive(c, hasty->channel, &value) == 0)
            hasty->received += value;
        else
            hasty->gave_up++;
    }
    return 0;
}

/* Whatever the timeouts do: what was sent and what was received is the same. */
static void nothing_is_lost_to_timeouts(void **state)
{
    (void)state;
    for (size_t capacity = 0; capacity < 2; capacity++) {
        struct hasty hasty = {.channel = ctxt_chan_new(sizeof(long), capacity)};
        ctxt_task_t *tasks[4];
        for (int i = 0; i < 4; i++)
            tasks[i] = ctxt_go(background, i % 2 ? send_hastily : receive_hastily, &hasty);
        do
            pause_ns(400 * CTXT_MILLISECOND);
        while (hasty.sent == 0 || hasty.gave_up == 0);
        hasty.stop = 1;
        for (int i = 0; i < 4; i++)
            assert_int_equal(join(tasks[i]), 0);
        assert_int_equal(hasty.sent, hasty.received + (long)ctxt_chan_length(hasty.channel));
        assert_null(hasty.channel->senders.first);
        assert_null(hasty.channel->receivers.first);
        ctxt_chan_unref(hasty.channel);
    }
}

/* ---- fork ---- */

static int use_in_child(ctxt_chan_t *channel)
{
    int value = 8;
    /* The receiver exists in the parent only: nobody takes the value. */
    if (channel->receivers.first || ctxt_chan_try_send(channel, &value) != EAGAIN)
        return __LINE__;
    struct peer peer = {.channel = channel, .context = background};
    ctxt_task_t *task = start_receiver(&peer, 1);
    if (ctxt_chan_send(background, channel, &value) != 0 ||
        ctxt_join(background, task, NULL) != 0 || peer.value != 8)
        return __LINE__;
    return 0;
}

static int child_status(pid_t child)
{
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

static void a_forked_child_inherits_no_waiters(void **state)
{
    (void)state;
    if (THREAD_SANITIZER)
        skip(); /* see runtime_test.h */
    struct peer peer = {.channel = ctxt_chan_new(sizeof(int), 0), .context = background};
    ctxt_task_t *task = start_receiver(&peer, 1);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(use_in_child(peer.channel));
    }
    assert_int_equal(child_status(child), 0);
    int value = 9;
    assert_int_equal(ctxt_chan_try_send(peer.channel, &value), 0);
    assert_int_equal(join(task), 0);
    assert_int_equal(peer.value, 9);
    ctxt_chan_unref(peer.channel);
}

/* However a fork hits the traffic, the child finds the channel whole and its lock free. */
static void forking_amid_traffic(void **state)
{
    (void)state;
    struct hasty hasty = {.channel = ctxt_chan_new(sizeof(long), 1)};
    ctxt_task_t *tasks[4];
    for (int i = 0; i < 4; i++)
        tasks[i] = ctxt_go(background, i % 2 ? send_hastily : receive_hastily, &hasty);
    for (int i = 0; i < 60; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            long value = 1;
            ctxt_chan_try_receive(hasty.channel, &value);
            bool whole = ctxt_chan_try_send(hasty.channel, &value) == 0 &&
                         ctxt_chan_try_receive(hasty.channel, &value) == 0 && value == 1 &&
                         !hasty.channel->senders.first && !hasty.channel->receivers.first;
            _exit(whole ? 0 : 1);
        }
        assert_int_equal(child_status(child), 0);
    }
    hasty.stop = 1;
    for (int i = 0; i < 4; i++)
        assert_int_equal(join(tasks[i]), 0);
    assert_int_equal(hasty.sent, hasty.received + (long)ctxt_chan_length(hasty.channel));
    ctxt_chan_unref(hasty.channel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_in_order),
        cmocka_unit_test(values_may_be_empty_or_dropped),
        cmocka_unit_test(too_large_is_no_memory),
        cmocka_unit_test(unbuffered_waits_for_the_other_side),
        cmocka_unit_test(waiting_senders_keep_their_order),
        cmocka_unit_test(closed_channels_are_drained),
        cmocka_unit_test(closing_wakes_all),
        cmocka_unit_test(ended_contexts_do_nothing),
        cmocka_unit_test(cancelling_ends_a_receive),
        cmocka_unit_test(deadlines_end_a_send),
        cmocka_unit_test(null_channels_block_until_the_context_ends),
        cmocka_unit_test(misuse_is_reported),
        cmocka_unit_test(freeing_under_a_waiter_is_misuse),
        cmocka_unit_test(stress_unbuffered),
        cmocka_unit_test(stress_buffered),
        cmocka_unit_test(nothing_is_lost_to_timeouts),
        cmocka_unit_test(a_forked_child_inherits_no_waiters),
        cmocka_unit_test(forking_amid_traffic),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
