/* Selects of every mix of cases: what Go's src/reflect/all_test.go has of select. */
#include "conformance.h"

enum kind {
    READY_SEND,
    READY_RECEIVE,
    CLOSED_SEND,
    CLOSED_RECEIVE,
    HELPED_SEND, /* blocks until another task comes to its channel */
    HELPED_RECEIVE,
    BLOCKED_SEND,
    BLOCKED_RECEIVE,
    NULL_SEND,
    NULL_RECEIVE,
    KINDS
};

enum {
    READY_KINDS = 1 << READY_SEND | 1 << READY_RECEIVE | 1 << CLOSED_SEND | 1 << CLOSED_RECEIVE
};
enum { HELPED_KINDS = 1 << HELPED_SEND | 1 << HELPED_RECEIVE };

struct mix {
    ctxt_case_t cases[KINDS];
    enum kind kinds[KINDS];
    size_t count;
    int values[KINDS];
};

static int value_of(enum kind kind)
{
    return 100 + (int)kind;
}

static ctxt_chan_t *channel_of(enum kind kind)
{
    if (kind == NULL_SEND || kind == NULL_RECEIVE)
        return NULL;
    ctxt_chan_t *channel = int_channel(kind == READY_SEND || kind == READY_RECEIVE ? 1 : 0);
    if (kind == READY_RECEIVE)
        assert_int_equal(send_int(channel, value_of(kind)), 0);
    if (kind == CLOSED_SEND || kind == CLOSED_RECEIVE)
        assert_int_equal(ctxt_chan_close(channel), 0);
    return channel;
}

static bool is_send(enum kind kind)
{
    return kind == READY_SEND || kind == CLOSED_SEND || kind == HELPED_SEND ||
           kind == BLOCKED_SEND || kind == NULL_SEND;
}

/* The cases whose bits are set, from one of them on and around. */
static struct mix *mix_new(unsigned kinds, unsigned first)
{
    struct mix *mix = calloc(1, sizeof *mix);
    assert_non_null(mix);
    for (unsigned i = 0; i < KINDS; i++) {
        enum kind kind = (enum kind)((first + i) % KINDS);
        if (!(kinds & 1u << kind))
            continue;
        size_t at = mix->count++;
        mix->kinds[at] = kind;
        mix->values[at] = is_send(kind) ? value_of(kind) : -1;
        mix->cases[at] = is_send(kind) ? ctxt_case_send(channel_of(kind), &mix->values[at])
                                       : ctxt_case_receive(channel_of(kind), &mix->values[at]);
    }
    return mix;
}

static void mix_free(struct mix *mix)
{
    for (size_t i = 0; i < mix->count; i++)
        ctxt_chan_unref(mix->cases[i].channel);
    free(mix);
}

static void assert_done_as(struct mix *mix, int chosen)
{
    assert_in_range(chosen, 0, mix->count - 1);
    enum kind kind = mix->kinds[chosen];
    bool closed = kind == CLOSED_SEND || kind == CLOSED_RECEIVE;
    assert_int_equal(mix->cases[chosen].status, closed ? EPIPE : 0);
    assert_int_equal(mix->values[chosen], kind == CLOSED_RECEIVE ? 0 : value_of(kind));
    for (size_t i = 0; i < mix->count; i++) {
        bool untouched = (int)i == chosen || is_send(mix->kinds[i]) || mix->values[i] == -1;
        assert_true(untouched);
        if (mix->kinds[i] == READY_SEND)
            assert_int_equal(ctxt_chan_length(mix->cases[i].channel), (int)i == chosen);
        if (mix->kinds[i] == READY_RECEIVE)
            assert_int_equal(ctxt_chan_length(mix->cases[i].channel), (int)i != chosen);
    }
}

static void expect_a_ready_one(struct mix *mix, bool waiting)
{
    int chosen =
        waiting ? ctxt_select(mix->cases, mix->count) : ctxt_try_select(mix->cases, mix->count);
    assert_done_as(mix, chosen);
    assert_true(READY_KINDS & 1 << mix->kinds[chosen]);
}

struct help {
    ctxt_chan_t *channel;
    enum kind kind;
    struct sleeper *sleeper; /* whoever needs it */
};

static int come_to_the_channel(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct help *help = argument;
    await_blocked(help->sleeper);
    if (help->kind == HELPED_RECEIVE)
        return send_int(help->channel, value_of(help->kind));
    return receive_int(help->channel) == value_of(help->kind) ? 0 : -1;
}

static void expect_the_helped_one(struct mix *mix, size_t helped)
{
    struct sleeper sleeper = {0};
    struct help help = {mix->cases[helped].channel, mix->kinds[helped], &sleeper};
    ctxt_task_t *task = start(come_to_the_channel, &help);
    about_to_block(&sleeper);
    int chosen = ctxt_select(mix->cases, mix->count);
    assert_int_equal(chosen, helped);
    assert_done_as(mix, chosen);
    assert_int_equal(result_of(task), 0);
}

static void every_mix_of_ready_cases(void **state)
{
    (void)state;
    for (unsigned kinds = 1; kinds < 1 << KINDS; kinds++) {
        if (!(kinds & READY_KINDS))
            continue;
        for (int waiting = 0; waiting < 2; waiting++) {
            struct mix *mix = mix_new(kinds, kinds % KINDS);
            expect_a_ready_one(mix, waiting);
            mix_free(mix);
        }
    }
}

static void every_mix_of_cases_that_are_not_ready(void **state)
{
    (void)state;
    for (unsigned kinds = 0; kinds < 1 << KINDS; kinds++) {
        if (kinds & READY_KINDS)
            continue;
        struct mix *mix = mix_new(kinds, kinds % KINDS);
        assert_int_equal(ctxt_try_select(mix->cases, mix->count), -1);
        assert_int_equal(errno, EAGAIN);
        mix_free(mix);
        for (size_t i = 0; i < KINDS; i++) {
            mix = mix_new(kinds, kinds % KINDS);
            if (i < mix->count && HELPED_KINDS & 1 << mix->kinds[i])
                expect_the_helped_one(mix, i);
            mix_free(mix);
        }
    }
}

/* Go's has at most 65536. */
static void any_number_of_cases(void **state)
{
    (void)state;
    enum { MANY = 65536 + 1 };
    ctxt_chan_t *closed = int_channel(0);
    ctxt_chan_close(closed);
    ctxt_case_t *cases = calloc(MANY, sizeof *cases);
    assert_non_null(cases);
    for (size_t i = 0; i < MANY; i++)
        cases[i] = ctxt_case_receive(closed, NULL);
    int chosen = ctxt_select(cases, MANY);
    assert_in_range(chosen, 0, MANY - 1);
    assert_int_equal(cases[chosen].status, EPIPE);
    free(cases);
    ctxt_chan_unref(closed);
}

static void no_case_does_not_wait(void **state)
{
    (void)state;
    errno = 0;
    assert_int_equal(ctxt_try_select(NULL, 0), -1);
    assert_int_equal(errno, EAGAIN);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mix_of_ready_cases),
        cmocka_unit_test(every_mix_of_cases_that_are_not_ready),
        cmocka_unit_test(any_number_of_cases),
        cmocka_unit_test(no_case_does_not_wait),
    };
    return run_or_list(count, arguments, tests, COUNT_OF(tests));
}
