/* The lock on which the runtime, the recorder and the preload are built. */
#include "base/lock.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { THREADS = 4, ROUNDS = 20000 };

static struct lock lock;
static uint32_t counted;

static uint32_t word(void)
{
    return atomic_load(&lock.word);
}

static void *count(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        lock_take(&lock);
        counted++;
        lock_release(&lock);
    }
    return NULL;
}

static void one_holder_at_a_time(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(counted, THREADS * ROUNDS);
    assert_int_equal(word(), 0);
}

/* Takes the lock when it comes free, and notes how errno fared. */
static _Atomic int errno_after;

static void *wait_for_it(void *unused)
{
    (void)unused;
    errno = EDOM;
    lock_take(&lock);
    lock_release(&lock);
    atomic_store(&errno_after, errno);
    pthread_testcancel();
    return NULL;
}

static pthread_t waiting_thread(void)
{
    pthread_t thread;
    atomic_store(&errno_after, 0);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_it, NULL), 0);
    while (word() != 2)
        sched_yield();
    return thread;
}

static void who_waits_is_woken_with_its_errno(void **state)
{
    (void)state;
    lock_take(&lock);
    assert_int_equal(word(), 1);
    pthread_t thread = waiting_thread();
    lock_release(&lock);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&errno_after), EDOM);
    assert_int_equal(word(), 0);
}

static void waiting_is_no_cancellation_point(void **state)
{
    (void)state;
    void *result;
    lock_take(&lock);
    pthread_t thread = waiting_thread();
    assert_int_equal(pthread_cancel(thread), 0);
    lock_release(&lock);
    pthread_join(thread, &result);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    assert_int_equal(atomic_load(&errno_after), EDOM); /* it came through first */
    assert_int_equal(word(), 0);
}

static void a_forked_child_frees_what_others_held(void **state)
{
    (void)state;
    lock_take(&lock);
    lock_reset(&lock);
    lock_take(&lock);
    lock_release(&lock);
    assert_int_equal(word(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_holder_at_a_time),
        cmocka_unit_test(who_waits_is_woken_with_its_errno),
        cmocka_unit_test(waiting_is_no_cancellation_point),
        cmocka_unit_test(a_forked_child_frees_what_others_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
