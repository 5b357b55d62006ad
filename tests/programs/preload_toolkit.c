/* Plays the part of a library such as GLib, whose functions lock for their callers. */
#include <pthread.h>

int toolkit_lock(pthread_mutex_t *mutex);

static __attribute__((noinline)) int lock_slowly(pthread_mutex_t *mutex)
{
    int error = pthread_mutex_lock(mutex);
    __asm__ volatile("");
    return error;
}

int toolkit_lock(pthread_mutex_t *mutex)
{
    int error = lock_slowly(mutex);
    __asm__ volatile("");
    return error;
}
