/* Making, ending and asking contexts: Go's context/x_test.go, context_test.go, example_test.go. */
#include "conformance.h"

#include <malloc.h>
#include <poll.h>

static const ctxt_key_t key_one = {"one"}, key_one_again = {"one"}, key_three = {"three"};

static void describe(const ctxt_t *context, char *text, size_t size)
{
    assert_true(ctxt_describe(context, text, size) < size);
}

static void assert_described(const ctxt_t *context, const char *expected)
{
    char text[1024];
    describe(context, text, sizeof text);
    assert_string_equal(text, expected);
}

static void assert_description_begins(const ctxt_t *context, const char *expected)
{
    char text[4096];
    describe(context, text, sizeof text);
    assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
}

/* ---- roots ---- */

static void background_never_ends(void **state)
{
    (void)state;
    assert_non_null(ctxt_background());
    assert_open(ctxt_background());
    assert_described(ctxt_background(), "context.Background");
}

static void todo_never_ends(void **state)
{
    (void)state;
    assert_non_null(ctxt_todo());
    assert_open(ctxt_todo());
    assert_described(ctxt_todo(), "context.TODO");
}

/* ---- parents and children ---- */

/* A value context below `parent` tells by this that it is gone, and so what hangs below it. */
static void note_gone(void *flag)
{
    *(bool *)flag = true;
}

static void parent_finishes_child(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *plain = ctxt_with_cancel(parent);
    ctxt_t *value = ctxt_with_value(parent, &key_one, NULL, NULL);
    ctxt_t *timed = ctxt_with_timeout(value, FOREVER);
    ctxt_t *const all[] = {parent, plain, value, timed};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        assert_open(all[i]);
    ctxt_cancel(parent);
    for (size_t i = 0; i < COUNT_OF(all); i++)
        assert_plainly_canceled(all[i]);
    ctxt_t *late = ctxt_with_value(parent, &key_one, NULL, NULL);
    ctxt_t *later = ctxt_with_cancel(late);
    assert_plainly_canceled(late);
    assert_plainly_canceled(later);
    ctxt_unref(later);
    ctxt_unref(late);
    for (size_t i = COUNT_OF(all); i-- > 0;)
        ctxt_unref(all[i]);
}

static void child_finishes_first(void **state)
{
    (void)state;
    ctxt_t *cancelable = ctxt_with_cancel(ctxt_background());
    ctxt_t *const parents[] = {ctxt_background(), cancelable};
    for (size_t i = 0; i < COUNT_OF(parents); i++) {
        bool gone = false;
        ctxt_t *between = ctxt_with_value(parents[i], &key_one, &gone, note_gone);
        ctxt_t *child = ctxt_with_cancel(between);
        assert_open(child);
        ctxt_cancel(child);
        assert_plainly_canceled(child);
        assert_open(parents[i]);
        ctxt_unref(between);
        assert_false(gone);
        ctxt_unref(child);
        assert_true(gone); /* the parent holds nothing of it any more */
    }
    cancel_and_unref(cancelable);
}

static void nothing(void *unused)
{
    (void)unused;
}

static void cancel_removes(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    bool gone[3] = {false};
    ctxt_t *between[3];
    for (int i = 0; i < 3; i++)
        between[i] = ctxt_with_value(parent, &key_one, &gone[i], note_gone);
    ctxt_t *child = ctxt_with_cancel(between[0]);
    ctxt_t *timed = ctxt_with_timeout(between[1], CTXT_HOUR);
    ctxt_after_t *after = ctxt_after_func(between[2], nothing, NULL);
    cancel_and_unref(child);
    cancel_and_unref(timed);
    assert_true(ctxt_after_stop(after));
    ctxt_after_release(after);
    for (int i = 0; i < 3; i++) {
        assert_false(gone[i]);
        ctxt_unref(between[i]);
        assert_true(gone[i]); /* while the parent is open */
    }
    assert_open(parent);
    cancel_and_unref(parent);
}

/* A wrapper that adds nothing, as Go's tests have one. */
static const ctxt_ops_t other_ops = {.name = "other"};

static void with_cancel(void **state)
{
    (void)state;
    ctxt_t *c1 = ctxt_with_cancel(ctxt_background());
    assert_described(c1, "context.Background.WithCancel");
    ctxt_t *other = ctxt_custom(&other_ops, NULL, c1), *c2 = ctxt_with_cancel(other);
    ctxt_t *const all[] = {c1, other, c2};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        assert_true(ctxt_done_fd(all[i]) >= 0);
        assert_open(all[i]);
    }
    ctxt_cancel(c1);
    for (size_t i = 0; i < COUNT_OF(all); i++)
        assert_plainly_canceled(all[i]);
    for (size_t i = COUNT_OF(all); i-- > 0;)
        ctxt_unref(all[i]);
}

/* ---- deadlines ---- */

static void assert_times_out(ctxt_t *context)
{
    assert_int_equal(ctxt_wait(context, CTXT_NEVER), ETIMEDOUT);
    assert_done(context, ETIMEDOUT);
    assert_cause(context, ETIMEDOUT, "context deadline exceeded");
}

/* Gives all back, the lowest first. */
static void assert_times_out_below(ctxt_t *context, ctxt_t *(*derive)(ctxt_t *parent))
{
    ctxt_t *other = ctxt_custom(&other_ops, NULL, context);
    ctxt_t *below = derive ? derive(other) : other;
    assert_times_out(below);
    if (derive)
        cancel_and_unref(below);
    ctxt_unref(other);
    cancel_and_unref(context);
}

static ctxt_t *with_late_deadline(ctxt_t *parent)
{
    return ctxt_with_deadline(parent, ctxt_now() + FOREVER);
}

static ctxt_t *with_late_timeout(ctxt_t *parent)
{
    return ctxt_with_timeout(parent, FOREVER);
}

static void deadline(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_deadline(ctxt_background(), ctxt_now() + SOON);
    assert_description_begins(c, "context.Background.WithDeadline(");
    assert_times_out(c);
    cancel_and_unref(c);
    assert_times_out_below(ctxt_with_deadline(ctxt_background(), ctxt_now() + SOON), NULL);
    assert_times_out_below(ctxt_with_deadline(ctxt_background(), ctxt_now() + SOON),
                           with_late_deadline);
    c = ctxt_with_deadline(ctxt_background(), ctxt_now() - SOON);
    assert_done(c, ETIMEDOUT); /* before anybody has waited */
    cancel_and_unref(c);
    c = ctxt_with_deadline(ctxt_background(), ctxt_now());
    assert_times_out(c);
    cancel_and_unref(c);
}

static void timeout(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), SOON);
    assert_description_begins(c, "context.Background.WithDeadline(");
    assert_times_out(c);
    cancel_and_unref(c);
    assert_times_out_below(ctxt_with_timeout(ctxt_background(), SOON), NULL);
    assert_times_out_below(ctxt_with_timeout(ctxt_background(), SOON), with_late_timeout);
}

static void canceled_timeout(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    ctxt_t *other = ctxt_custom(&other_ops, NULL, c), *below = ctxt_with_timeout(other, FOREVER);
    ctxt_cancel(below);
    assert_plainly_canceled(below);
    ctxt_unref(below);
    ctxt_unref(other);
    cancel_and_unref(c);
}

/* ---- values ---- */

static void assert_values(const ctxt_t *context, const char *one, const char *again,
                          const char *three)
{
    const ctxt_key_t *const keys[] = {&key_one, &key_one_again, &key_three};
    const char *const expected[] = {one, again, three};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const char *found = ctxt_value(context, keys[i]);
        if (!expected[i])
            assert_null(found);
        else
            assert_string_equal(found, expected[i]);
    }
}

static ctxt_t *with_text(ctxt_t *parent, const ctxt_key_t *key, const char *text)
{
    return ctxt_with_value(parent, key, (void *)(uintptr_t)text, NULL);
}

static void values(void **state)
{
    (void)state;
    ctxt_t *root = ctxt_background();
    assert_values(root, NULL, NULL, NULL);
    ctxt_t *c1 = with_text(root, &key_one, "c1k1"), *c2 = with_text(c1, &key_one_again, "c2k2");
    ctxt_t *c3 = with_text(c2, &key_three, "c3k3"), *c4 = with_text(c3, &key_one, NULL);
    assert_values(c1, "c1k1", NULL, NULL);
    assert_values(c2, "c1k1", "c2k2", NULL);
    assert_values(c3, "c1k1", "c2k2", "c3k3");
    assert_values(c4, NULL, "c2k2", "c3k3"); /* a NULL value hides the one above */
    ctxt_t *o0 = ctxt_custom(&other_ops, NULL, root), *o1 = ctxt_custom(&other_ops, NULL, c1);
    ctxt_t *o2 = with_text(o1, &key_one_again, "o2k2"), *o3 = ctxt_custom(&other_ops, NULL, c4);
    ctxt_t *o4 = with_text(o3, &key_three, NULL);
    assert_values(o0, NULL, NULL, NULL);
    assert_values(o1, "c1k1", NULL, NULL);
    assert_values(o2, "c1k1", "o2k2", NULL);
    assert_values(o3, NULL, "c2k2", "c3k3");
    assert_values(o4, NULL, "c2k2", NULL);
    ctxt_t *const all[] = {o4, o3, o2, o1, o0, c4, c3, c2, c1};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        ctxt_unref(all[i]);
}

/* The text of a value is not known here: its key is shown, and whether it is NULL. */
static void values_are_described_by_their_keys(void **state)
{
    (void)state;
    ctxt_t *c1 = with_text(ctxt_background(), &key_one, "secret"),
           *c2 = with_text(c1, &key_three, NULL);
    assert_described(c2, "context.Background.WithValue(one, pointer).WithValue(three, <nil>)");
    ctxt_unref(c2);
    ctxt_unref(c1);
}

static void asking_for_no_key_finds_nothing(void **state)
{
    (void)state;
    ctxt_t *c = with_text(ctxt_background(), &key_one, "text");
    bool found = true;
    assert_null(ctxt_value(c, NULL));
    assert_null(ctxt_value_found(c, NULL, &found));
    assert_false(found);
    ctxt_unref(c);
}

static void with_value_checks_key(void **state)
{
    (void)state;
    begin_misuse();
    assert_null(with_text(ctxt_background(), NULL, "bar"));
    end_misuse("nil key");
}

static void invalid_derived_fail(void **state)
{
    (void)state;
    begin_misuse();
    assert_null(ctxt_with_cancel(NULL));
    end_misuse("cannot create context from nil parent");
    begin_misuse();
    assert_null(ctxt_with_deadline(NULL, ctxt_now() + SOON));
    end_misuse("cannot create context from nil parent");
    begin_misuse();
    assert_null(with_text(NULL, &key_one, "bar"));
    end_misuse("cannot create context from nil parent");
}

/* ---- what it costs ---- */

/* Go counts allocations; here it is what is left of them: the second hundred takes no memory. */
static void allocations_are_bounded(void **state)
{
    (void)state;
    enum { ROUNDS = 100 };
    size_t before = 0;
    for (int i = 0; i < 3 * ROUNDS; i++) {
        if (i == 2 * ROUNDS)
            before = mallinfo2().uordblks;
        ctxt_t *c = with_text(ctxt_background(), &key_one, NULL);
        assert_null(ctxt_value(c, &key_one));
        ctxt_unref(c);
        c = ctxt_with_timeout(ctxt_background(), 1);
        assert_int_equal(ctxt_wait(c, CTXT_NEVER), ETIMEDOUT);
        ctxt_unref(c);
        c = ctxt_with_cancel(ctxt_background());
        ctxt_cancel(c);
        assert_done(c, ECANCELED);
        ctxt_unref(c);
        c = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
        ctxt_cancel(c);
        assert_done(c, ECANCELED);
        ctxt_unref(c);
    }
    assert_true(mallinfo2().uordblks <= before + 4096);
}

/* ---- many at once ---- */

enum { TREE = 101, BRANCHES = 4 };

static int cancel_it(ctxt_t *unused, void *context)
{
    (void)unused;
    ctxt_cancel(context);
    return 0;
}

static void simultaneous_cancels(void **state)
{
    (void)state;
    ctxt_t *tree[TREE] = {ctxt_with_cancel(ctxt_background())};
    for (size_t i = 1; i < TREE; i++)
        tree[i] = ctxt_with_cancel(tree[(i - 1) / BRANCHES]);
    ctxt_task_t *tasks[TREE];
    for (size_t i = 0; i < TREE; i++)
        tasks[i] = start(cancel_it, tree[(i * 37) % TREE]);
    for (size_t i = 0; i < TREE; i++)
        assert_int_equal(ctxt_wait(tree[i], CTXT_NEVER), ECANCELED);
    for (size_t i = 0; i < TREE; i++)
        assert_int_equal(result_of(tasks[i]), 0);
    for (size_t i = TREE; i-- > 0;)
        ctxt_unref(tree[i]);
}

struct family {
    ctxt_t *parent, *child;
};

static int cancel_child_after_parent(ctxt_t *unused, void *argument)
{
    (void)unused;
    struct family *family = argument;
    int error = ctxt_wait(family->parent, CTXT_NEVER);
    ctxt_cancel(family->child);
    return error;
}

static void interlocked_cancels(void **state)
{
    (void)state;
    struct family family = {.parent = ctxt_with_cancel(ctxt_background())};
    family.child = ctxt_with_cancel(family.parent);
    ctxt_task_t *task = start(cancel_child_after_parent, &family);
    ctxt_cancel(family.parent);
    assert_int_equal(ctxt_wait(family.child, CTXT_NEVER), ECANCELED);
    assert_int_equal(result_of(task), ECANCELED);
    ctxt_unref(family.child);
    ctxt_unref(family.parent);
}

/* ---- layers ---- */

enum { FEWEST_LAYERS = 30, MOST_LAYERS = 2000 };

struct layers {
    ctxt_t *contexts[MOST_LAYERS];
    ctxt_key_t keys[MOST_LAYERS];
    bool has_value[MOST_LAYERS];
    unsigned count, values, cancels, timers;
};

static void add_layer(struct layers *layers, int64_t timeout_ns, long kind)
{
    unsigned i = layers->count++;
    ctxt_t *parent = i > 0 ? layers->contexts[i - 1] : ctxt_background();
    layers->has_value[i] = kind == 0;
    if (kind == 0) {
        layers->contexts[i] = ctxt_with_value(parent, &layers->keys[i], &layers->keys[i], NULL);
        layers->values++;
    } else if (kind == 1) {
        layers->contexts[i] = ctxt_with_cancel(parent);
        layers->cancels++;
    } else {
        layers->contexts[i] = ctxt_with_timeout(parent, timeout_ns);
        layers->timers++;
    }
}

static struct layers *make_layers(int64_t timeout_ns, unsigned short seed[3])
{
    struct layers *layers = calloc(1, sizeof *layers);
    assert_non_null(layers);
    while (layers->count < FEWEST_LAYERS || !layers->values || !layers->cancels || !layers->timers)
        add_layer(layers, timeout_ns, nrand48(seed) % 3);
    return layers;
}

static void assert_layers_have_values(const struct layers *layers)
{
    const ctxt_t *lowest = layers->contexts[layers->count - 1];
    for (unsigned i = 0; i < layers->count; i++)
        if (layers->has_value[i])
            assert_ptr_equal(ctxt_value(lowest, &layers->keys[i]), &layers->keys[i]);
}

static void give_back_layers(struct layers *layers)
{
    for (unsigned i = layers->count; i-- > 0;) {
        if (!layers->has_value[i])
            ctxt_cancel(layers->contexts[i]);
        ctxt_unref(layers->contexts[i]);
    }
    free(layers);
}

static void layers_cancel(void **state)
{
    (void)state;
    unsigned short seed[3] = {1, 2, 3};
    for (int round = 0; round < 20; round++) {
        struct layers *layers = make_layers(FOREVER, seed);
        ctxt_t *lowest = layers->contexts[layers->count - 1];
        assert_open(lowest);
        assert_description_begins(lowest, "context.Background.");
        assert_layers_have_values(layers);
        unsigned chosen;
        do
            chosen = (unsigned)nrand48(seed) % layers->count;
        while (layers->has_value[chosen]);
        ctxt_cancel(layers->contexts[chosen]);
        assert_plainly_canceled(lowest);
        assert_layers_have_values(layers);
        give_back_layers(layers);
    }
}

static void layers_timeout(void **state)
{
    (void)state;
    unsigned short seed[3] = {4, 5, 6};
    for (int round = 0; round < 20; round++) {
        struct layers *layers = make_layers(SOON, seed);
        ctxt_t *lowest = layers->contexts[layers->count - 1];
        assert_layers_have_values(layers);
        assert_int_equal(ctxt_wait(lowest, CTXT_NEVER), ETIMEDOUT);
        assert_done(lowest, ETIMEDOUT);
        assert_layers_have_values(layers);
        give_back_layers(layers);
    }
}

/* ---- races ---- */

static void with_cancel_canceled_parent(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_cancel_cause(parent, 7, "because");
    ctxt_t *child = ctxt_with_cancel(parent);
    assert_done(child, ECANCELED);
    assert_cause(child, 7, "because");
    ctxt_unref(child);
    ctxt_unref(parent);
}

static int cancel_because(ctxt_t *unused, void *context)
{
    (void)unused;
    ctxt_cancel_cause(context, 7, "because");
    return 0;
}

static void with_cancel_simultaneously_canceled_parent(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        ctxt_t *parent = ctxt_with_cancel(ctxt_background());
        ctxt_task_t *task = start(cancel_because, parent);
        ctxt_t *child = ctxt_with_cancel(parent);
        assert_int_equal(ctxt_wait(child, CTXT_NEVER), ECANCELED);
        assert_cause(child, 7, "because");
        assert_int_equal(result_of(task), 0);
        ctxt_unref(child);
        ctxt_unref(parent);
    }
}

static void err_comes_with_done(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        ctxt_t *c = ctxt_with_cancel(ctxt_background());
        struct pollfd done = {.fd = ctxt_done_fd(c), .events = POLLIN};
        ctxt_task_t *task = start(cancel_it, c);
        while (ctxt_err(c) == 0)
            ;
        assert_int_equal(poll(&done, 1, 0), 1);
        assert_int_equal(result_of(task), 0);
        ctxt_unref(c);
    }
}

static void without_cancel(void **state)
{
    (void)state;
    ctxt_t *value = with_text(ctxt_background(), &key_one, "value");
    ctxt_t *c = ctxt_without_cancel(value);
    int64_t when;
    assert_false(ctxt_deadline(c, &when));
    errno = EINVAL;
    assert_int_equal(ctxt_done_fd(c), -1);
    assert_int_equal(errno, 0);
    assert_int_equal(ctxt_err(c), 0);
    assert_string_equal(ctxt_value(c, &key_one), "value");
    ctxt_unref(c);
    ctxt_unref(value);
}

/* ---- examples ---- */

struct numbers {
    ctxt_t *context;
    ctxt_chan_t *channel;
};

static int generate(ctxt_t *context, void *argument)
{
    struct numbers *numbers = argument;
    int status = 0;
    for (int i = 1; status == 0; i++)
        status = ctxt_chan_send(context, numbers->channel, &i);
    return status;
}

static void a_cancel_ends_a_generator(void **state)
{
    (void)state;
    struct numbers numbers = {ctxt_with_cancel(ctxt_background()), int_channel(0)};
    ctxt_task_t *task = ctxt_go(numbers.context, generate, &numbers);
    for (int i = 1; i <= 5; i++)
        assert_int_equal(receive_int(numbers.channel), i);
    ctxt_cancel(numbers.context);
    assert_int_equal(result_of(task), ECANCELED);
    ctxt_unref(numbers.context);
    ctxt_chan_unref(numbers.channel);
}

/* The error that a select with a channel that is never ready ends with. */
static int give_up(ctxt_t *context)
{
    ctxt_chan_t *never_ready = int_channel(0);
    ctxt_case_t cases[] = {ctxt_case_receive(never_ready, NULL), ctxt_case_done(context)};
    assert_int_equal(ctxt_select(cases, 2), 1);
    ctxt_chan_unref(never_ready);
    cancel_and_unref(context);
    return cases[1].status;
}

static void a_deadline_ends_a_wait(void **state)
{
    (void)state;
    assert_int_equal(give_up(ctxt_with_deadline(ctxt_background(), ctxt_now() + SOON)), ETIMEDOUT);
}

static void a_timeout_ends_a_wait(void **state)
{
    (void)state;
    assert_int_equal(give_up(ctxt_with_timeout(ctxt_background(), SOON)), ETIMEDOUT);
}

CTXT_VALUE(language, const char)
CTXT_VALUE(color, const char)

static void a_value_is_found_by_its_key(void **state)
{
    (void)state;
    ctxt_t *c = with_language(ctxt_background(), "C", NULL), *other = with_color(c, NULL, NULL);
    assert_string_equal(get_language(c), "C");
    assert_string_equal(get_language(other), "C");
    assert_null(get_color(c));
    ctxt_unref(other);
    ctxt_unref(c);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(background_never_ends),
        cmocka_unit_test(todo_never_ends),
        cmocka_unit_test(parent_finishes_child),
        cmocka_unit_test(child_finishes_first),
        cmocka_unit_test(cancel_removes),
        cmocka_unit_test(with_cancel),
        cmocka_unit_test(deadline),
        cmocka_unit_test(timeout),
        cmocka_unit_test(canceled_timeout),
        cmocka_unit_test(values),
        cmocka_unit_test(values_are_described_by_their_keys),
        cmocka_unit_test(asking_for_no_key_finds_nothing),
        cmocka_unit_test(with_value_checks_key),
        cmocka_unit_test(invalid_derived_fail),
        cmocka_unit_test(allocations_are_bounded),
        cmocka_unit_test(simultaneous_cancels),
        cmocka_unit_test(interlocked_cancels),
        cmocka_unit_test(layers_cancel),
        cmocka_unit_test(layers_timeout),
        cmocka_unit_test(with_cancel_canceled_parent),
        cmocka_unit_test(with_cancel_simultaneously_canceled_parent),
        cmocka_unit_test(err_comes_with_done),
        cmocka_unit_test(without_cancel),
        cmocka_unit_test(a_cancel_ends_a_generator),
        cmocka_unit_test(a_deadline_ends_a_wait),
        cmocka_unit_test(a_timeout_ends_a_wait),
        cmocka_unit_test(a_value_is_found_by_its_key),
    };
    return run_or_list(count, arguments, tests, COUNT_OF(tests));
}
