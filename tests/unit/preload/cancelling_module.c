/* A module that refers to pthread_cancel(): for test_imports.c, which loads it. */
#include <pthread.h>

int cancel_thread(pthread_t thread);
__attribute__((visibility("default"))) int cancel_thread(pthread_t thread)
{
    return pthread_cancel(thread);
}
