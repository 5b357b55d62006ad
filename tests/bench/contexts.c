/*
 * The same work as contexts.go, with libctxtrace. Prints "name nanoseconds" per line; compare.py
 * runs both in turn and prints ratios. `contexts recorded` starts recording first.
 */
#include <ctxtrace/ctxtrace.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STACK_DEPTH = 16 };

static volatile int sink;

enum { REPEATS = 5 };

static int by_value(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return one < other ? -1 : one > other;
}

static void print(const char *name, int64_t spent_ns, long times)
{
    printf("%s %.2f\n", name, (double)spent_ns / (double)times);
    fflush(stdout);
}

/* Prints the median of some runs of `once`, each of which does the work so many times. */
static void repeat(const char *name, int64_t (*once)(void), long times)
{
    int64_t spent[REPEATS];
    once(); /* not counted: memory and processor get used to it */
    for (int i = 0; i < REPEATS; i++)
        spent[i] = once();
    qsort(spent, REPEATS, sizeof *spent, by_value);
    print(name, spent[REPEATS / 2], times);
}

/* Calls `function` with at least STACK_DEPTH frames of the program below it. */
__attribute__((noinline)) static void deep(int depth, void (*function)(void))
{
    if (depth == 0)
        function();
    else
        deep(depth - 1, function);
    __asm__ volatile(""); /* no tail call */
}

enum { CREATED = 100000, LOOKED_UP = 1000000, CHECKED = 3000000, DEPTH = 10 };

static int64_t create_cancel_once(void)
{
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    int64_t start = ctxt_now();
    for (int i = 0; i < CREATED; i++) {
        ctxt_t *c = ctxt_with_cancel(parent);
        ctxt_cancel(c);
        ctxt_unref(c);
    }
    int64_t spent = ctxt_now() - start;
    ctxt_cancel(parent);
    ctxt_unref(parent);
    return spent;
}

static int64_t timeout_create_cancel_once(void)
{
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    int64_t start = ctxt_now();
    for (int i = 0; i < CREATED; i++) {
        ctxt_t *c = ctxt_with_timeout(parent, CTXT_HOUR);
        ctxt_cancel(c);
        ctxt_unref(c);
    }
    int64_t spent = ctxt_now() - start;
    ctxt_cancel(parent);
    ctxt_unref(parent);
    return spent;
}

static int64_t value_lookup_once(void)
{
    static const ctxt_key_t keys[DEPTH];
    static int value;
    ctxt_t *chain[DEPTH], *c = ctxt_background();
    for (int i = 0; i < DEPTH; i++)
        chain[i] = c = ctxt_with_value(c, &keys[i], &value, NULL);
    int64_t start = ctxt_now();
    for (int i = 0; i < LOOKED_UP; i++)
        sink = ctxt_value(c, &keys[0]) != NULL;
    int64_t spent = ctxt_now() - start;
    for (int i = 0; i < DEPTH; i++)
        ctxt_unref(chain[i]);
    return spent;
}

static int64_t done_check_once(void)
{
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    int64_t start = ctxt_now();
    for (int i = 0; i < CHECKED; i++)
        sink = ctxt_err(c);
    int64_t spent = ctxt_now() - start;
    ctxt_cancel(c);
    ctxt_unref(c);
    return spent;
}

/* ---- channels and select, with nobody else about ---- */

enum { PASSED = 1000000 };

static int64_t channel_uncontended_once(void)
{
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 1);
    int64_t start = ctxt_now();
    for (int i = 0; i < PASSED; i++) {
        int value = i;
        ctxt_chan_send(ctxt_background(), channel, &value);
        ctxt_chan_receive(ctxt_background(), channel, &value);
        sink = value;
    }
    int64_t spent = ctxt_now() - start;
    ctxt_chan_unref(channel);
    return spent;
}

/* Sends to whichever of two channels has room, and receives from whichever has a value. */
static int64_t select_uncontended_once(void)
{
    ctxt_chan_t *channels[] = {ctxt_chan_new(sizeof(int), 1), ctxt_chan_new(sizeof(int), 1)};
    int64_t start = ctxt_now();
    for (int i = 0; i < PASSED; i++) {
        int value = i;
        ctxt_case_t sends[] = {ctxt_case_send(channels[0], &value),
                               ctxt_case_send(channels[1], &value)};
        ctxt_case_t receives[] = {ctxt_case_receive(channels[0], &value),
                                  ctxt_case_receive(channels[1], &value)};
        ctxt_select(sends, 2);
        ctxt_select(receives, 2);
        sink = value;
    }
    int64_t spent = ctxt_now() - start;
    ctxt_chan_unref(channels[0]);
    ctxt_chan_unref(channels[1]);
    return spent;
}

static void single_operations(void)
{
    repeat("create_cancel", create_cancel_once, CREATED);
    repeat("timeout_create_cancel", timeout_create_cancel_once, CREATED);
    repeat("value_lookup_depth_10", value_lookup_once, LOOKED_UP);
    repeat("done_check", done_check_once, CHECKED);
    repeat("channel_uncontended", channel_uncontended_once, PASSED);
    repeat("select_uncontended", select_uncontended_once, PASSED);
}

/* ---- a value to another task and back ---- */

enum { TURNS = 20000 };

struct sides {
    ctxt_chan_t *there, *back;
};

static int send_back(ctxt_t *context, void *argument)
{
    struct sides *sides = argument;
    int value;
    for (int i = 0; i < TURNS; i++) {
        ctxt_chan_receive(context, sides->there, &value);
        ctxt_chan_send(context, sides->back, &value);
    }
    return 0;
}

static int64_t ping_pong_once(void)
{
    struct sides sides = {ctxt_chan_new(sizeof(int), 0), ctxt_chan_new(sizeof(int), 0)};
    ctxt_task_t *task = ctxt_go(ctxt_background(), send_back, &sides);
    if (!task)
        abort();
    int64_t start = ctxt_now();
    for (int i = 0; i < TURNS; i++) {
        ctxt_chan_send(ctxt_background(), sides.there, &i);
        int value;
        ctxt_chan_receive(ctxt_background(), sides.back, &value);
        sink = value;
    }
    int64_t spent = ctxt_now() - start;
    ctxt_join(ctxt_background(), task, NULL);
    ctxt_chan_unref(sides.there);
    ctxt_chan_unref(sides.back);
    return spent;
}

/* ---- a tree that its root ends ---- */

enum { TREE = 10000, BRANCHES = 4 };

static int64_t cancel_tree_once(void)
{
    static ctxt_t *tree[TREE];
    int64_t start = ctxt_now();
    tree[0] = ctxt_with_cancel(ctxt_background());
    for (int i = 1; i < TREE; i++)
        tree[i] = ctxt_with_cancel(tree[(i - 1) / BRANCHES]);
    ctxt_cancel(tree[0]);
    int64_t spent = ctxt_now() - start;
    for (int i = TREE - 1; i >= 0; i--)
        ctxt_unref(tree[i]);
    return spent;
}

static void propagate(const char *name, int children, int rounds)
{
    ctxt_t **all = malloc((size_t)children * sizeof *all);
    int64_t spent = 0;
    for (int round = 0; round < rounds; round++) {
        ctxt_t *parent = ctxt_with_cancel(ctxt_background());
        for (int i = 0; i < children; i++)
            all[i] = ctxt_with_cancel(parent);
        int64_t start = ctxt_now();
        ctxt_cancel(parent);
        spent += ctxt_now() - start;
        for (int i = 0; i < children; i++)
            ctxt_unref(all[i]);
        ctxt_unref(parent);
    }
    print(name, spent, (long)children * rounds);
    free(all);
}

static void propagation(void)
{
    propagate("propagation_1000_per_child", 1000, 200);
    propagate("propagation_100000_per_child", 100000, 4);
}

struct crowd {
    ctxt_t *context;
    _Atomic int ready, woken;
};

static void *wait_for_it(void *argument)
{
    struct crowd *crowd = argument;
    atomic_fetch_add(&crowd->ready, 1);
    ctxt_wait(crowd->context, CTXT_NEVER);
    atomic_fetch_add(&crowd->woken, 1);
    return NULL;
}

static void wake(const char *name, int waiters, int rounds)
{
    pthread_t *threads = malloc((size_t)waiters * sizeof *threads);
    int64_t spent = 0;
    for (int round = 0; round < rounds; round++) {
        struct crowd crowd = {.context = ctxt_with_cancel(ctxt_background())};
        for (int i = 0; i < waiters; i++)
            pthread_create(&threads[i], NULL, wait_for_it, &crowd);
        while (atomic_load(&crowd.ready) < waiters)
            ctxt_wait(ctxt_background(), 100 * CTXT_MICROSECOND);
        ctxt_wait(ctxt_background(), 5 * CTXT_MILLISECOND); /* until all are asleep */
        int64_t start = ctxt_now();
        ctxt_cancel(crowd.context);
        while (atomic_load(&crowd.woken) < waiters)
            sched_yield();
        spent += ctxt_now() - start;
        for (int i = 0; i < waiters; i++)
            pthread_join(threads[i], NULL);
        ctxt_unref(crowd.context);
    }
    print(name, spent, rounds);
    free(threads);
}

static void waking(void)
{
    wake("wake_1_waiter", 1, 100);
    wake("wake_1000_waiters", 1000, 3);
}

static void *first_capture(void *argument)
{
    int64_t start = ctxt_now();
    ctxt_t *c = ctxt_with_cancel(argument);
    int64_t spent = ctxt_now() - start;
    ctxt_cancel(c);
    ctxt_unref(c);
    return (void *)(intptr_t)spent;
}

static void new_threads(void)
{
    enum { TIMES = 200 };
    int64_t spent = 0;
    for (int i = 0; i < TIMES; i++) {
        pthread_t thread;
        void *result;
        pthread_create(&thread, NULL, first_capture, ctxt_background());
        pthread_join(thread, &result);
        spent += (intptr_t)result;
    }
    print("first_context_of_a_new_thread", spent, TIMES);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "recorded") == 0) {
        int error = ctxt_trace_start();
        if (error) {
            fprintf(stderr, "contexts: recording could not be started: %s\n", strerror(error));
            return 2;
        }
    }
    deep(STACK_DEPTH, single_operations);
    repeat("channel_ping_pong", ping_pong_once, TURNS);
    repeat("cancel_tree_per_context", cancel_tree_once, TREE);
    propagation();
    waking();
    new_threads();
    return 0;
}
