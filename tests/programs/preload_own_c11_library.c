/* The library of preload_own_c11.c: 1 is success here, as in some, and an int is a mutex. */
enum { SUCCESS = 1, BUSY = 3 };

int mtx_lock(int *mutex);
int mtx_trylock(int *mutex);
int mtx_timedlock(int *mutex, const void *until);
int cnd_wait(int *condition, int *mutex);
int thrd_create(int *thread, int (*function)(void *), void *argument);

int mtx_lock(int *mutex)
{
    if (*mutex)
        return BUSY;
    *mutex = 1;
    return SUCCESS;
}

int mtx_trylock(int *mutex)
{
    return mtx_lock(mutex);
}

int mtx_timedlock(int *mutex, const void *until)
{
    (void)until;
    *mutex = 0;
    return mtx_lock(mutex);
}

int cnd_wait(int *condition, int *mutex)
{
    return *condition + *mutex;
}

int thrd_create(int *thread, int (*function)(void *), void *argument)
{
    *thread = function(argument);
    return SUCCESS;
}
