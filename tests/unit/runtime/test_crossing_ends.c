/* Ends that come from above and from below at the same time. Numbers are items of
 * docs/context-semantics.md. */
#include "runtime/node.h"
#include "runtime_test.h"

#include <pthread.h>

enum { DEPTH = 8, ROUNDS = 500 };

struct chain {
    ctxt_t *nodes[DEPTH];
    pthread_barrier_t start;
};

static void *cancel_downwards(void *argument)
{
    struct chain *chain = argument;
    pthread_barrier_wait(&chain->start);
    for (int i = 0; i < DEPTH; i++)
        ctxt_cancel(chain->nodes[i]);
    return NULL;
}

static void *cancel_upwards(void *argument)
{
    struct chain *chain = argument;
    pthread_barrier_wait(&chain->start);
    for (int i = DEPTH; i-- > 0;)
        ctxt_cancel(chain->nodes[i]);
    return NULL;
}

/* Hangs on the lock of every node in turn, as a child that is made and cancelled does. */
static void *hang_children_on_all(void *argument)
{
    struct chain *chain = argument;
    pthread_barrier_wait(&chain->start);
    for (int i = 0; i < 4 * DEPTH; i++) {
        ctxt_t *child = ctxt_with_cancel(chain->nodes[i % DEPTH]);
        ctxt_cancel(child);
        ctxt_unref(child);
    }
    return NULL;
}

/*
 * A cancel goes down with the locks of the path held, while a child that was cancelled by itself
 * goes up to leave its parent. Did it take its parent's lock with its own in hand, the two would
 * wait for each other, and the test for both.
 */
static void item_21_ends_from_above_and_below_do_not_lock_each_other_out(void **state)
{
    (void)state;
    static void *(*const work[])(void *) = {cancel_downwards, cancel_upwards, hang_children_on_all};
    uint64_t before = node_count();
    for (int round = 0; round < ROUNDS; round++) {
        struct chain chain;
        pthread_barrier_init(&chain.start, NULL, 3);
        for (int i = 0; i < DEPTH; i++)
            chain.nodes[i] = ctxt_with_cancel(i ? chain.nodes[i - 1] : ctxt_background());
        pthread_t threads[3];
        for (int i = 0; i < 3; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, work[i], &chain), 0);
        for (int i = 0; i < 3; i++)
            pthread_join(threads[i], NULL);
        for (int i = 0; i < DEPTH; i++) {
            assert_int_equal(ctxt_err(chain.nodes[i]), ECANCELED);
            assert_null(chain.nodes[i]->children);
        }
        for (int i = 0; i < DEPTH; i++)
            ctxt_unref(chain.nodes[i]);
        pthread_barrier_destroy(&chain.start);
    }
    assert_int_equal(node_count(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(item_21_ends_from_above_and_below_do_not_lock_each_other_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
