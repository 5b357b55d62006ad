/* What gdb, valgrind and strace look at: two threads and a child, the same each time. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void *add(void *unused)
{
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&mutex);
        count++;
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void done(int result)
{
    printf("%d\n", result);
    fflush(stdout);
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, add, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    if (fork() == 0)
        _exit(4);
    int status = 0;
    wait(&status);
    free(malloc(100));
    done(count + WEXITSTATUS(status));
    return 12;
}
