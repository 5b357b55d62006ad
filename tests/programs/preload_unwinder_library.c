/* Comes before libunwind, and waits for a lock as that may have to. */
#include <dlfcn.h>
#include <pthread.h>

__attribute__((visibility("default"))) pthread_mutex_t unwinder_mutex = PTHREAD_MUTEX_INITIALIZER;

__attribute__((visibility("default"))) int unw_backtrace(void **addresses, int room);

int unw_backtrace(void **addresses, int room)
{
    int (*next)(void **, int) = (int (*)(void **, int))dlsym(RTLD_NEXT, "unw_backtrace");
    pthread_mutex_lock(&unwinder_mutex);
    pthread_mutex_unlock(&unwinder_mutex);
    return next ? next(addresses, room) : 0;
}
