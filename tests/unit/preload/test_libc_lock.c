/* What the memory of locks says: of each kind, held by this thread, by another, and by nobody. */
#include "preload/libc_lock.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static pthread_mutex_t made(int type, int protocol, int robust, int shared)
{
    pthread_mutex_t mutex;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    pthread_mutexattr_setrobust(&attributes, robust);
    pthread_mutexattr_setpshared(&attributes, shared);
    assert_int_equal(pthread_mutex_init(&mutex, &attributes), 0);
    pthread_mutexattr_destroy(&attributes);
    return mutex;
}

static pthread_mutex_t of_type(int type)
{
    return made(type, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
}

static int holder_of(const pthread_mutex_t *mutex)
{
    return libc_lock_holder(&(struct lock_name){CTXT_WAIT_MUTEX, mutex});
}

static int writer_of(const pthread_rwlock_t *lock)
{
    return libc_lock_holder(&(struct lock_name){CTXT_WAIT_RWLOCK, lock});
}

static bool fails(enum ctxt_wait_object object, const void *lock)
{
    return libc_lock_fails_for_holder(&(struct lock_name){object, lock});
}

static unsigned properties_of(const pthread_mutex_t *mutex)
{
    return libc_lock_properties(&(struct lock_name){CTXT_WAIT_MUTEX, mutex});
}

/* ---- in another thread ---- */

static void *ask_for_own_id(void *id)
{
    *(int *)id = libc_thread_id();
    return (void *)(intptr_t)gettid();
}

static void *ask_whether_it_fails(void *mutex)
{
    return (void *)(intptr_t)fails(CTXT_WAIT_MUTEX, mutex);
}

static intptr_t in_another_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    void *result;
    assert_int_equal(pthread_create(&thread, NULL, function, argument), 0);
    pthread_join(thread, &result);
    return (intptr_t)result;
}

static void test_thread_id(void **unused)
{
    (void)unused;
    int id;
    assert_int_equal(libc_thread_id(), gettid());
    intptr_t tid = in_another_thread(ask_for_own_id, &id);
    assert_int_equal(id, tid);
    assert_int_not_equal(id, gettid());
}

/* ---- who holds it ---- */

static void test_holder_of_mutexes(void **unused)
{
    (void)unused;
    static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
                                PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        pthread_mutex_t mutex = of_type(types[i]);
        assert_int_equal(holder_of(&mutex), 0);
        pthread_mutex_lock(&mutex);
        assert_int_equal(holder_of(&mutex), gettid());
        pthread_mutex_unlock(&mutex);
        assert_int_equal(holder_of(&mutex), 0);
    }
}

/* It may be another process's thread, whose number means nothing here. */
static void test_holder_of_shared_locks_is_not_known(void **unused)
{
    (void)unused;
    pthread_mutex_t mutex = made(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED,
                                 PTHREAD_PROCESS_SHARED);
    pthread_mutex_lock(&mutex);
    assert_int_equal(holder_of(&mutex), 0);
    pthread_mutex_unlock(&mutex);

    pthread_rwlock_t lock;
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_rwlock_init(&lock, &attributes);
    pthread_rwlock_wrlock(&lock);
    assert_int_equal(writer_of(&lock), 0);
    pthread_rwlock_unlock(&lock);
}

static void test_writers_are_known_and_readers_are_not(void **unused)
{
    (void)unused;
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    assert_int_equal(writer_of(&lock), 0);
    pthread_rwlock_wrlock(&lock);
    assert_int_equal(writer_of(&lock), gettid());
    pthread_rwlock_unlock(&lock);
    pthread_rwlock_rdlock(&lock);
    assert_int_equal(writer_of(&lock), 0);
    pthread_rwlock_unlock(&lock);
}

/* ---- what it does ---- */

static void test_only_checking_locks_fail_for_their_holder(void **unused)
{
    (void)unused;
    pthread_mutex_t checking = of_type(PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_t normal = of_type(PTHREAD_MUTEX_NORMAL);
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    assert_false(fails(CTXT_WAIT_MUTEX, &checking));
    assert_false(fails(CTXT_WAIT_RWLOCK, &lock));
    pthread_mutex_lock(&checking);
    pthread_mutex_lock(&normal);
    pthread_rwlock_wrlock(&lock);
    assert_true(fails(CTXT_WAIT_MUTEX, &checking));
    assert_int_equal(pthread_mutex_lock(&checking), EDEADLK);
    assert_false(fails(CTXT_WAIT_MUTEX, &normal));
    assert_true(fails(CTXT_WAIT_RWLOCK, &lock));
    assert_int_equal(pthread_rwlock_rdlock(&lock), EDEADLK);
    assert_false(in_another_thread(ask_whether_it_fails, &checking));
    pthread_rwlock_unlock(&lock);
    pthread_mutex_unlock(&normal);
    pthread_mutex_unlock(&checking);
}

static void *unlock(void *mutex)
{
    return (void *)(intptr_t)pthread_mutex_unlock(mutex);
}

/* As libc does it: that others can unlock a mutex is tried out. */
static void test_properties(void **unused)
{
    (void)unused;
    static const struct {
        int type, protocol, robust;
        unsigned properties;
    } cases[] = {
        {PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, CTXT_LOCK_ANY_UNLOCKS},
        {PTHREAD_MUTEX_ADAPTIVE_NP, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED,
         CTXT_LOCK_ANY_UNLOCKS},
        {PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, CTXT_LOCK_RECURSIVE},
        {PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED,
         CTXT_LOCK_ERROR_CHECKING},
        {PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED, 0},
        {PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST,
         CTXT_LOCK_ROBUST | CTXT_LOCK_SHARED}, /* libc marks all of them so */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pthread_mutex_t mutex =
            made(cases[i].type, cases[i].protocol, cases[i].robust, PTHREAD_PROCESS_PRIVATE);
        assert_int_equal(properties_of(&mutex), CTXT_LOCK_OF_LIBC | cases[i].properties);
        pthread_mutex_lock(&mutex);
        bool others = in_another_thread(unlock, &mutex) == 0;
        assert_int_equal(others, (cases[i].properties & CTXT_LOCK_ANY_UNLOCKS) != 0);
        if (!others)
            pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_t shared = made(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED,
                                  PTHREAD_PROCESS_SHARED);
    assert_int_equal(properties_of(&shared),
                     CTXT_LOCK_OF_LIBC | CTXT_LOCK_RECURSIVE | CTXT_LOCK_SHARED);
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    assert_int_equal(libc_lock_properties(&(struct lock_name){CTXT_WAIT_RWLOCK, &lock}),
                     CTXT_LOCK_OF_LIBC | CTXT_LOCK_ANY_UNLOCKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thread_id),
        cmocka_unit_test(test_holder_of_mutexes),
        cmocka_unit_test(test_holder_of_shared_locks_is_not_known),
        cmocka_unit_test(test_writers_are_known_and_readers_are_not),
        cmocka_unit_test(test_only_checking_locks_fail_for_their_holder),
        cmocka_unit_test(test_properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
