/* Threads by handle and by tid: whoever is first to make one known, and handles that come again. */
#include "preload/process_state.h"
#include "preload/threads.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the recorder ---- */

enum { TASK_OF_CALLER = 1000 };

ctxt_task_id_t ctxt_task_self(void)
{
    return TASK_OF_CALLER;
}

/* ---- of the test ---- */

static struct thread *reserve(ctxt_task_id_t task, bool detached)
{
    struct thread *thread = threads_reserve(&(struct thread_start){.task = task}, detached);
    assert_non_null(thread);
    return thread;
}

static struct thread_found of_tid(int tid)
{
    struct process_state *state = process_state_enter();
    struct thread_found found = threads_of_tid(state, tid);
    process_state_leave(state);
    return found;
}

static pthread_t handle_of(uint64_t number)
{
    return (pthread_t)(number << 12);
}

static void *no_function(void *argument)
{
    return argument;
}

/* ---- from creation to the end ---- */

static void test_made_known_by_its_creator(void **unused)
{
    (void)unused;
    pthread_t handle = pthread_self();
    int argument;
    const struct thread_start start = {.function = no_function, .argument = &argument, .task = 7};
    struct thread *thread = threads_reserve(&start, false);
    assert_int_equal(threads_find(handle), 0);
    threads_publish(thread, 7, &handle);
    assert_int_equal(threads_find(handle), 7);
    assert_int_equal(of_tid(gettid()).task, 0); /* it has not begun */
    struct thread_start began = threads_began(thread);
    assert_ptr_equal(began.function, no_function);
    assert_ptr_equal(began.argument, &argument);
    assert_int_equal(began.task, 7);
    assert_true(threads_ended(thread, 7));
    assert_int_equal(threads_find(handle), 7); /* it can be joined still */
    assert_true(threads_joined(handle, 7));
    assert_int_equal(threads_find(handle), 0);
}

/* pthread_create() returns when it has ended, and perhaps its memory with the handle is gone. */
static void test_made_known_by_itself(void **unused)
{
    (void)unused;
    struct thread *thread = reserve(7, false);
    threads_began(thread);
    assert_int_equal(threads_find(pthread_self()), 7);
    threads_publish(thread, 7, NULL); /* is not looked at */
    assert_int_equal(threads_find(pthread_self()), 7);
    assert_false(threads_joined(pthread_self(), 7)); /* it has not said that it ended */

    thread = reserve(8, true);
    threads_began(thread);
    assert_true(threads_ended(thread, 8));
    threads_publish(thread, 8, NULL);
    assert_int_equal(threads_find(pthread_self()), 0);
}

static void test_not_made(void **unused)
{
    (void)unused;
    struct thread *thread = reserve(7, false);
    threads_cancel_reservation(thread);
    assert_ptr_equal(reserve(8, false), thread); /* its place is free */
    threads_cancel_reservation(thread);
}

static void test_detached_before_and_after_its_end(void **unused)
{
    (void)unused;
    const pthread_t handle = handle_of(1);
    struct thread *thread = reserve(7, false);
    threads_publish(thread, 7, &handle);
    threads_detached(handle, 7);
    assert_int_equal(threads_find(handle), 7);
    assert_true(threads_ended(thread, 7));
    assert_int_equal(threads_find(handle), 0);

    thread = reserve(8, false);
    threads_publish(thread, 8, &handle);
    assert_true(threads_ended(thread, 8));
    assert_int_equal(threads_find(handle), 8);
    threads_detached(handle, 8);
    assert_int_equal(threads_find(handle), 0);
}

/* A handle is used again before the first thread's join has come to its end. */
static void test_handle_that_comes_again(void **unused)
{
    (void)unused;
    const pthread_t handle = handle_of(2);
    struct thread *first = reserve(7, false), *second = reserve(8, false);
    threads_publish(first, 7, &handle);
    assert_true(threads_ended(first, 7));
    threads_publish(second, 8, &handle);
    assert_int_equal(threads_find(handle), 8); /* the newest */
    assert_true(threads_joined(handle, 7));
    assert_int_equal(threads_find(handle), 8);
    assert_false(threads_joined(handle, 8));
    assert_int_equal(threads_find(handle), 0);
    assert_true(threads_joined(handle, 9)); /* of none nothing can be said */
}

/* What is said of a thread whose place is another's by now. */
static void test_place_of_another(void **unused)
{
    (void)unused;
    const pthread_t handle = handle_of(3), other = handle_of(4);
    struct thread *thread = reserve(7, true);
    threads_publish(thread, 7, &handle);
    assert_true(threads_ended(thread, 7));
    assert_ptr_equal(reserve(8, true), thread);
    threads_publish(thread, 7, &other);
    assert_int_equal(threads_find(other), 0);
    assert_false(threads_ended(thread, 7));
    threads_cancel_reservation(thread);
}

/* ---- by tid ---- */

static void *look_itself_up(void *unused)
{
    struct thread *thread = reserve(7, true);
    threads_began(thread);
    struct thread_found found = of_tid(gettid());
    assert_int_equal(found.task, 7);
    assert_ptr_equal(found.blocked_in, &thread->waits.blocked_in);
    threads_ended(thread, 7);
    assert_int_equal(of_tid(gettid()).task, 0);

    thread = threads_register_self(8);
    assert_int_equal(of_tid(gettid()).task, 8);
    threads_ended(thread, 8);
    assert_int_equal(of_tid(gettid()).task, 0);
    threads_register_main(); /* which it is not */
    assert_int_equal(of_tid(getpid()).task, 0);
    return unused;
}

static void test_tid(void **unused)
{
    (void)unused;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, look_itself_up, NULL), 0);
    pthread_join(thread, NULL);
    assert_int_equal(of_tid(getpid()).task, 0);
    threads_register_main();
    assert_int_equal(of_tid(getpid()).task, TASK_OF_CALLER);
    assert_int_equal(of_tid(0).task, 0);
    assert_int_equal(of_tid(-1).task, 0);
}

/* ---- many ---- */

/* More than a chunk, with handles and tids that share buckets. */
static void test_many(void **unused)
{
    (void)unused;
    enum { COUNT = 3 * THREADS_IN_CHUNK };
    struct thread *threads[COUNT];
    for (uint64_t i = 0; i < COUNT; i++) {
        const pthread_t handle = handle_of(1 + i * THREAD_BUCKETS / 64);
        threads[i] = reserve(100 + i, false);
        threads_publish(threads[i], 100 + i, &handle);
    }
    for (uint64_t i = 0; i < COUNT; i += 2)
        threads_joined(handle_of(1 + i * THREAD_BUCKETS / 64), 100 + i);
    for (uint64_t i = 0; i < COUNT; i++)
        assert_int_equal(threads_find(handle_of(1 + i * THREAD_BUCKETS / 64)), i % 2 ? 100 + i : 0);
    for (uint64_t i = 1; i < COUNT; i += 2)
        threads_joined(handle_of(1 + i * THREAD_BUCKETS / 64), 100 + i);
}

static void test_forked_child_knows_none(void **unused)
{
    (void)unused;
    const pthread_t handle = handle_of(5);
    struct thread *thread = reserve(7, false);
    threads_publish(thread, 7, &handle);
    pid_t child = fork();
    if (child == 0) {
        bool good = threads_find(handle) == 0 && !threads_ended(thread, 7);
        threads_publish(threads_reserve(&(struct thread_start){.task = 8}, false), 8, &handle);
        _exit(good && threads_find(handle) == 8 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(threads_find(handle), 7);
    threads_joined(handle, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_known_by_its_creator),
        cmocka_unit_test(test_made_known_by_itself),
        cmocka_unit_test(test_not_made),
        cmocka_unit_test(test_detached_before_and_after_its_end),
        cmocka_unit_test(test_handle_that_comes_again),
        cmocka_unit_test(test_place_of_another),
        cmocka_unit_test(test_tid),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_forked_child_knows_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
