#include "runtime/last_threads.h"

#include "runtime/fork.h"
#include "runtime/thread.h"
#include <dirent.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

static _Atomic int idle_threads;
static _Atomic bool main_has_left, is_watched;

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
    const struct timespec between = {0, 50000000};
    for (int threads; (threads = count_threads()) > 0;) {
        if (threads <= atomic_load(&idle_threads) + 1)
            exit(0);
        nanosleep(&between, NULL);
    }
    return unused;
}

static void watch_if_needed(void)
{
    if (atomic_load(&main_has_left) && atomic_load(&idle_threads) > 0 &&
        !atomic_exchange(&is_watched, true) && thread_start_internal("ctxt-last", watch, NULL) != 0)
        atomic_store(&is_watched, false);
}

void last_threads_main_has_left(void)
{
    atomic_store(&main_has_left, true);
    watch_if_needed();
}

void last_threads_idle(int change)
{
    atomic_fetch_add(&idle_threads, change);
    watch_if_needed();
}

/* None of the threads is here; the one that forked is the child's main thread. */
void last_threads_fork_child(void)
{
    atomic_store(&idle_threads, 0);
    atomic_store(&main_has_left, false);
    atomic_store(&is_watched, false);
}
