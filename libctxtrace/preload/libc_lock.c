#include "preload/libc_lock.h"

/* The bits of a mutex's kind. */
enum {
    BASIC_KIND = 3, /* mask */
    ROBUST = 16,
    PRIORITY_INHERITED = 32,
    SHARED = 128
};

static int kind_of(const pthread_mutex_t *mutex)
{
    return __atomic_load_n(&mutex->__data.__kind, __ATOMIC_RELAXED);
}

int libc_lock_holder(const struct lock_name *lock)
{
    if (lock->object == CTXT_WAIT_MUTEX) {
        const pthread_mutex_t *mutex = lock->address;
        return kind_of(mutex) & SHARED ? 0
                                       : __atomic_load_n(&mutex->__data.__owner, __ATOMIC_RELAXED);
    }
    const pthread_rwlock_t *rwlock = lock->address;
    return rwlock->__data.__shared
               ? 0
               : __atomic_load_n(&rwlock->__data.__cur_writer, __ATOMIC_RELAXED);
}

int libc_thread_id(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    if (pthread_mutex_trylock(&mutex) != 0)
        return 0;
    int thread = mutex.__data.__owner;
    pthread_mutex_unlock(&mutex);
    pthread_mutex_destroy(&mutex); /* checkers of threads would know it for longer than it lives */
    return thread;
}

static unsigned mutex_properties(const pthread_mutex_t *mutex)
{
    int kind = kind_of(mutex), basic = kind & BASIC_KIND;
    unsigned properties = CTXT_LOCK_OF_LIBC;
    bool asks_for_owner = kind & (ROBUST | PRIORITY_INHERITED);
    if (basic == PTHREAD_MUTEX_RECURSIVE)
        properties |= CTXT_LOCK_RECURSIVE;
    else if (basic == PTHREAD_MUTEX_ERRORCHECK)
        properties |= CTXT_LOCK_ERROR_CHECKING;
    else if (!asks_for_owner)
        properties |= CTXT_LOCK_ANY_UNLOCKS; /* the others answer EPERM */
    if (kind & ROBUST)
        properties |= CTXT_LOCK_ROBUST;
    if (kind & SHARED)
        properties |= CTXT_LOCK_SHARED;
    return properties;
}

unsigned libc_lock_properties(const struct lock_name *lock)
{
    if (lock->object == CTXT_WAIT_MUTEX)
        return mutex_properties(lock->address);
    const pthread_rwlock_t *rwlock = lock->address;
    return CTXT_LOCK_OF_LIBC | CTXT_LOCK_ANY_UNLOCKS |
           (rwlock->__data.__shared ? CTXT_LOCK_SHARED : 0);
}

bool libc_lock_fails_for_holder(const struct lock_name *lock)
{
    if (lock->object == CTXT_WAIT_MUTEX &&
        (kind_of(lock->address) & BASIC_KIND) != PTHREAD_MUTEX_ERRORCHECK)
        return false;
    int holder = libc_lock_holder(lock);
    return holder != 0 && holder == libc_thread_id();
}
