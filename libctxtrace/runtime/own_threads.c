#include "runtime/own_threads.h"

#include "base/clock.h"
#include "record/record.h"
#include "runtime/thread.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic int idle_threads;
static _Atomic unsigned idle_changes; /* how often that has changed */
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
    if (has_main_key && gettid() == getpid())
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

/*
 * Is nothing left but idle threads of the library's own, all the while it was looked? `changes`
 * tells this look from another one. 0: no; 1: yes; -1: cannot be known.
 */
static int only_idle_are_left(unsigned *changes)
{
    *changes = atomic_load(&idle_changes);
    int idle = atomic_load(&idle_threads);
    int threads = count_threads();
    if (threads == 0)
        return -1;
    return threads <= idle + 1 && atomic_load(&idle_changes) == *changes;
}

/*
 * Threads are made by the program's threads only, so that once there is none there will be none.
 * Two looks must agree: one reads a list of threads that may change meanwhile.
 */
static void *watch(void *unused)
{
    const struct timespec second = timespec_of(NS_PER_SECOND), moment = timespec_of(50 * NS_PER_MS);
    while (!main_left())
        nanosleep(&second, NULL);
    unsigned changes, changes_before = 0;
    int left, left_before = 0;
    while ((left = only_idle_are_left(&changes)) >= 0) {
        if (left && left_before && changes == changes_before)
            exit(0);
        left_before = left;
        changes_before = changes;
        nanosleep(&moment, NULL);
    }
    return unused;
}

static void watch_if_needed(void)
{
    bool may_be_needed = atomic_load(&main_has_left) || !atomic_load(&main_will_tell);
    if (may_be_needed && atomic_load(&idle_threads) > 0 && !atomic_exchange(&is_watched, true) &&
        own_thread_start("ctxt-last", watch, NULL) != 0)
        atomic_store(&is_watched, false);
}

void own_threads_idle(int change)
{
    atomic_fetch_add(&idle_threads, change);
    atomic_fetch_add(&idle_changes, 1);
    watch_if_needed();
}

void own_threads_fork_child(void)
{
    atomic_store(&idle_threads, 0);
    atomic_store(&is_watched, false);
    if (has_main_key) /* after a fork the thread that has forked is the main thread */
        main_begins();
}

/* ---- starting one ---- */

struct own_start {
    struct runtime_thread *thread;
    const char *name;
    void *(*function)(void *);
    void *argument;
};

static void *run_counted(void *argument)
{
    struct own_start start = *(struct own_start *)argument;
    free(argument);
    thread_adopt(start.thread);
    pthread_setname_np(pthread_self(), start.name);
    record_thread_is_internal(start.name);
    own_threads_idle(1);
    void *result = start.function(start.argument);
    own_threads_idle(-1);
    return result;
}

int own_thread_start(const char *name, void *(*function)(void *), void *argument)
{
    struct own_start *start = malloc(sizeof *start);
    struct runtime_thread *reserved = start ? thread_reserve() : NULL;
    if (!reserved) {
        free(start);
        return EAGAIN;
    }
    *start = (struct own_start){reserved, name, function, argument};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int failed = pthread_create(&thread, &attributes, run_counted, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (!failed)
        return 0;
    thread_record_give_back(reserved);
    free(start);
    return EAGAIN;
}
