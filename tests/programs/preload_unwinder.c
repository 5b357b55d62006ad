/*
 * A thread waits for a mutex, below code that was generated at run time and has no chain of frames,
 * so that the recorder asks libunwind; and it has to wait there, too, for libunwind has locks of
 * its own: libunwind_of_test takes one more, which main holds until somebody waits for it.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

typedef void generated(void (*)(void));

extern pthread_mutex_t unwinder_mutex;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

#ifdef __x86_64__
/* push %rbp; mov $1,%ebp; call *%rdi; pop %rbp; ret */
static const unsigned char code[] = {0x55, 0xbd, 1, 0, 0, 0, 0xff, 0xd7, 0x5d, 0xc3};

static generated *generate(void)
{
    void *memory = mmap(NULL, sizeof code, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    memcpy(memory, code, sizeof code);
    return (generated *)memory;
}
#else
static void call(void (*function)(void))
{
    function();
}

static generated *generate(void)
{
    return call;
}
#endif

/* glibc's word: 2 when somebody sleeps until it is given back. */
static int is_waited_for(pthread_mutex_t *asked)
{
    return __atomic_load_n(&asked->__data.__lock, __ATOMIC_SEQ_CST) == 2;
}

static void take(void)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
}

static void *work(void *unused)
{
    generate()(take);
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&unwinder_mutex);
    REQUIRE(pthread_create(&thread, NULL, work, NULL) == 0);
    while (!is_waited_for(&unwinder_mutex) && !is_waited_for(&mutex))
        sleep_ms(1);
    puts(is_waited_for(&unwinder_mutex) ? "libunwind" : "mutex");
    pthread_mutex_unlock(&unwinder_mutex);
    while (!is_waited_for(&mutex))
        sleep_ms(1);
    pthread_mutex_unlock(&mutex);
    REQUIRE(pthread_join(thread, NULL) == 0);
    return 3;
}
