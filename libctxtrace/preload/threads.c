/*
 * The program's threads, in a small open hash table for each of the two ways to name one. A spin
 * lock of our own guards them: a pthread mutex would come back to our own wrappers.
 */
#include "preload/preload.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BUCKETS = 256 };

struct entry {
    struct entry *next;
    uint64_t key;
    ctxt_task_id_t task;
};

static atomic_flag taken = ATOMIC_FLAG_INIT;
static struct entry *by_handle[BUCKETS], *by_tid[BUCKETS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void lock(void)
{
    while (atomic_flag_test_and_set_explicit(&taken, memory_order_acquire))
        sched_yield();
}

static void unlock(void)
{
    atomic_flag_clear_explicit(&taken, memory_order_release);
}

static void watch_forks(void)
{
    pthread_atfork(lock, unlock, unlock);
}

static struct entry **find(struct entry **table, uint64_t key)
{
    struct entry **at = &table[(key ^ key >> 12) % BUCKETS];
    while (*at && (*at)->key != key)
        at = &(*at)->next;
    return at;
}

static void put(struct entry **table, uint64_t key, ctxt_task_id_t task)
{
    pthread_once(&once, watch_forks);
    struct entry *made = malloc(sizeof *made);
    if (!made)
        return;
    lock();
    struct entry **at = find(table, key);
    if (*at) {
        (*at)->task = task; /* a number that is used again */
    } else {
        *made = (struct entry){NULL, key, task};
        *at = made;
        made = NULL;
    }
    unlock();
    free(made);
}

static ctxt_task_id_t get(struct entry **table, uint64_t key)
{
    lock();
    const struct entry *found = *find(table, key);
    ctxt_task_id_t task = found ? found->task : 0;
    unlock();
    return task;
}

static void drop(struct entry **table, uint64_t key)
{
    lock();
    struct entry **at = find(table, key), *found = *at;
    if (found)
        *at = found->next;
    unlock();
    free(found);
}

void threads_add(pthread_t handle, ctxt_task_id_t task)
{
    put(by_handle, (uint64_t)handle, task);
}

ctxt_task_id_t threads_find(pthread_t handle)
{
    return get(by_handle, (uint64_t)handle);
}

void threads_remove(pthread_t handle)
{
    drop(by_handle, (uint64_t)handle);
}

static uint64_t this_tid(void)
{
    return (uint64_t)syscall(SYS_gettid);
}

void threads_bind(ctxt_task_id_t task)
{
    put(by_tid, this_tid(), task);
}

void threads_unbind(void)
{
    drop(by_tid, this_tid());
}

ctxt_task_id_t threads_of_tid(int tid)
{
    return tid > 0 ? get(by_tid, (uint64_t)tid) : 0;
}
