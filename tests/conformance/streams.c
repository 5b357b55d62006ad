/*
 * Networks of tasks: Go's test/chan/sieve1.go, sieve2.go, powser1.go and powser2.go, smaller. A
 * stream is a channel along which a task sends for ever; cancelling the network ends them all.
 */
#include "conformance.h"

enum { MOST_CHANNELS = 400, MOST_NODES = 200 };

struct rational {
    int64_t numerator, denominator;
};

/* A task of the network: what it reads and writes. */
struct node {
    struct network *network;
    ctxt_chan_t *in[2], *out[2];
    struct rational factor;
    int number;
};

struct network {
    ctxt_group_t *tasks;
    ctxt_t *context;
    size_t value_size;
    ctxt_chan_t *channels[MOST_CHANNELS];
    struct node nodes[MOST_NODES];
    _Atomic unsigned channel_count, node_count;
};

static struct network *network_new(size_t value_size)
{
    struct network *network = calloc(1, sizeof *network);
    assert_non_null(network);
    network->value_size = value_size;
    network->tasks = ctxt_group_new(ctxt_background());
    network->context = ctxt_observe(ctxt_group_context(network->tasks));
    return network;
}

/* Tasks of the network that a cancel has ended have not failed. */
static int without_end(int status)
{
    return status == ECANCELED || status == EPIPE ? 0 : status;
}

static ctxt_chan_t *channel(struct network *network)
{
    unsigned i = atomic_fetch_add(&network->channel_count, 1);
    assert_true(i < MOST_CHANNELS);
    /* With room: who splits a stream does not wait for the slower of its readers. */
    network->channels[i] = ctxt_chan_new(network->value_size, 64);
    return network->channels[i];
}

static void run(struct network *network, ctxt_task_function *function, struct node node)
{
    unsigned i = atomic_fetch_add(&network->node_count, 1);
    assert_true(i < MOST_NODES);
    network->nodes[i] = node;
    network->nodes[i].network = network;
    int error = ctxt_group_go(network->tasks, function, &network->nodes[i]);
    assert_true(error == 0 || error == ECANCELED);
}

static int end_it(ctxt_t *unused, void *unused_too)
{
    (void)unused;
    (void)unused_too;
    return ECANCELED;
}

/* The first failure ends the others. */
static void network_end(struct network *network)
{
    assert_int_equal(ctxt_group_go(network->tasks, end_it, NULL), 0);
    assert_int_equal(ctxt_group_wait(network->tasks), ECANCELED);
    for (unsigned i = 0; i < network->channel_count; i++)
        ctxt_chan_unref(network->channels[i]);
    ctxt_unobserve(network->context);
    free(network);
}

/* ---- primes ---- */

static const int first_primes[] = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,
                                   43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};

/* Counts from `number` in steps of factor's numerator. */
static int count_up(ctxt_t *context, void *argument)
{
    struct node *node = argument;
    int status = 0;
    for (int n = node->number; status == 0; n += (int)node->factor.numerator)
        status = ctxt_chan_send(context, node->out[0], &n);
    return without_end(status);
}

static int leave_out_multiples(ctxt_t *context, void *argument)
{
    struct node *node = argument;
    int value, status;
    while ((status = ctxt_chan_receive(context, node->in[0], &value)) == 0) {
        bool is_multiple = value % node->number == 0;
        if (!is_multiple && (status = ctxt_chan_send(context, node->out[0], &value)) != 0)
            break;
    }
    return without_end(status);
}

static void primes_by_a_chain_of_filters(void **state)
{
    (void)state;
    struct network *network = network_new(sizeof(int));
    ctxt_chan_t *stream = channel(network);
    run(network, count_up, (struct node){.out = {stream}, .number = 2, .factor = {1, 1}});
    for (size_t i = 0; i < COUNT_OF(first_primes); i++) {
        int prime = receive_int(stream);
        assert_int_equal(prime, first_primes[i]);
        ctxt_chan_t *filtered = channel(network);
        run(network, leave_out_multiples,
            (struct node){.in = {stream}, .out = {filtered}, .number = prime});
        stream = filtered;
    }
    network_end(network);
}

/* Two ascending streams as one, each value once. */
static int merge(ctxt_t *context, void *argument)
{
    struct node *node = argument;
    int values[2], status = 0;
    for (int i = 0; i < 2 && status == 0; i++)
        status = ctxt_chan_receive(context, node->in[i], &values[i]);
    while (status == 0) {
        int least = values[0] < values[1] ? values[0] : values[1];
        status = ctxt_chan_send(context, node->out[0], &least);
        for (int i = 0; i < 2 && status == 0; i++)
            if (values[i] == least)
                status = ctxt_chan_receive(context, node->in[i], &values[i]);
    }
    return without_end(status);
}

static void primes_by_a_merge_of_multiples(void **state)
{
    (void)state;
    struct network *network = network_new(sizeof(int));
    static const int factors[] = {3, 5, 7};
    ctxt_chan_t *composites = NULL, *odd = channel(network);
    for (size_t i = 0; i < COUNT_OF(factors); i++) {
        ctxt_chan_t *multiples = channel(network), *merged = multiples;
        run(network, count_up,
            (struct node){.out = {multiples},
                          .number = factors[i] * factors[i],
                          .factor = {2 * factors[i], 1}});
        if (composites) {
            merged = channel(network);
            run(network, merge, (struct node){.in = {composites, multiples}, .out = {merged}});
        }
        composites = merged;
    }
    run(network, count_up, (struct node){.out = {odd}, .number = 3, .factor = {2, 1}});
    int composite = receive_int(composites);
    for (size_t i = 1; i < COUNT_OF(first_primes); i++) {
        int candidate = receive_int(odd);
        while (candidate == composite) {
            composite = receive_int(composites);
            candidate = receive_int(odd);
        }
        assert_int_equal(candidate, first_primes[i]);
    }
    network_end(network);
}

/* ---- power series ---- */

static int64_t common_divisor(int64_t a, int64_t b)
{
    return b == 0 ? a : common_divisor(b, a % b);
}

static struct rational reduced(int64_t numerator, int64_t denominator)
{
    int64_t divisor = common_divisor(numerator < 0 ? -numerator : numerator, denominator);
    return (struct rational){numerator / divisor, denominator / divisor};
}

static struct rational sum(struct rational a, struct rational b)
{
    return reduced(a.numerator * b.denominator + b.numerator * a.denominator,
                   a.denominator * b.denominator);
}

static struct rational product(struct rational a, struct rational b)
{
    return reduced(a.numerator * b.numerator, a.denominator * b.denominator);
}

static int repeat(ctxt_t *context, void *argument)
{
    struct node *node = argument;
    int status;
    while ((status = ctxt_chan_send(context, node->out[0], &node->factor)) == 0)
        ;
    return without_end(status);
}

static int split(ctxt_t *context, void *argument)
{
    struct node *node = argument;
    struct rational value;
    int status;
    while ((status = ctxt_chan_receive(context, node->in[0], &value)) == 0)
        for (int i = 0; i < 2 && status == 0; i++)
            status = ctxt_chan_send(context, node->out[i], &value);
    return without_end(status);
}

static int scale(ctxt_t *context, void *argument)
{
    struct node *node = argument;
    struct rational value;
    int status;
    while ((status = ctxt_chan_receive(context, node->in[0], &value)) == 0) {
        value = product(value, node->factor);
        if ((status = ctxt_chan_send(context, node->out[0], &value)) != 0)
            break;
    }
    return without_end(status);
}

static int add(ctxt_t *context, void *argument)
{
    struct node *node = argument;
    struct rational one, other;
    int status;
    while ((status = ctxt_chan_receive(context, node->in[0], &one)) == 0 &&
           (status = ctxt_chan_receive(context, node->in[1], &other)) == 0) {
        one = sum(one, other);
        if ((status = ctxt_chan_send(context, node->out[0], &one)) != 0)
            break;
    }
    return without_end(status);
}

/* 0, and then what comes in. */
static int shift(ctxt_t *context, void *argument)
{
    struct node *node = argument;
    struct rational value = {0, 1};
    int status;
    while ((status = ctxt_chan_send(context, node->out[0], &value)) == 0 &&
           (status = ctxt_chan_receive(context, node->in[0], &value)) == 0)
        ;
    return without_end(status);
}

static ctxt_chan_t *through(struct network *network, ctxt_task_function *function, ctxt_chan_t *one,
                            ctxt_chan_t *other, struct rational factor)
{
    ctxt_chan_t *out = channel(network);
    run(network, function, (struct node){.in = {one, other}, .out = {out}, .factor = factor});
    return out;
}

static void split_in_two(struct network *network, ctxt_chan_t *stream, ctxt_chan_t *halves[2])
{
    halves[0] = channel(network);
    halves[1] = channel(network);
    run(network, split, (struct node){.in = {stream}, .out = {halves[0], halves[1]}});
}

/*
 * (f + xF)(g + xG) = fg + x(fG + gF + xFG): the first term, and then a network for the rest, in
 * which the product of the rests is such a task again; `number` of them.
 */
static int multiply(ctxt_t *context, void *argument)
{
    struct node *node = argument;
    struct network *network = node->network;
    struct rational f, g, value;
    int status = ctxt_chan_receive(context, node->in[0], &f);
    status = status ? status : ctxt_chan_receive(context, node->in[1], &g);
    if (status != 0)
        return without_end(status);
    value = product(f, g);
    status = ctxt_chan_send(context, node->out[0], &value);
    if (status != 0 || node->number == 0)
        return without_end(status);
    ctxt_chan_t *f_rests[2], *g_rests[2], *rests = channel(network);
    split_in_two(network, node->in[0], f_rests);
    split_in_two(network, node->in[1], g_rests);
    run(network, multiply,
        (struct node){.in = {f_rests[1], g_rests[1]}, .out = {rests}, .number = node->number - 1});
    ctxt_chan_t *mixed = through(network, add, through(network, scale, g_rests[0], NULL, f),
                                 through(network, scale, f_rests[0], NULL, g), f);
    ctxt_chan_t *rest = through(network, add, mixed, through(network, shift, rests, NULL, f), f);
    while ((status = ctxt_chan_receive(context, rest, &value)) == 0 &&
           (status = ctxt_chan_send(context, node->out[0], &value)) == 0)
        ;
    return without_end(status);
}

static void assert_next(ctxt_chan_t *stream, int64_t numerator, int64_t denominator)
{
    struct rational value;
    assert_int_equal(ctxt_chan_receive(ctxt_background(), stream, &value), 0);
    assert_int_equal(value.numerator, numerator);
    assert_int_equal(value.denominator, denominator);
}

/* 1/(1-x) and half of it, added and multiplied. */
static void power_series_are_added_and_multiplied(void **state)
{
    (void)state;
    enum { TERMS = 6 };
    const struct rational one = {1, 1}, half = {1, 2};
    struct network *network = network_new(sizeof(struct rational));
    ctxt_chan_t *ones = through(network, repeat, NULL, NULL, one);
    ctxt_chan_t *halves = through(network, repeat, NULL, NULL, half);
    ctxt_chan_t *both = through(network, add, ones, halves, one);
    for (int i = 0; i < TERMS; i++)
        assert_next(both, 3, 2);
    ones = through(network, repeat, NULL, NULL, one);
    halves = through(network, repeat, NULL, NULL, half);
    ctxt_chan_t *multiplied = channel(network);
    run(network, multiply,
        (struct node){.in = {ones, halves}, .out = {multiplied}, .number = TERMS});
    for (int i = 1; i <= TERMS; i++)
        assert_next(multiplied, i % 2 ? i : i / 2, i % 2 ? 2 : 1);
    network_end(network);
}

/* 1, and then what comes in, each divided by its number. */
static int integrate(ctxt_t *context, void *argument)
{
    struct node *node = argument;
    struct rational value = {1, 1};
    int status;
    for (int64_t n = 1; (status = ctxt_chan_send(context, node->out[0], &value)) == 0; n++) {
        status = ctxt_chan_receive(context, node->in[0], &value);
        if (status != 0)
            break;
        value = product(value, (struct rational){1, n});
    }
    return without_end(status);
}

/* The exponential series is its own integral: a stream that feeds itself. */
static void a_power_series_feeds_itself(void **state)
{
    (void)state;
    enum { TERMS = 15 };
    struct network *network = network_new(sizeof(struct rational));
    ctxt_chan_t *series = channel(network), *halves[2];
    split_in_two(network, series, halves);
    run(network, integrate, (struct node){.in = {halves[0]}, .out = {series}});
    int64_t factorial = 1;
    for (int n = 0; n < TERMS; n++) {
        factorial *= n > 0 ? n : 1;
        assert_next(halves[1], 1, factorial);
    }
    network_end(network);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(primes_by_a_chain_of_filters),
        cmocka_unit_test(primes_by_a_merge_of_multiples),
        cmocka_unit_test(power_series_are_added_and_multiplied),
        cmocka_unit_test(a_power_series_feeds_itself),
    };
    return run_or_list(count, arguments, tests, COUNT_OF(tests));
}
