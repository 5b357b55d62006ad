/* Contexts: roots, cancelling, the tree. Numbers are items of docs/context-semantics.md. */
#include "runtime/node.h"
#include "runtime_test.h"

#include <poll.h>
#include <pthread.h>

static void item_7_roots_never_end(void **state)
{
    (void)state;
    ctxt_t *roots[] = {ctxt_background(), ctxt_todo()};
    for (int i = 0; i < 2; i++) {
        assert_non_null(roots[i]);
        assert_int_equal(ctxt_err(roots[i]), 0);
        assert_null(ctxt_cause(roots[i]));
        assert_false(ctxt_deadline(roots[i], NULL));
        assert_int_equal(ctxt_remaining(roots[i]), CTXT_NEVER);
        errno = 1;
        assert_int_equal(ctxt_done_fd(roots[i]), -1);
        assert_int_equal(errno, 0);
    }
    assert_ptr_not_equal(roots[0], roots[1]);
}

static void item_8_errors_are_two(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel(c);
    assert_int_equal(ctxt_err(c), ECANCELED);
    assert_string_equal(ctxt_cause(c)->text, "context canceled");
    ctxt_unref(c);
    c = ctxt_with_timeout(ctxt_background(), 0);
    assert_int_equal(ctxt_err(c), ETIMEDOUT);
    assert_string_equal(ctxt_cause(c)->text, "context deadline exceeded");
    ctxt_unref(c);
}

static void item_9_null_parent_is_misuse(void **state)
{
    (void)state;
    static const ctxt_key_t key = {"key"};
    expect_misuse();
    assert_null(ctxt_with_cancel(NULL));
    assert_misuse("cannot create context from nil parent");
    assert_null(ctxt_with_deadline(NULL, 0));
    assert_misuse("cannot create context from nil parent");
    assert_null(ctxt_with_timeout(NULL, 0));
    assert_misuse("cannot create context from nil parent");
    assert_null(ctxt_with_deadline_cause(NULL, 0, 1, "x"));
    assert_misuse("cannot create context from nil parent");
    assert_null(ctxt_with_timeout_cause(NULL, 0, 1, "x"));
    assert_misuse("cannot create context from nil parent");
    assert_null(ctxt_with_value(NULL, &key, NULL, NULL));
    assert_misuse("cannot create context from nil parent");
    assert_null(ctxt_without_cancel(NULL));
    assert_misuse("cannot create context from nil parent");
    assert_null(ctxt_after_func(NULL, free, NULL));
    assert_misuse("cannot create context from nil parent");
    end_misuse();
}

static void item_10_child_ends_with_parent_or_itself(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *first = ctxt_with_cancel(parent), *second = ctxt_with_cancel(parent);
    assert_true(ctxt_done_fd(first) >= 0);
    assert_int_not_equal(ctxt_done_fd(first), ctxt_done_fd(second));
    ctxt_cancel(first);
    assert_int_equal(ctxt_err(first), ECANCELED);
    assert_int_equal(ctxt_err(second), 0);
    ctxt_cancel(parent);
    assert_int_equal(ctxt_err(second), ECANCELED);
    ctxt_unref(first);
    ctxt_unref(second);
    ctxt_unref(parent);
}

static void item_11_cancel_is_idempotent(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel_cause(c, 1, "first");
    ctxt_cancel_cause(c, 2, "second");
    ctxt_cancel(c);
    assert_int_equal(ctxt_cause(c)->code, 1);
    assert_string_equal(ctxt_cause(c)->text, "first");
    ctxt_unref(c);
}

static void item_12_cancel_removes_from_parent(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *child = ctxt_with_cancel(parent);
    assert_ptr_equal(parent->children, child);
    ctxt_cancel(child);
    assert_null(parent->children);
    ctxt_unref(child);
    ctxt_cancel(parent);
    ctxt_unref(parent);
}

static void item_13_child_cancel_touches_nobody_else(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *child = ctxt_with_cancel(parent), *sibling = ctxt_with_cancel(parent);
    ctxt_cancel(child);
    assert_int_equal(ctxt_err(parent), 0);
    assert_int_equal(ctxt_err(sibling), 0);
    ctxt_cancel(parent);
    ctxt_unref(child);
    ctxt_unref(sibling);
    ctxt_unref(parent);
}

static void item_14_no_link_to_what_never_ends(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    assert_false(c->linked);
    assert_null(node_background.children);
    ctxt_t *detached = ctxt_without_cancel(c), *below = ctxt_with_cancel(detached);
    assert_false(below->linked);
    ctxt_cancel(below);
    ctxt_cancel(c);
    ctxt_unref(below);
    ctxt_unref(detached);
    ctxt_unref(c);
}

static void item_15_child_of_the_ended_is_born_ended(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_cancel_cause(parent, 7, "seven");
    ctxt_t *child = ctxt_with_cancel(parent);
    assert_int_equal(ctxt_err(child), ECANCELED);
    assert_int_equal(ctxt_cause(child)->code, 7);
    assert_false(child->linked);
    assert_null(parent->children);
    ctxt_unref(child);
    ctxt_unref(parent);
}

struct race {
    ctxt_t *parent;
    pthread_barrier_t start;
};

static void *cancel_parent(void *argument)
{
    struct race *race = argument;
    pthread_barrier_wait(&race->start);
    ctxt_cancel_cause(race->parent, 9, "nine");
    return NULL;
}

static void items_16_17_racing_create_and_cancel(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct race race = {.parent = ctxt_with_cancel(ctxt_background())};
        pthread_barrier_init(&race.start, NULL, 2);
        pthread_t canceller;
        pthread_create(&canceller, NULL, cancel_parent, &race);
        pthread_barrier_wait(&race.start);
        ctxt_t *children[20];
        for (int i = 0; i < 20; i++)
            children[i] = ctxt_with_cancel(race.parent);
        pthread_join(canceller, NULL);
        for (int i = 0; i < 20; i++) {
            assert_int_equal(ctxt_err(children[i]), ECANCELED);
            assert_int_equal(ctxt_cause(children[i])->code, 9);
            ctxt_unref(children[i]);
        }
        assert_null(race.parent->children);
        ctxt_unref(race.parent);
        pthread_barrier_destroy(&race.start);
    }
}

static void item_18_cancel_is_synchronous_through_the_tree(void **state)
{
    (void)state;
    static const ctxt_key_t key = {"key"};
    ctxt_t *chain[64];
    chain[0] = ctxt_with_cancel(ctxt_background());
    for (int i = 1; i < 64; i++)
        chain[i] = i % 2 ? ctxt_with_value(chain[i - 1], &key, NULL, NULL)
                         : ctxt_with_cancel(chain[i - 1]);
    ctxt_cancel(chain[0]);
    for (int i = 0; i < 64; i++)
        assert_int_equal(ctxt_err(chain[i]), ECANCELED);
    for (int i = 0; i < 64; i++)
        ctxt_unref(chain[i]);
}

static void item_18_depth_costs_no_stack(void **state)
{
    (void)state;
    enum { DEPTH = 300000 };
    ctxt_t **chain = malloc(DEPTH * sizeof *chain);
    chain[0] = ctxt_with_cancel(ctxt_background());
    for (int i = 1; i < DEPTH; i++)
        chain[i] = ctxt_with_cancel(chain[i - 1]);
    ctxt_cancel(chain[0]);
    assert_int_equal(ctxt_err(chain[DEPTH - 1]), ECANCELED);
    for (int i = 0; i < DEPTH; i++) /* the last frees the whole chain */
        ctxt_unref(chain[i]);
    free(chain);
}

static void item_19_ended_contexts_have_no_children(void **state)
{
    (void)state;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_t *child = ctxt_with_cancel(parent);
    ctxt_cancel(parent);
    assert_null(parent->children);
    ctxt_t *late = ctxt_with_cancel(parent);
    assert_null(parent->children);
    ctxt_unref(late);
    ctxt_unref(child);
    ctxt_unref(parent);
}

static bool readable(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return poll(&one, 1, 0) == 1;
}

static void items_3_and_20_done_descriptor(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    assert_int_equal(atomic_load(&c->done_fd), NO_DONE_FD); /* made when asked for */
    int fd = ctxt_done_fd(c);
    assert_true(fd >= 0);
    assert_int_equal(ctxt_done_fd(c), fd);
    assert_false(readable(fd));
    ctxt_cancel(c);
    assert_true(readable(fd));
    ctxt_unref(c);

    c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel(c);
    fd = ctxt_done_fd(c); /* asked for after the end: readable at once */
    assert_true(readable(fd));
    ctxt_unref(c);
}

static void *wait_then_cancel_child(void *argument)
{
    ctxt_t **pair = argument;
    ctxt_wait(pair[0], CTXT_NEVER);
    ctxt_cancel(pair[1]);
    return NULL;
}

static void item_22_waiter_may_cancel_the_child(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        ctxt_t *parent = ctxt_with_cancel(ctxt_background());
        ctxt_t *pair[] = {parent, ctxt_with_cancel(parent)};
        pthread_t waiter;
        pthread_create(&waiter, NULL, wait_then_cancel_child, pair);
        ctxt_cancel(parent);
        pthread_join(waiter, NULL);
        ctxt_unref(pair[1]);
        ctxt_unref(parent);
    }
}

enum { TREE_NODES = 100 };

struct tree {
    ctxt_t *nodes[TREE_NODES];
    pthread_barrier_t start;
    _Atomic int next;
};

static void *cancel_some(void *argument)
{
    struct tree *tree = argument;
    pthread_barrier_wait(&tree->start);
    for (int i; (i = atomic_fetch_add(&tree->next, 1)) < TREE_NODES;)
        ctxt_cancel(tree->nodes[i * 37 % TREE_NODES]);
    return NULL;
}

static void item_23_interlocked_cancels(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        struct tree tree = {.next = 0};
        pthread_barrier_init(&tree.start, NULL, 8);
        for (int i = 0; i < TREE_NODES; i++)
            tree.nodes[i] = ctxt_with_cancel(i ? tree.nodes[(i - 1) / 4] : ctxt_background());
        pthread_t threads[8];
        for (int i = 0; i < 8; i++)
            pthread_create(&threads[i], NULL, cancel_some, &tree);
        for (int i = 0; i < 8; i++)
            pthread_join(threads[i], NULL);
        for (int i = 0; i < TREE_NODES; i++)
            assert_int_equal(ctxt_err(tree.nodes[i]), ECANCELED);
        for (int i = 0; i < TREE_NODES; i++)
            ctxt_unref(tree.nodes[i]);
        pthread_barrier_destroy(&tree.start);
    }
}

static void *poll_until_ended(void *argument)
{
    ctxt_t *c = argument;
    int fd = ctxt_done_fd(c);
    while (ctxt_err(c) == 0)
        ;
    return readable(fd) ? NULL : c;
}

static void items_4_5_error_never_before_done(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        ctxt_t *c = ctxt_with_cancel(ctxt_background());
        ctxt_done_fd(c);
        pthread_t threads[3];
        for (int i = 0; i < 3; i++)
            pthread_create(&threads[i], NULL, poll_until_ended, c);
        ctxt_cancel(c);
        for (int i = 0; i < 3; i++) {
            void *failed;
            pthread_join(threads[i], &failed);
            assert_null(failed);
        }
        assert_int_equal(ctxt_err(c), ECANCELED);
        ctxt_unref(c);
    }
}

static void *observe_for_a_while(void *argument)
{
    ctxt_t *c = argument;
    for (int i = 0; i < 2000; i++) {
        ctxt_t *child = ctxt_with_cancel(c);
        ctxt_err(child);
        ctxt_deadline(child, NULL);
        ctxt_cancel(child);
        ctxt_unref(child);
        ctxt_unobserve(ctxt_observe(c));
    }
    return NULL;
}

static void item_1_any_number_of_threads(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, observe_for_a_while, c);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    assert_null(c->children);
    ctxt_cancel(c);
    uint64_t before = node_count();
    ctxt_unref(c);
    assert_int_equal(node_count(), before - 1);
}

static void item_62_63_strings(void **state)
{
    (void)state;
    static const ctxt_key_t key = {"request_id"};
    ctxt_t *a = ctxt_with_cancel(ctxt_background());
    ctxt_t *b = ctxt_with_value(a, &key, NULL, NULL), *c = ctxt_without_cancel(b);
    char text[256];
    size_t length = ctxt_describe(c, text, sizeof text);
    assert_string_equal(text,
                        "context.Background.WithCancel.WithValue(request_id, <nil>).WithoutCancel");
    assert_int_equal(length, strlen(text));
    assert_int_equal(ctxt_describe(c, text, 8), length); /* cut, and still terminated */
    assert_string_equal(text, "context");
    assert_int_equal(ctxt_describe(c, NULL, 0), length);
    ctxt_t *d = ctxt_with_timeout(ctxt_todo(), CTXT_HOUR);
    ctxt_describe(d, text, sizeof text);
    assert_int_equal(strncmp(text, "context.TODO.WithDeadline(", 26), 0);
    assert_true(strstr(text, " [3600.") || strstr(text, " [3599."));
    ctxt_cancel(a);
    ctxt_cancel(d);
    ctxt_unref(d);
    ctxt_unref(c);
    ctxt_unref(b);
    ctxt_unref(a);
}

static void item_64_nothing_is_left_allocated(void **state)
{
    (void)state;
    static const ctxt_key_t key = {"key"};
    uint64_t before = node_count();
    for (int i = 0; i < 1000; i++) {
        ctxt_t *a = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
        ctxt_t *b = ctxt_with_value(a, &key, NULL, NULL), *c = ctxt_with_cancel(b);
        ctxt_cancel(a);
        ctxt_unref(a);
        ctxt_unref(b);
        ctxt_unref(c);
    }
    assert_int_equal(node_count(), before);
}

static void scope_cancels_and_gives_back(void **state)
{
    (void)state;
    uint64_t before = node_count();
    ctxt_t *seen;
    {
        ctxt_scope c = ctxt_with_cancel(ctxt_background());
        seen = ctxt_observe(c);
        assert_int_equal(ctxt_err(seen), 0);
    }
    assert_int_equal(ctxt_err(seen), ECANCELED);
    ctxt_unobserve(seen);
    assert_int_equal(node_count(), before);
}

static void lost_cancel_stays_until_its_parent_ends(void **state)
{
    (void)state;
    uint64_t before = node_count();
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_unref(ctxt_with_cancel(parent));
    assert_non_null(parent->children);
    assert_int_equal(node_count(), before + 2);
    ctxt_cancel(parent);
    assert_int_equal(node_count(), before + 1);
    ctxt_unref(parent);
    assert_int_equal(node_count(), before);
}

static void misuse_of_references(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel(c);
    expect_misuse();
    ctxt_unobserve(c);
    assert_misuse("no observer left to give back");
    ctxt_unref(c);
    assert_no_misuse();
    ctxt_unref(c);
    assert_misuse("after its last reference");
    assert_int_equal(ctxt_err(c), EINVAL);
    assert_misuse("after its last reference");
    assert_null(ctxt_with_cancel(c));
    assert_misuse("after its last reference");
    ctxt_cancel(ctxt_background());
    assert_misuse("cannot be cancelled");
    assert_int_equal(ctxt_err(NULL), EINVAL);
    assert_misuse("NULL");
    end_misuse();
}

static void waiting(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    int64_t before = ctxt_now();
    assert_int_equal(ctxt_wait(c, 20 * CTXT_MILLISECOND), 0);
    assert_true(ctxt_now() - before >= 20 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_wait(ctxt_background(), CTXT_MILLISECOND), 0);
    ctxt_cancel(c);
    assert_int_equal(ctxt_wait(c, CTXT_NEVER), ECANCELED);
    ctxt_unref(c);
}

static void current_context(void **state)
{
    (void)state;
    ctxt_t *a = ctxt_with_cancel(ctxt_background()), *b = ctxt_with_cancel(a);
    assert_ptr_equal(ctxt_current(), ctxt_background());
    ctxt_enter(a);
    ctxt_enter(b);
    assert_ptr_equal(ctxt_current(), b);
    expect_misuse();
    ctxt_leave(a);
    assert_misuse("did not enter this context last");
    end_misuse();
    ctxt_leave(b);
    assert_ptr_equal(ctxt_current(), a);
    ctxt_leave(a);
    assert_ptr_equal(ctxt_current(), ctxt_background());
    for (int i = 0; i < 100; i++)
        ctxt_enter(i % 2 ? a : b);
    for (int i = 99; i >= 0; i--) {
        assert_ptr_equal(ctxt_current(), i % 2 ? a : b);
        ctxt_leave(i % 2 ? a : b);
    }
    assert_ptr_equal(ctxt_current(), ctxt_background());
    ctxt_cancel(a);
    ctxt_unref(a);
    ctxt_unref(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(item_1_any_number_of_threads),
        cmocka_unit_test(items_3_and_20_done_descriptor),
        cmocka_unit_test(items_4_5_error_never_before_done),
        cmocka_unit_test(item_7_roots_never_end),
        cmocka_unit_test(item_8_errors_are_two),
        cmocka_unit_test(item_9_null_parent_is_misuse),
        cmocka_unit_test(item_10_child_ends_with_parent_or_itself),
        cmocka_unit_test(item_11_cancel_is_idempotent),
        cmocka_unit_test(item_12_cancel_removes_from_parent),
        cmocka_unit_test(item_13_child_cancel_touches_nobody_else),
        cmocka_unit_test(item_14_no_link_to_what_never_ends),
        cmocka_unit_test(item_15_child_of_the_ended_is_born_ended),
        cmocka_unit_test(items_16_17_racing_create_and_cancel),
        cmocka_unit_test(item_18_cancel_is_synchronous_through_the_tree),
        cmocka_unit_test(item_18_depth_costs_no_stack),
        cmocka_unit_test(item_19_ended_contexts_have_no_children),
        cmocka_unit_test(item_22_waiter_may_cancel_the_child),
        cmocka_unit_test(item_23_interlocked_cancels),
        cmocka_unit_test(item_62_63_strings),
        cmocka_unit_test(item_64_nothing_is_left_allocated),
        cmocka_unit_test(scope_cancels_and_gives_back),
        cmocka_unit_test(lost_cancel_stays_until_its_parent_ends),
        cmocka_unit_test(misuse_of_references),
        cmocka_unit_test(waiting),
        cmocka_unit_test(current_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
