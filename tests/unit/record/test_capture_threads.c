/*
 * Captures that meet: of several threads, of signal handlers, of forked children.
 */
#include "lone_child.h"
#include "stack_truth.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 8, PATHS = 128, ROUNDS = 20, SHORT_THREADS = 2000 };

static _Thread_local volatile unsigned sink;

__attribute__((noinline)) static void left(void (*next)(unsigned), unsigned bits)
{
    next(bits);
    sink++;
}

__attribute__((noinline)) static void right(void (*next)(unsigned), unsigned bits)
{
    volatile char pad[200];
    pad[0] = 1;
    next(bits);
    sink += (unsigned)pad[0];
}

static void path(unsigned bits)
{
    if (bits == 1)
        assert_stack_is_true(NULL);
    else if (bits & 1)
        left(path, bits >> 1);
    else
        right(path, bits >> 1);
}

static void *walk_paths(void *offset)
{
    unsigned first = (unsigned)(uintptr_t)offset;
    for (unsigned i = 0; i < PATHS * ROUNDS; i++)
        path(PATHS + (first + i * 37) % PATHS);
    return NULL;
}

static void threads_share_the_cache(void **state)
{
    (void)state;
    forget_interned();
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, walk_paths, (void *)(i * 11)), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
#ifdef __x86_64__
    /* Two captures for each check, of which few had to be stored. */
    assert_true(atomic_load(&interned_count) < 2 * THREADS * PATHS * ROUNDS / 10);
#endif
}

/* Replaced all the time: by more stacks than fit. */
static void *forget_often(void *unused)
{
    for (int i = 0; i < 2000; i++) {
        capture_forget_references();
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    return unused;
}

static void layouts_are_replaced_while_they_are_read(void **state)
{
    (void)state;
    forget_interned();
    pthread_t threads[THREADS], forgetting;
    assert_int_equal(pthread_create(&forgetting, NULL, forget_often, NULL), 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, walk_paths, (void *)(i * 11)), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(pthread_join(forgetting, NULL), 0);
}

static void *capture_once(void *reference)
{
    *(uint32_t *)reference = capture_stack_reference(NULL, intern);
    return NULL;
}

static void threads_come_and_go(void **state)
{
    (void)state;
    forget_interned();
    uint32_t first = 0;
    for (int i = 0; i < SHORT_THREADS; i++) {
        pthread_t thread;
        uint32_t reference = 0;
        assert_int_equal(pthread_create(&thread, NULL, capture_once, &reference), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        if (i == 0)
            first = reference;
#ifdef __x86_64__
        assert_int_equal(reference, first);
#else
        assert_int_not_equal(reference, 0);
#endif
    }
    const struct interned_stack *stack = interned_at(first);
    assert_in_range(stack->count, 2, 4);
}

/* ---- signals ---- */

static _Atomic bool stop;
static _Atomic unsigned handled, answered;

/* The truth is libunwind's view from the handler, which itself is one frame of all three. */
static void abort_unless_same(const uint64_t *addresses, uint32_t count, void *const *truth,
                              int truth_count)
{
    if (count != (uint32_t)truth_count)
        abort();
    for (uint32_t i = 1; i < count; i++)
        if (addresses[i] - (uint64_t)(uintptr_t)truth[i] > 1) /* 1: where it was interrupted */
            abort();
}

static void handle(int number)
{
    (void)number;
    struct captured_stack stack;
    void *truth[CAPTURE_MAX_FRAMES];
    int count = unw_backtrace(truth, CAPTURE_MAX_FRAMES);
    capture_stack(&stack, CAPTURE_MAX_FRAMES);
    uint32_t reference = capture_stack_reference(NULL, intern);
    if (stack.count)
        abort_unless_same(stack.addresses, stack.count, truth, count);
    if (reference)
        abort_unless_same(interned[reference - 1].addresses, interned[reference - 1].count, truth,
                          count);
    handled++;
    answered += stack.count != 0;
}

static void *send_signals(void *target)
{
    while (!stop) {
        pthread_kill(*(pthread_t *)target, SIGUSR1);
        nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    }
    return NULL;
}

/* The interrupted captures are all of the stacks that they would be of without. */
static void handlers_interrupt_captures(void **state)
{
    (void)state;
    forget_interned();
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    pthread_t self = pthread_self(), sender;
    assert_int_equal(pthread_create(&sender, NULL, send_signals, &self), 0);
    for (unsigned i = 0; i < 200 || (handled < 2000 && i < 100000); i++) {
        for (unsigned bits = 16; bits < 32; bits++)
            path(bits);
        if (i % 16 == 0)
            capture_forget_references();
    }
    stop = true;
    assert_int_equal(pthread_join(sender, NULL), 0);
    assert_true(handled > 100);
    assert_true(answered > 0);
}

/* ---- fork ---- */

static void *capture_all_the_time(void *unused)
{
    for (unsigned i = 0; !stop; i++) {
        for (unsigned bits = 16; bits < 32; bits++)
            path(bits);
        if (i % 64 == 0)
            capture_forget_references();
    }
    return unused;
}

static void children_capture_on(void **state)
{
    (void)state;
    forget_interned();
    stop = false;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, capture_all_the_time, NULL), 0);
    for (int i = 0; i < 100; i++) {
        pid_t child = fork();
        assert_int_not_equal(child, -1);
        if (child == 0) {
            for (unsigned bits = 16; bits < 32; bits++) {
                struct captured_stack stack;
                capture_stack(&stack, CAPTURE_MAX_FRAMES);
                if (!stack.count || !capture_stack_reference(NULL, intern))
                    _exit(1);
            }
            _exit(0);
        }
        assert_int_equal(status_of_lone_child(child), 0);
    }
    stop = true;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_share_the_cache),
        cmocka_unit_test(layouts_are_replaced_while_they_are_read),
        cmocka_unit_test(threads_come_and_go),
        cmocka_unit_test(handlers_interrupt_captures),
        cmocka_unit_test(children_capture_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
