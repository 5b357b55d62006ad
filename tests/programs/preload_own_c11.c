/*
 * A program with a library that has functions of C11's names, from before libc had them: their
 * types and results are others. It prints what they return.
 */
#include <stdio.h>

int mtx_lock(int *mutex);
int mtx_trylock(int *mutex);
int mtx_timedlock(int *mutex, const void *until);
int cnd_wait(int *condition, int *mutex);
int thrd_create(int *thread, int (*function)(void *), void *argument);

static int run(void *argument)
{
    return *(int *)argument;
}

int main(void)
{
    int mutex = 0, condition = 5, thread = 0, argument = 9;
    printf("%d", mtx_lock(&mutex));
    printf(" %d", mtx_trylock(&mutex));
    printf(" %d\n", mutex);
    printf("%d", mtx_timedlock(&mutex, NULL));
    printf(" %d", cnd_wait(&condition, &mutex));
    printf(" %d\n", mutex);
    printf("%d", thrd_create(&thread, run, &argument));
    printf(" %d\n", thread);
    return 0;
}
