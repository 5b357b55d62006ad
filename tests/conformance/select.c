/* Select: Go's runtime/chan_test.go and test/chan, what they have of it. */
#include "conformance.h"

#include <malloc.h>

/* ---- chan_test.go ---- */

struct two {
    ctxt_chan_t *c1, *c2;
};

static int receive_from_either(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct two *two = argument;
    int value;
    ctxt_case_t cases[] = {ctxt_case_receive(two->c1, &value), ctxt_case_receive(two->c2, &value)};
    return ctxt_try_select(cases, 2) < 0 ? errno : 0;
}

/* At any moment one of two channels is ready; a select that does not wait must find it. */
static void expect_one_ready(bool by_closing)
{
    for (int round = 0; round < 300; round++) {
        struct two two = {int_channel(1), int_channel(1)};
        assert_int_equal(send_int(two.c1, 1), 0);
        ctxt_task_t *task = start(receive_from_either, &two);
        if (by_closing)
            assert_int_equal(ctxt_chan_close(two.c2), 0);
        else
            assert_int_equal(send_int(two.c2, 1), 0);
        int value;
        ctxt_chan_try_receive(two.c1, &value);
        assert_int_equal(result_of(task), 0);
        ctxt_chan_unref(two.c1);
        ctxt_chan_unref(two.c2);
    }
}

static void nonblock_select_race(void **state)
{
    (void)state;
    expect_one_ready(false);
}

static void nonblock_select_race_with_close(void **state)
{
    (void)state;
    expect_one_ready(true);
}

struct self {
    ctxt_chan_t *channel;
    int number;
};

/* Sends its number or receives another's. Returns how often it has met itself. */
static int send_or_receive(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct self *self = argument;
    bool unbuffered = ctxt_chan_capacity(self->channel) == 0;
    int met_itself = 0, value;
    for (int i = 0; i < 1000; i++) {
        ctxt_case_t cases[] = {ctxt_case_send(self->channel, &self->number),
                               ctxt_case_receive(self->channel, &value)};
        bool swapped = self->number == 1 && i % 2;
        if (swapped) {
            ctxt_case_t first = cases[0];
            cases[0] = cases[1];
            cases[1] = first;
        }
        bool received = ctxt_select(cases, 2) == (swapped ? 0 : 1);
        met_itself += unbuffered && received && value == self->number;
    }
    return met_itself;
}

static void self_select(void **state)
{
    (void)state;
    static const size_t capacities[] = {0, 10};
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        ctxt_chan_t *channel = int_channel(capacities[i]);
        struct self selves[2] = {{channel, 0}, {channel, 1}};
        ctxt_task_t *tasks[2];
        for (int n = 0; n < 2; n++)
            tasks[n] = start(send_or_receive, &selves[n]);
        for (int n = 0; n < 2; n++)
            assert_int_equal(result_of(tasks[n]), 0);
        ctxt_chan_unref(channel);
    }
}

enum { CHANNELS = 4, EACH = 2000 };

static int send_each(ctxt_t *unused, void *channel)
{
    (void)unused;
    for (int i = 0; i < EACH; i++)
        assert_int_equal(send_int(channel, 0), 0);
    return 0;
}

static int receive_each(ctxt_t *unused, void *channel)
{
    (void)unused;
    for (int i = 0; i < EACH; i++)
        receive_int(channel);
    return 0;
}

/* EACH values on every channel, by selects; a channel that has had them becomes NULL. */
static int select_each(ctxt_chan_t *const channels[CHANNELS], bool sending)
{
    const int zero = 0;
    int value, left[CHANNELS];
    ctxt_case_t cases[CHANNELS];
    for (int i = 0; i < CHANNELS; i++) {
        left[i] = EACH;
        cases[i] =
            sending ? ctxt_case_send(channels[i], &zero) : ctxt_case_receive(channels[i], &value);
    }
    for (int i = 0; i < CHANNELS * EACH; i++) {
        int chosen = ctxt_select(cases, CHANNELS);
        assert_in_range(chosen, 0, CHANNELS - 1);
        assert_int_equal(cases[chosen].status, 0);
        if (--left[chosen] == 0)
            cases[chosen].channel = NULL;
    }
    return 0;
}

static int send_by_select(ctxt_t *unused, void *channels)
{
    (void)unused;
    return select_each(channels, true);
}

static int receive_by_select(ctxt_t *unused, void *channels)
{
    (void)unused;
    return select_each(channels, false);
}

static void select_stress(void **state)
{
    (void)state;
    ctxt_chan_t *channels[CHANNELS] = {int_channel(0), int_channel(0), int_channel(2),
                                       int_channel(3)};
    ctxt_task_t *tasks[2 * CHANNELS + 2];
    size_t count = 0;
    for (int i = 0; i < CHANNELS; i++) {
        tasks[count++] = start(send_each, channels[i]);
        tasks[count++] = start(receive_each, channels[i]);
    }
    tasks[count++] = start(send_by_select, channels);
    tasks[count++] = start(receive_by_select, channels);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(result_of(tasks[i]), 0);
    for (int i = 0; i < CHANNELS; i++)
        ctxt_chan_unref(channels[i]);
}

/* Ten standard deviations of that many tosses of a coin. */
static unsigned ten_deviations(unsigned tosses)
{
    unsigned deviation = 1;
    while (4 * deviation * deviation < tosses)
        deviation++;
    return 10 * deviation;
}

static void select_is_fair(void **state)
{
    (void)state;
    enum { TRIALS = 10000 };
    ctxt_chan_t *ready[2] = {int_channel(TRIALS), int_channel(TRIALS)};
    ctxt_chan_t *never[2] = {int_channel(0), int_channel(0)};
    unsigned chosen[2] = {0, 0};
    for (int i = 0; i < TRIALS; i++) {
        assert_int_equal(send_int(ready[0], 0), 0);
        assert_int_equal(send_int(ready[1], 1), 0);
    }
    for (int i = 0; i < TRIALS; i++) {
        int value = -1;
        ctxt_case_t cases[] = {
            ctxt_case_receive(never[0], &value), ctxt_case_receive(never[1], &value),
            ctxt_case_receive(ready[0], &value), ctxt_case_receive(ready[1], &value)};
        int index = ctxt_select(cases, 4);
        assert_int_equal(index, 2 + value);
        chosen[value]++;
    }
    assert_in_range(chosen[0], TRIALS / 2 - ten_deviations(TRIALS),
                    TRIALS / 2 + ten_deviations(TRIALS));
    for (int i = 0; i < 2; i++) {
        ctxt_chan_unref(ready[i]);
        ctxt_chan_unref(never[i]);
    }
}

struct pair_value {
    const char *name;
    int64_t number;
};

static void one_channel_in_many_cases_with_other_values(void **state)
{
    (void)state;
    struct pair_value first = {"first", 1}, second = {"second", 2}, got;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof first, 1);
    assert_int_equal(ctxt_chan_send(ctxt_background(), channel, &first), 0);
    assert_int_equal(ctxt_chan_try_send(channel, &first), EAGAIN);
    ctxt_case_t cases[] = {ctxt_case_send(channel, &first), ctxt_case_send(channel, &second)};
    assert_int_equal(ctxt_try_select(cases, 2), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(ctxt_chan_receive(ctxt_background(), channel, &got), 0);
    assert_string_equal(got.name, "first");
    int chosen = ctxt_try_select(cases, 2);
    assert_in_range(chosen, 0, 1);
    assert_int_equal(ctxt_chan_receive(ctxt_background(), channel, &got), 0);
    assert_string_equal(got.name, chosen == 0 ? "first" : "second");
    assert_int_equal(got.number, chosen + 1);
    ctxt_chan_unref(channel);
}

enum { DRAWN = 200 };

struct drawn {
    ctxt_chan_t *channel;
    unsigned counts[2];
};

static int draw(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct drawn *drawn = argument;
    for (int i = 0; i < DRAWN; i++) {
        sched_yield();
        drawn->counts[receive_int(drawn->channel)]++;
    }
    return 0;
}

static void pseudo_random_send(void **state)
{
    (void)state;
    static const size_t capacities[] = {0, DRAWN};
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct drawn drawn = {.channel = int_channel(capacities[i])};
        ctxt_task_t *task = start(draw, &drawn);
        const int zero = 0, one = 1;
        for (int n = 0; n < DRAWN; n++) {
            ctxt_case_t cases[] = {ctxt_case_send(drawn.channel, &one),
                                   ctxt_case_send(drawn.channel, &zero)};
            assert_in_range(ctxt_select(cases, 2), 0, 1);
        }
        assert_int_equal(result_of(task), 0);
        assert_true(drawn.counts[0] > DRAWN / 10 && drawn.counts[1] > DRAWN / 10);
        ctxt_chan_unref(drawn.channel);
    }
}

struct queues {
    ctxt_chan_t *c, *d;
    struct sleeper first, second;
};

static int select_c_twice_or_d(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct queues *queues = argument;
    int value;
    ctxt_case_t cases[] = {ctxt_case_receive(queues->c, &value),
                           ctxt_case_receive(queues->c, &value),
                           ctxt_case_receive(queues->d, &value)};
    about_to_block(&queues->first);
    return ctxt_select(cases, 3) == 2 ? value : -1;
}

static int receive_c(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct queues *queues = argument;
    about_to_block(&queues->second);
    return receive_int(queues->c);
}

static void select_duplicate_channel(void **state)
{
    (void)state;
    struct queues queues = {.c = int_channel(0), .d = int_channel(0)};
    ctxt_task_t *first = start(select_c_twice_or_d, &queues);
    await_blocked(&queues.first);
    ctxt_task_t *second = start(receive_c, &queues);
    await_blocked(&queues.second);
    assert_int_equal(send_int(queues.d, 7), 0); /* takes the first out of the queue of c */
    assert_int_equal(result_of(first), 7);
    assert_int_equal(send_int(queues.c, 8), 0);
    assert_int_equal(result_of(second), 8);
    ctxt_chan_unref(queues.c);
    ctxt_chan_unref(queues.d);
}

/* ---- test/chan ---- */

enum { MULTIPLEXED = 2000 };

struct multiplexer {
    ctxt_chan_t *in[CHANNELS], *out;
    int next; /* which of them the next task takes */
};

static int send_to_any(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct multiplexer *mux = argument;
    for (int i = 0; i < MULTIPLEXED; i++) {
        ctxt_case_t cases[CHANNELS];
        for (int c = 0; c < CHANNELS; c++)
            cases[c] = ctxt_case_send(mux->in[c], &i);
        assert_in_range(ctxt_select(cases, CHANNELS), 0, CHANNELS - 1);
    }
    for (int c = 0; c < CHANNELS; c++)
        ctxt_chan_close(mux->in[c]);
    return 0;
}

static int pass_on(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct multiplexer *mux = argument;
    ctxt_chan_t *in = mux->in[__atomic_fetch_add(&mux->next, 1, __ATOMIC_RELAXED)];
    int value;
    while (ctxt_chan_receive(ctxt_background(), in, &value) == 0)
        assert_int_equal(send_int(mux->out, value), 0);
    return 0;
}

static int close_when_all_are_done(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct multiplexer *mux = argument;
    ctxt_group_t *group = ctxt_group_new(ctxt_background());
    for (int c = 0; c < CHANNELS; c++)
        assert_int_equal(ctxt_group_go(group, pass_on, mux), 0);
    int failure = ctxt_group_wait(group);
    ctxt_chan_close(mux->out);
    return failure;
}

static void every_value_goes_one_way(void **state)
{
    (void)state;
    struct multiplexer mux = {.out = int_channel(0)};
    for (int c = 0; c < CHANNELS; c++)
        mux.in[c] = int_channel(0);
    ctxt_task_t *sender = start(send_to_any, &mux), *closer = start(close_when_all_are_done, &mux);
    static bool seen[MULTIPLEXED];
    memset(seen, 0, sizeof seen);
    int value, count = 0;
    while (ctxt_chan_receive(ctxt_background(), mux.out, &value) == 0) {
        assert_false(seen[value]);
        seen[value] = true;
        count++;
    }
    assert_int_equal(count, MULTIPLEXED);
    assert_int_equal(result_of(sender), 0);
    assert_int_equal(result_of(closer), 0);
    for (int c = 0; c < CHANNELS; c++)
        ctxt_chan_unref(mux.in[c]);
    ctxt_chan_unref(mux.out);
}

/* Sends what it can without waiting, each channel once. */
static int send_without_waiting(ctxt_chan_t *a, ctxt_chan_t *b, int first_shift)
{
    int sent = 0;
    ctxt_chan_t *channels[2] = {a, b};
    for (;; sent++) {
        int value = 1 << (first_shift + sent);
        ctxt_case_t cases[] = {ctxt_case_send(channels[0], &value),
                               ctxt_case_send(channels[1], &value)};
        int chosen = ctxt_try_select(cases, 2);
        if (chosen < 0)
            return sent;
        channels[chosen] = NULL;
    }
}

static void null_channels_are_never_chosen(void **state)
{
    (void)state;
    ctxt_chan_t *a = int_channel(1), *b = int_channel(1);
    assert_int_equal(send_without_waiting(a, b, 0), 2);
    assert_int_equal(receive_int(a) | receive_int(b), 3);
    assert_int_equal(send_without_waiting(a, NULL, 2), 1);
    assert_int_equal(receive_int(a), 4);
    ctxt_chan_unref(a);
    ctxt_chan_unref(b);
}

static void many_selects_take_no_memory(void **state)
{
    (void)state;
    ctxt_chan_t *channel = int_channel(0), *dummy = int_channel(0);
    size_t before = 0;
    for (int round = 0; round < 2; round++) {
        before = mallinfo2().uordblks;
        ctxt_task_t *task = start(send_each, channel);
        for (int i = 0; i < EACH; i++) {
            int value;
            ctxt_case_t cases[] = {ctxt_case_receive(channel, &value),
                                   ctxt_case_receive(dummy, &value)};
            assert_int_equal(ctxt_select(cases, 2), 0);
        }
        assert_int_equal(result_of(task), 0);
    }
    assert_true(mallinfo2().uordblks <= before + 16 * 1024);
    ctxt_chan_unref(channel);
    ctxt_chan_unref(dummy);
}

/* ---- select3.go: what blocks, and what does not ---- */

/* Where Go blocks for ever, this ends with its context, which says that it had blocked. */
static void assert_select_blocks(ctxt_case_t *cases, size_t count)
{
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), SOON);
    ctxt_case_t all[4];
    for (size_t i = 0; i < count; i++)
        all[i] = cases[i];
    all[count] = ctxt_case_done(c);
    assert_int_equal(ctxt_select(all, count + 1), count);
    assert_int_equal(all[count].status, ETIMEDOUT);
    assert_int_equal(ctxt_try_select(cases, count), -1);
    assert_int_equal(errno, EAGAIN);
    cancel_and_unref(c);
}

static void what_is_never_ready_blocks(void **state)
{
    (void)state;
    const int seven = 7;
    int value;
    ctxt_chan_t *channel = int_channel(0);
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), SOON);
    assert_int_equal(ctxt_chan_send(c, NULL, &seven), ETIMEDOUT);
    ctxt_unref(c);
    c = ctxt_with_timeout(ctxt_background(), SOON);
    assert_int_equal(ctxt_chan_receive(c, NULL, &value), ETIMEDOUT);
    ctxt_unref(c);
    c = ctxt_with_timeout(ctxt_background(), SOON);
    assert_int_equal(ctxt_chan_receive(c, channel, &value), ETIMEDOUT);
    ctxt_unref(c);
    ctxt_case_t send_null = ctxt_case_send(NULL, &seven),
                receive_null = ctxt_case_receive(NULL, &value);
    ctxt_case_t both_null[] = {receive_null, send_null};
    ctxt_case_t receive = ctxt_case_receive(channel, &value);
    ctxt_case_t itself[] = {ctxt_case_send(channel, &seven), ctxt_case_receive(channel, &value)};
    assert_select_blocks(NULL, 0);
    assert_select_blocks(&receive_null, 1);
    assert_select_blocks(&send_null, 1);
    assert_select_blocks(both_null, 2);
    assert_select_blocks(&receive, 1);
    assert_select_blocks(itself, 2);
    ctxt_chan_unref(channel);
}

static void what_is_ready_does_not_block(void **state)
{
    (void)state;
    const int seven = 7;
    int value;
    ctxt_chan_t *channel = int_channel(1);
    ctxt_case_t send = ctxt_case_send(channel, &seven),
                receive = ctxt_case_receive(channel, &value);
    assert_int_equal(ctxt_try_select(&send, 1), 0);
    assert_int_equal(ctxt_try_select(&send, 1), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(ctxt_select(&receive, 1), 0);
    assert_int_equal(value, 7);
    assert_int_equal(ctxt_try_select(&receive, 1), -1);
    ctxt_chan_close(channel);
    for (int i = 0; i < 10; i++) {
        value = 42;
        assert_int_equal(ctxt_select(&receive, 1), 0);
        assert_int_equal(receive.status, EPIPE);
        assert_int_equal(value, 0);
    }
    ctxt_chan_unref(channel);
}

/* Go panics. */
static void sending_to_a_closed_channel_fails(void **state)
{
    (void)state;
    const int seven = 7;
    ctxt_chan_t *closed = int_channel(0);
    ctxt_chan_close(closed);
    assert_int_equal(send_int(closed, seven), EPIPE);
    ctxt_case_t send = ctxt_case_send(closed, &seven);
    assert_int_equal(ctxt_select(&send, 1), 0);
    assert_int_equal(send.status, EPIPE);
    ctxt_chan_unref(closed);
}

static void only_the_chosen_case_stores_its_value(void **state)
{
    (void)state;
    int chosen_value = 0, other_value = 5;
    ctxt_chan_t *ready = int_channel(1), *never = int_channel(0);
    assert_int_equal(send_int(ready, 42), 0);
    ctxt_case_t cases[] = {ctxt_case_receive(never, &other_value),
                           ctxt_case_receive(ready, &chosen_value)};
    assert_int_equal(ctxt_select(cases, 2), 1);
    assert_int_equal(chosen_value, 42);
    assert_int_equal(other_value, 5);
    ctxt_chan_unref(never);
    ctxt_chan_unref(ready);
}

/* ---- select6.go ---- */

struct dequeue {
    ctxt_chan_t *c1, *c2, *c3;
    struct sleeper sleepers[2];
};

static int receive_c1(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct dequeue *dequeue = argument;
    about_to_block(&dequeue->sleepers[0]);
    return receive_int(dequeue->c1);
}

static int select_then_receive_c1(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct dequeue *dequeue = argument;
    int value;
    ctxt_case_t cases[] = {ctxt_case_receive(dequeue->c1, &value),
                           ctxt_case_receive(dequeue->c2, &value)};
    about_to_block(&dequeue->sleepers[1]);
    assert_int_equal(ctxt_select(cases, 2), 1);
    assert_int_equal(send_int(dequeue->c3, value), 0);
    return receive_int(dequeue->c1);
}

static void a_select_leaves_the_middle_of_a_queue(void **state)
{
    (void)state;
    struct dequeue dequeue = {.c1 = int_channel(0), .c2 = int_channel(0), .c3 = int_channel(0)};
    ctxt_task_t *first = start(receive_c1, &dequeue);
    await_blocked(&dequeue.sleepers[0]);
    ctxt_task_t *second = start(select_then_receive_c1, &dequeue);
    await_blocked(&dequeue.sleepers[1]);
    assert_int_equal(send_int(dequeue.c2, 2), 0);
    assert_int_equal(receive_int(dequeue.c3), 2);
    assert_int_equal(send_int(dequeue.c1, 1), 0);
    assert_int_equal(send_int(dequeue.c1, 1), 0);
    assert_int_equal(result_of(first), 1);
    assert_int_equal(result_of(second), 1);
    ctxt_chan_unref(dequeue.c1);
    ctxt_chan_unref(dequeue.c2);
    ctxt_chan_unref(dequeue.c3);
}

/* ---- select7.go ---- */

enum way { BY_CALL, BY_SELECT, BY_SELECT_OF_TWO, WAYS };

struct meeting {
    ctxt_chan_t *channel, *others[2]; /* the other channel of who receives, and of who sends */
    enum way receiving;
};

static int receive_in_a_way(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct meeting *meeting = argument;
    int value = -1;
    if (meeting->receiving == BY_CALL)
        return receive_int(meeting->channel);
    ctxt_case_t cases[] = {ctxt_case_receive(meeting->channel, &value),
                           ctxt_case_receive(meeting->others[0], &value)};
    ctxt_select(cases, meeting->receiving == BY_SELECT ? 1 : 2);
    return value;
}

static void send_in_a_way(const struct meeting *meeting, enum way sending)
{
    const int one = 1;
    ctxt_case_t cases[] = {ctxt_case_send(meeting->channel, &one),
                           ctxt_case_send(meeting->others[1], &one)};
    if (sending == BY_CALL)
        assert_int_equal(send_int(meeting->channel, one), 0);
    else
        assert_int_equal(ctxt_select(cases, sending == BY_SELECT ? 1 : 2), 0);
}

static void sends_and_receives_of_all_kinds_meet(void **state)
{
    (void)state;
    for (int sending = 0; sending < WAYS; sending++) {
        for (int receiving = 0; receiving < WAYS; receiving++) {
            struct meeting meeting = {
                int_channel(0), {int_channel(0), int_channel(0)}, (enum way)receiving};
            ctxt_task_t *task = start(receive_in_a_way, &meeting);
            send_in_a_way(&meeting, (enum way)sending);
            assert_int_equal(result_of(task), 1);
            ctxt_chan_unref(meeting.channel);
            ctxt_chan_unref(meeting.others[0]);
            ctxt_chan_unref(meeting.others[1]);
        }
    }
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nonblock_select_race),
        cmocka_unit_test(nonblock_select_race_with_close),
        cmocka_unit_test(self_select),
        cmocka_unit_test(select_stress),
        cmocka_unit_test(select_is_fair),
        cmocka_unit_test(one_channel_in_many_cases_with_other_values),
        cmocka_unit_test(pseudo_random_send),
        cmocka_unit_test(select_duplicate_channel),
        cmocka_unit_test(every_value_goes_one_way),
        cmocka_unit_test(null_channels_are_never_chosen),
        cmocka_unit_test(many_selects_take_no_memory),
        cmocka_unit_test(what_is_never_ready_blocks),
        cmocka_unit_test(what_is_ready_does_not_block),
        cmocka_unit_test(sending_to_a_closed_channel_fails),
        cmocka_unit_test(only_the_chosen_case_stores_its_value),
        cmocka_unit_test(a_select_leaves_the_middle_of_a_queue),
        cmocka_unit_test(sends_and_receives_of_all_kinds_meet),
    };
    return run_or_list(count, arguments, tests, COUNT_OF(tests));
}
