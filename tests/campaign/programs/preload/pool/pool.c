/* A library whose destructor joins the threads that it has started, as global objects of C++ do. */
#include <pthread.h>

enum { THREADS = 12 };

static pthread_t threads[THREADS];
static int started;

static void *work(void *unused)
{
    return unused;
}

__attribute__((visibility("default"))) void pool_start(void);
void pool_start(void)
{
    for (; started < THREADS; started++)
        pthread_create(&threads[started], NULL, work, NULL);
}

__attribute__((destructor)) static void pool_end(void)
{
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}
