/* Channels: Go's runtime/chan_test.go, and of its test/chan what is about channels alone. */
#include "conformance.h"

static const size_t capacities[] = {0, 1, 2, 7, 50};

/* ---- TestChan, by its blocks ---- */

/* A task that receives, and says so. */
struct receiver {
    ctxt_chan_t *channel;
    struct sleeper sleeper;
    int value, status;
    _Atomic bool received;
};

static int receive_one(ctxt_t *context, void *argument)
{
    struct receiver *receiver = argument;
    about_to_block(&receiver->sleeper);
    receiver->status = ctxt_chan_receive(context, receiver->channel, &receiver->value);
    receiver->received = true;
    return receiver->status;
}

static void receiving_from_an_empty_channel_blocks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        ctxt_chan_t *channel = int_channel(capacities[i]);
        struct receiver receivers[2] = {{.channel = channel}, {.channel = channel}};
        ctxt_task_t *tasks[2];
        for (int r = 0; r < 2; r++) {
            tasks[r] = start(receive_one, &receivers[r]);
            await_blocked(&receivers[r].sleeper);
        }
        assert_false(receivers[0].received || receivers[1].received);
        int value;
        assert_int_equal(ctxt_chan_try_receive(channel, &value), EAGAIN);
        for (int r = 0; r < 2; r++)
            assert_int_equal(send_int(channel, 0), 0);
        for (int r = 0; r < 2; r++)
            assert_int_equal(result_of(tasks[r]), 0);
        ctxt_chan_unref(channel);
    }
}

struct sender {
    ctxt_chan_t *channel;
    struct sleeper sleeper;
    _Atomic bool sent;
};

static int send_zero(ctxt_t *context, void *argument)
{
    struct sender *sender = argument;
    const int zero = 0;
    about_to_block(&sender->sleeper);
    int status = ctxt_chan_send(context, sender->channel, &zero);
    sender->sent = true;
    return status;
}

static void fill(ctxt_chan_t *channel)
{
    for (int i = 0; i < (int)ctxt_chan_capacity(channel); i++)
        assert_int_equal(send_int(channel, i), 0);
}

static void sending_to_a_full_channel_blocks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct sender sender = {.channel = int_channel(capacities[i])};
        fill(sender.channel);
        ctxt_task_t *task = start(send_zero, &sender);
        await_blocked(&sender.sleeper);
        assert_false(sender.sent);
        const int zero = 0;
        assert_int_equal(ctxt_chan_try_send(sender.channel, &zero), EAGAIN);
        assert_int_equal(receive_int(sender.channel), 0);
        assert_int_equal(result_of(task), 0);
        ctxt_chan_unref(sender.channel);
    }
}

static void a_closed_channel_gives_what_is_in_it_and_then_zeroes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        ctxt_chan_t *channel = int_channel(capacities[i]);
        fill(channel);
        assert_int_equal(ctxt_chan_close(channel), 0);
        for (int n = 0; n < (int)capacities[i]; n++)
            assert_int_equal(receive_int(channel), n);
        int value = 42;
        assert_int_equal(ctxt_chan_receive(ctxt_background(), channel, &value), EPIPE);
        assert_int_equal(value, 0);
        value = 42;
        assert_int_equal(ctxt_chan_try_receive(channel, &value), EPIPE);
        assert_int_equal(value, 0);
        ctxt_chan_unref(channel);
    }
}

static void closing_wakes_a_receiver(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct receiver receiver = {.channel = int_channel(capacities[i]), .value = 42};
        ctxt_task_t *task = start(receive_one, &receiver);
        await_blocked(&receiver.sleeper);
        assert_int_equal(ctxt_chan_close(receiver.channel), 0);
        assert_int_equal(result_of(task), EPIPE);
        assert_int_equal(receiver.value, 0);
        ctxt_chan_unref(receiver.channel);
    }
}

enum { SENT = 100 };

static int send_in_order(ctxt_t *context, void *channel)
{
    int status = 0;
    for (int i = 0; i < SENT && status == 0; i++)
        status = ctxt_chan_send(context, channel, &i);
    return status;
}

static void values_come_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        ctxt_chan_t *channel = int_channel(capacities[i]);
        ctxt_task_t *task = start(send_in_order, channel);
        for (int n = 0; n < SENT; n++)
            assert_int_equal(receive_int(channel), n);
        assert_int_equal(result_of(task), 0);
        ctxt_chan_unref(channel);
    }
}

enum { PAIRS = 4 };

struct tally {
    ctxt_chan_t *channel;
    int seen[SENT];
};

static int receive_and_count(ctxt_t *context, void *argument)
{
    struct tally *tally = argument;
    int value, status = 0;
    for (int i = 0; i < SENT && status == 0; i++) {
        status = ctxt_chan_receive(context, tally->channel, &value);
        tally->seen[value]++;
    }
    return status;
}

static void many_senders_and_receivers_lose_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        ctxt_chan_t *channel = int_channel(capacities[i]);
        struct tally tallies[PAIRS] = {0};
        ctxt_task_t *senders[PAIRS], *receivers[PAIRS];
        for (int p = 0; p < PAIRS; p++) {
            tallies[p].channel = channel;
            senders[p] = start(send_in_order, channel);
            receivers[p] = start(receive_and_count, &tallies[p]);
        }
        for (int p = 0; p < PAIRS; p++) {
            assert_int_equal(result_of(senders[p]), 0);
            assert_int_equal(result_of(receivers[p]), 0);
        }
        for (int value = 0; value < SENT; value++) {
            int seen = 0;
            for (int p = 0; p < PAIRS; p++)
                seen += tallies[p].seen[value];
            assert_int_equal(seen, PAIRS);
        }
        ctxt_chan_unref(channel);
    }
}

static void length_and_capacity(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        ctxt_chan_t *channel = int_channel(capacities[i]);
        assert_int_equal(ctxt_chan_length(channel), 0);
        assert_int_equal(ctxt_chan_capacity(channel), capacities[i]);
        fill(channel);
        assert_int_equal(ctxt_chan_length(channel), capacities[i]);
        assert_int_equal(ctxt_chan_capacity(channel), capacities[i]);
        ctxt_chan_unref(channel);
    }
}

/* ---- the others of chan_test.go ---- */

static int try_to_receive(ctxt_t *unused, void *channel)
{
    (void)unused;
    int value;
    return ctxt_chan_try_receive(channel, &value);
}

/* One value, two receivers, and a close: what does not wait finds the value or the close. */
static void trying_finds_the_value_or_the_close(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        ctxt_chan_t *channel = int_channel(1);
        assert_int_equal(send_int(channel, 1), 0);
        ctxt_task_t *task = start(try_to_receive, channel);
        assert_int_equal(ctxt_chan_close(channel), 0);
        int value, status = ctxt_chan_receive(ctxt_background(), channel, &value);
        int others = result_of(task);
        assert_true((status == 0 && others == EPIPE) || (status == EPIPE && others == 0));
        ctxt_chan_unref(channel);
    }
}

enum { WORKERS = 23, ITEMS = 20000 };
static const int primes[] = {2, 3, 7, 11, 13, 17, 19, 23, 27, 31};

struct works {
    ctxt_chan_t *questions, *answers;
    ctxt_group_t *workers;
};

static int pass_on(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct works *works = argument;
    int value;
    while (ctxt_chan_receive(ctxt_background(), works->questions, &value) == 0) {
        if (value == primes[gettid() % (int)COUNT_OF(primes)])
            sched_yield();
        assert_int_equal(send_int(works->answers, value), 0);
    }
    return 0;
}

static int feed_and_close(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct works *works = argument;
    int sum = 0;
    for (int i = 0; i < ITEMS; i++) {
        int value = primes[i % (int)COUNT_OF(primes)];
        sum += value;
        assert_int_equal(send_int(works->questions, value), 0);
    }
    ctxt_chan_close(works->questions);
    assert_int_equal(ctxt_group_wait(works->workers), 0);
    ctxt_chan_close(works->answers);
    return sum;
}

static void multi_consumer(void **state)
{
    (void)state;
    struct works works = {int_channel(WORKERS * 3), int_channel(WORKERS * 3),
                          ctxt_group_new(ctxt_background())};
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(ctxt_group_go(works.workers, pass_on, &works), 0);
    ctxt_task_t *feeder = start(feed_and_close, &works);
    int count = 0, sum = 0, value;
    while (ctxt_chan_receive(ctxt_background(), works.answers, &value) == 0) {
        count++;
        sum += value;
    }
    assert_int_equal(count, ITEMS);
    assert_int_equal(sum, result_of(feeder));
    ctxt_chan_unref(works.questions);
    ctxt_chan_unref(works.answers);
}

/* ---- test/chan ---- */

struct link {
    ctxt_chan_t *channel, *in, *out;
    int expected;
};

static int receive_in_turn(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct link *link = argument;
    assert_int_equal(receive_int(link->in), 0);
    assert_int_equal(receive_int(link->channel), link->expected);
    return send_int(link->out, 0);
}

static void an_unbuffered_channel_keeps_the_order(void **state)
{
    (void)state;
    enum { LINKS = 10 };
    struct link links[LINKS];
    ctxt_task_t *tasks[LINKS];
    ctxt_chan_t *channel = int_channel(0), *first = int_channel(0), *in = first;
    for (int i = 0; i < LINKS; i++) {
        links[i] = (struct link){channel, in, int_channel(0), i};
        in = links[i].out;
        tasks[i] = start(receive_in_turn, &links[i]);
    }
    assert_int_equal(send_int(first, 0), 0);
    for (int i = 0; i < LINKS; i++)
        assert_int_equal(send_int(channel, i), 0);
    assert_int_equal(receive_int(in), 0);
    for (int i = 0; i < LINKS; i++) {
        assert_int_equal(result_of(tasks[i]), 0);
        ctxt_chan_unref(links[i].out);
    }
    ctxt_chan_unref(first);
    ctxt_chan_unref(channel);
}

static int pass_to_the_left(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct link *link = argument;
    return send_int(link->out, receive_int(link->in) + 1);
}

/* Go's chain has ten thousand goroutines; these are threads. */
static void a_long_chain_of_tasks(void **state)
{
    (void)state;
    enum { LINKS = 300 };
    static struct link links[LINKS];
    static ctxt_task_t *tasks[LINKS];
    ctxt_chan_t *leftmost = int_channel(0), *left = leftmost;
    for (int i = 0; i < LINKS; i++) {
        links[i] = (struct link){.in = int_channel(0), .out = left};
        left = links[i].in;
        tasks[i] = start(pass_to_the_left, &links[i]);
    }
    assert_int_equal(send_int(left, 1), 0);
    assert_int_equal(receive_int(leftmost), LINKS + 1);
    for (int i = 0; i < LINKS; i++) {
        assert_int_equal(result_of(tasks[i]), 0);
        ctxt_chan_unref(links[i].in);
    }
    ctxt_chan_unref(leftmost);
}

/* Values of many sizes, sent without waiting to a task that waits, and received from one. */
struct sized {
    ctxt_chan_t *channel;
    unsigned char value[32];
};

static int receive_sized(ctxt_t *context, void *argument)
{
    struct sized *sized = argument;
    return ctxt_chan_receive(context, sized->channel, sized->value);
}

static int send_sized(ctxt_t *context, void *argument)
{
    struct sized *sized = argument;
    return ctxt_chan_send(context, sized->channel, sized->value);
}

static void check_size(size_t size, size_t capacity)
{
    unsigned char bytes[32], got[32];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i + size);
    struct sized sized = {.channel = ctxt_chan_new(size, capacity)};
    int status;
    assert_int_equal(ctxt_chan_try_receive(sized.channel, got), EAGAIN);
    ctxt_task_t *task = start(receive_sized, &sized);
    while ((status = ctxt_chan_try_send(sized.channel, bytes)) == EAGAIN)
        pass_the_processor(); /* until it waits */
    assert_int_equal(status, 0);
    assert_int_equal(result_of(task), 0);
    assert_memory_equal(sized.value, bytes, size);

    task = start(send_sized, &sized);
    memset(got, 0, sizeof got);
    while ((status = ctxt_chan_try_receive(sized.channel, got)) == EAGAIN)
        pass_the_processor();
    assert_int_equal(status, 0);
    assert_memory_equal(got, bytes, size);
    assert_int_equal(result_of(task), 0);
    ctxt_chan_unref(sized.channel);
}

static void values_of_any_size_without_waiting(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 3, 4, 8, 16, 31, 32};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        check_size(sizes[i], 0);
        check_size(sizes[i], 1);
    }
}

static void values_may_be_empty(void **state)
{
    (void)state;
    ctxt_chan_t *unbuffered = ctxt_chan_new(0, 0), *buffered = ctxt_chan_new(0, 1);
    assert_non_null(unbuffered);
    assert_int_equal(ctxt_chan_try_send(unbuffered, NULL), EAGAIN);
    assert_int_equal(ctxt_chan_send(ctxt_background(), buffered, NULL), 0);
    assert_int_equal(ctxt_chan_length(buffered), 1);
    assert_int_equal(ctxt_chan_receive(ctxt_background(), buffered, NULL), 0);
    ctxt_chan_unref(buffered);
    ctxt_chan_unref(unbuffered);
}

static void channels_of_channels(void **state)
{
    (void)state;
    ctxt_chan_t *outer = ctxt_chan_new(sizeof(ctxt_chan_t *), 1), *inner = int_channel(1), *got;
    assert_int_equal(ctxt_chan_send(ctxt_background(), outer, &inner), 0);
    assert_int_equal(ctxt_chan_try_receive(outer, &got), 0);
    const int two = 2;
    assert_int_equal(ctxt_chan_try_send(got, &two), 0);
    assert_int_equal(receive_int(inner), 2);
    ctxt_chan_unref(outer);
    ctxt_chan_unref(inner);
}

/* ---- closing and sending where Go panics ---- */

static void a_closed_channel_takes_nothing(void **state)
{
    (void)state;
    ctxt_chan_t *channel = int_channel(1);
    const int value = 7;
    assert_int_equal(ctxt_chan_close(channel), 0);
    assert_int_equal(ctxt_chan_close(channel), EPIPE);
    assert_int_equal(send_int(channel, value), EPIPE);
    assert_int_equal(ctxt_chan_try_send(channel, &value), EPIPE);
    assert_int_equal(ctxt_chan_length(channel), 0);
    ctxt_chan_unref(channel);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receiving_from_an_empty_channel_blocks),
        cmocka_unit_test(sending_to_a_full_channel_blocks),
        cmocka_unit_test(a_closed_channel_gives_what_is_in_it_and_then_zeroes),
        cmocka_unit_test(closing_wakes_a_receiver),
        cmocka_unit_test(values_come_in_order),
        cmocka_unit_test(many_senders_and_receivers_lose_nothing),
        cmocka_unit_test(length_and_capacity),
        cmocka_unit_test(trying_finds_the_value_or_the_close),
        cmocka_unit_test(multi_consumer),
        cmocka_unit_test(an_unbuffered_channel_keeps_the_order),
        cmocka_unit_test(a_long_chain_of_tasks),
        cmocka_unit_test(values_of_any_size_without_waiting),
        cmocka_unit_test(values_may_be_empty),
        cmocka_unit_test(channels_of_channels),
        cmocka_unit_test(a_closed_channel_takes_nothing),
    };
    return run_or_list(count, arguments, tests, COUNT_OF(tests));
}
