#include "runtime/last_threads.h"

#include "runtime/fork.h"
#include "runtime/thread.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic int idle_threads;
static _Atomic bool main_will_tell, main_has_left, is_watched;
static pthread_key_t main_key;
static bool has_main_key;

/* ---- has the main thread left? ---- */

static void watch_if_needed(void);

static void main_leaves(void *unused)
{
    (void)unused;
    atomic_store(&main_has_left, true);
    watch_if_needed();
}

static void main_begins(void)
{
    atomic_store(&main_has_left, false);
    atomic_store(&main_will_tell, pthread_setspecific(main_key, &main_key) == 0);
}

__attribute__((constructor)) static void have_the_main_thread_tell(void)
{
    has_main_key = pthread_key_create(&main_key, main_leaves) == 0;
    /* After a fork the thread that has forked is the main thread. */
    if (has_main_key && pthread_atfork(NULL, NULL, main_begins) == 0 && gettid() == getpid())
        main_begins();
}

/* A part of a library that is unloaded, perhaps. */
__attribute__((destructor)) static void forget_the_main_thread(void)
{
    if (has_main_key)
        pthread_key_delete(main_key);
}

/* The kernel keeps a main thread that has left as a zombie until the process ends. */
static bool main_is_zombie(void)
{
    char stat[256];
    int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, stat, sizeof stat - 1);
    if (file >= 0)
        close(file);
    stat[length > 0 ? length : 0] = '\0';
    const char *name_end = strrchr(stat, ')');
    return name_end && name_end[1] && name_end[2] == 'Z';
}

static bool main_left(void)
{
    if (atomic_load(&main_has_left))
        return true;
    if (atomic_load(&main_will_tell) || !main_is_zombie())
        return false;
    atomic_store(&main_has_left, true);
    return true;
}

/* ---- what is left? ---- */

/* The threads of this process, with the main thread that has left; 0: cannot be known. */
static int count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;
    for (struct dirent *entry; tasks && (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    if (tasks)
        closedir(tasks);
    return count;
}

/* Threads are made by the program's threads only, so that once there is none there will be none. */
static void *watch(void *unused)
{
    const struct timespec second = {1, 0}, moment = {0, 50000000};
    while (!main_left())
        nanosleep(&second, NULL);
    for (int threads; (threads = count_threads()) > 0;) {
        if (threads <= atomic_load(&idle_threads) + 1)
            exit(0);
        nanosleep(&moment, NULL);
    }
    return unused;
}

static void watch_if_needed(void)
{
    bool may_be_needed = atomic_load(&main_has_left) || !atomic_load(&main_will_tell);
    if (may_be_needed && atomic_load(&idle_threads) > 0 && !atomic_exchange(&is_watched, true) &&
        thread_start_internal("ctxt-last", watch, NULL) != 0)
        atomic_store(&is_watched, false);
}

void last_threads_idle(int change)
{
    atomic_fetch_add(&idle_threads, change);
    watch_if_needed();
}

/* None of the threads is here. */
void last_threads_fork_child(void)
{
    atomic_store(&idle_threads, 0);
    atomic_store(&is_watched, false);
}
