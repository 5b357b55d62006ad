/* A blocking call from its beginning to its end: what is recorded of it, and what it leaves alone.
 */
#include "preload/blocking.h"
#include "preload/libc_lock.h"
#include "preload/open_waits.h"
#include "preload/recording.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the recorder ---- */

static bool is_on = true;
static uint32_t next_token = 1, last_ended;
static ctxt_wait_description_t described;

bool preload_records(void)
{
    errno = EIO;
    return is_on;
}

uint32_t ctxt_wait_begin_marked(const ctxt_wait_description_t *description, ctxt_wait_mark_t *mark)
{
    described = *description;
    errno = EIO;
    *mark = (ctxt_wait_mark_t){next_token, 2};
    return next_token;
}

void ctxt_wait_holders(uint32_t token, const ctxt_wait_holders_t *holders)
{
    (void)token;
    (void)holders;
}

void ctxt_wait_end(uint32_t token)
{
    errno = EIO;
    last_ended = token;
}

ctxt_task_id_t ctxt_task_self(void)
{
    return 1;
}

/* ---- of the test ---- */

static void wait_once(const struct blocked_on *what)
{
    struct blocking blocking;
    blocking_begin(&blocking, what);
    blocking_end(&blocking);
}

static int64_t until_of(clockid_t clock, const struct timespec *until)
{
    wait_once(&(struct blocked_on){.object = CTXT_WAIT_SEMAPHORE,
                                   .operation = CTXT_WAIT_TO_ACQUIRE,
                                   .clock = clock,
                                   .until = until});
    return described.until_ns;
}

static int64_t in_ns(const struct timespec *time)
{
    return time->tv_sec * CTXT_SECOND + time->tv_nsec;
}

static void test_what_is_recorded(void **unused)
{
    (void)unused;
    int object, mutex;
    struct blocking blocking;
    blocking_begin(&blocking, &(struct blocked_on){.object = CTXT_WAIT_CONDITION,
                                                   .operation = CTXT_WAIT_FOR_SIGNAL,
                                                   .address = &object,
                                                   .released = &mutex});
    assert_int_equal(described.object, CTXT_WAIT_CONDITION);
    assert_int_equal(described.operation, CTXT_WAIT_FOR_SIGNAL);
    assert_ptr_equal(described.address, &object);
    assert_ptr_equal(described.released, &mutex);
    assert_int_equal(described.until_ns, CTXT_NEVER);
    assert_int_equal(described.properties, 0);
    assert_true(open_waits_any());
    blocking_end(&blocking);
    assert_int_equal(last_ended, 1);
    assert_false(open_waits_any());
}

static void test_limits(void **unused)
{
    (void)unused;
    const struct timespec never = {LONG_MAX, 0}, none = {0, 0};
    struct timespec monotonic, of_day, later = {12, 345};
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    clock_gettime(CLOCK_REALTIME, &of_day);
    assert_int_equal(until_of(CLOCK_MONOTONIC, &later), 12 * CTXT_SECOND + 345);
    assert_int_equal(until_of(CLOCK_MONOTONIC, &never), CTXT_NEVER);
    assert_int_equal(until_of(CLOCK_REALTIME, &never), CTXT_NEVER);
    assert_int_equal(until_of(CLOCK_REALTIME, NULL), CTXT_NEVER);
    /* The same time by both clocks, which differ by years. */
    int64_t error = until_of(CLOCK_REALTIME, &of_day) - in_ns(&monotonic);
    assert_true(error > -CTXT_SECOND && error < CTXT_SECOND);
    assert_true(until_of(CLOCK_REALTIME, &none) < 0); /* long ago, and no limit of zero */
}

static void test_properties_of_locks(void **unused)
{
    (void)unused;
    pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    wait_once(&(struct blocked_on){
        .object = CTXT_WAIT_MUTEX, .operation = CTXT_WAIT_TO_LOCK, .address = &mutex});
    assert_int_equal(described.properties, CTXT_LOCK_OF_LIBC | CTXT_LOCK_RECURSIVE);
    wait_once(&(struct blocked_on){
        .object = CTXT_WAIT_RWLOCK, .operation = CTXT_WAIT_TO_READ_LOCK, .address = &lock});
    assert_int_equal(described.properties, CTXT_LOCK_OF_LIBC | CTXT_LOCK_ANY_UNLOCKS);
}

/* Only where something in the process can cancel a thread, and this one may be cancelled. */
static void test_cancellable_joins(void **unused)
{
    (void)unused;
    const struct blocked_on join = {
        .object = CTXT_WAIT_TASK, .operation = CTXT_WAIT_FOR_EXIT, .joined = 5};
    int before;
    wait_once(&join);
    assert_int_equal(described.joined, 5);
    assert_int_equal(described.properties, CTXT_WAIT_CANCELLABLE);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    assert_int_equal(before, PTHREAD_CANCEL_ENABLE);
    wait_once(&join);
    assert_int_equal(described.properties, 0);
    int still;
    pthread_setcancelstate(before, &still);
    assert_int_equal(still, PTHREAD_CANCEL_DISABLE);
}

/* It is what makes joins cancellable above: this process refers to pthread_cancel(). */
static void *be_cancelled(void *unused)
{
    pthread_cleanup_push(blocking_end, unused);
    struct blocking *blocking = unused;
    blocking_begin(blocking, &(struct blocked_on){.object = CTXT_WAIT_SEMAPHORE});
    for (;;)
        pause();
    pthread_cleanup_pop(0);
    return NULL;
}

static void test_cancelled(void **unused)
{
    (void)unused;
    pthread_t thread;
    struct blocking blocking = {0};
    last_ended = 0;
    next_token = 7;
    assert_int_equal(pthread_create(&thread, NULL, be_cancelled, &blocking), 0);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    /* Before it began, or in the middle. */
    assert_int_equal(last_ended, blocking.token ? 7 : 0);
    next_token = 1;
}

static void test_errno_and_cancellation_are_kept(void **unused)
{
    (void)unused;
    static const int types[] = {PTHREAD_CANCEL_DEFERRED, PTHREAD_CANCEL_ASYNCHRONOUS};
    for (int i = 0; i < 4; i++) {
        int ours;
        struct blocking blocking;
        is_on = i < 2;
        pthread_setcanceltype(types[i % 2], &ours);
        errno = EXDEV;
        blocking_begin(&blocking, &(struct blocked_on){.object = CTXT_WAIT_SEMAPHORE});
        assert_int_equal(errno, EXDEV);
        blocking_end(&blocking);
        assert_int_equal(errno, EXDEV);
        pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &ours);
        assert_int_equal(ours, types[i % 2]);
    }
    is_on = true;
}

static void test_off(void **unused)
{
    (void)unused;
    struct blocking blocking;
    is_on = false;
    last_ended = 0;
    memset(&described, 0, sizeof described);
    blocking_begin(&blocking, &(struct blocked_on){.object = CTXT_WAIT_SEMAPHORE});
    assert_int_equal(described.object, 0);
    assert_false(open_waits_any());
    blocking_end(&blocking);
    assert_int_equal(last_ended, 0);
    is_on = true;
}

/* The recorder had no place for it. */
static void test_not_recorded(void **unused)
{
    (void)unused;
    struct blocking blocking;
    next_token = 0;
    blocking_begin(&blocking, &(struct blocked_on){.object = CTXT_WAIT_SEMAPHORE});
    blocking_end(&blocking);
    assert_false(open_waits_any());
    next_token = 1;
}

/* Waits that are too many to be known to open_waits.h end by their tokens. */
static void test_too_deep(void **unused)
{
    (void)unused;
    enum { DEPTH = MOST_OPEN_WAITS + 2 };
    struct {
        struct blocking blocking;
        char apart[1024];
    } calls[DEPTH];
    for (int i = DEPTH - 1; i >= 0; i--) { /* a stack grows downwards */
        next_token = (uint32_t)i + 1;
        blocking_begin(&calls[i].blocking, &(struct blocked_on){.object = CTXT_WAIT_SEMAPHORE});
    }
    for (int i = 0; i < DEPTH; i++) {
        blocking_end(&calls[i].blocking);
        assert_int_equal(last_ended, i + 1);
    }
    assert_false(open_waits_any());
    next_token = 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_recorded),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_properties_of_locks),
        cmocka_unit_test(test_cancellable_joins),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_errno_and_cancellation_are_kept),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_not_recorded),
        cmocka_unit_test(test_too_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
