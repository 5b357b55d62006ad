#include "runtime/watcher.h"

#include "base/invariant.h"
#include "runtime/done_fd.h"
#include "runtime/own_threads.h"
#include "runtime/ranked_lock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct watch {
    struct watch *next, *previous; /* in the list, while `waiting` */
    void (*function)(void *);
    void *argument;
    int descriptor;
    bool waiting;                /* under the lock */
    _Atomic uint32_t references; /* of the list or the call, and of whoever added it */
};

static struct lock watcher_lock;
static struct watch *watches;
static uint32_t watch_count;
static bool thread_runs;
static int wake_fd = -1;

static void unref(struct watch *watch, uint32_t count)
{
    if (atomic_fetch_sub(&watch->references, count) == count)
        free(watch);
}

static void take_out(struct watch *watch)
{
    invariant(lock_is_held(&watcher_lock) && watch->waiting && watch_count > 0);
    invariant((watch->previous ? watch->previous->next : watches) == watch);
    if (watch->previous)
        watch->previous->next = watch->next;
    else
        watches = watch->next;
    if (watch->next)
        watch->next->previous = watch->previous;
    watch->waiting = false;
    watch_count--;
}

/* The descriptors to poll, the wake-up first; NULL when there is no memory just now. */
static struct pollfd *gather(nfds_t *count)
{
    leaf_lock_take(&watcher_lock);
    nfds_t room = watch_count + 1;
    leaf_lock_release(&watcher_lock);
    struct pollfd *list = calloc(room, sizeof *list);
    if (!list)
        return NULL;
    list[0] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
    nfds_t n = 1;
    leaf_lock_take(&watcher_lock);
    for (struct watch *w = watches; w && n < room; w = w->next)
        list[n++] = (struct pollfd){.fd = w->descriptor, .events = POLLIN};
    leaf_lock_release(&watcher_lock);
    *count = n;
    return list;
}

/*
 * One watch whose descriptor is this one, out of the list; NULL: none. Asked again under the lock:
 * since it was found ready it may have been closed and its number given to another.
 */
static struct watch *take_ready(int descriptor)
{
    leaf_lock_take(&watcher_lock);
    struct watch *watch = watches;
    while (watch && watch->descriptor != descriptor)
        watch = watch->next;
    struct pollfd again = {.fd = descriptor, .events = POLLIN};
    if (watch && poll(&again, 1, 0) == 0)
        watch = NULL;
    if (watch)
        take_out(watch);
    leaf_lock_release(&watcher_lock);
    return watch;
}

static void call_ready(const struct pollfd *list, nfds_t count)
{
    for (nfds_t i = 1; i < count; i++) {
        struct watch *watch = list[i].revents ? take_ready(list[i].fd) : NULL;
        if (!watch)
            continue;
        watch->function(watch->argument);
        unref(watch, 1);
    }
}

static void *run(void *unused)
{
    (void)unused;
    for (;;) {
        nfds_t count = 0;
        struct pollfd *list = gather(&count);
        struct pollfd only_wake = {.fd = wake_fd, .events = POLLIN};
        poll(list ? list : &only_wake, list ? count : 1, list ? -1 : 100);
        eventfd_t ignored;
        eventfd_read(wake_fd, &ignored);
        if (list)
            call_ready(list, count);
        free(list);
    }
    return NULL;
}

/* False: errno says what there was none of. */
static bool start_thread(void)
{
    if (thread_runs)
        return true;
    if (wake_fd < 0 && (wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
        return false;
    thread_runs = own_thread_start("ctxt-watcher", run, NULL) == 0;
    if (!thread_runs)
        errno = ENOMEM;
    return thread_runs;
}

struct watch *watcher_add(int descriptor, void (*function)(void *), void *argument)
{
    struct watch *watch = malloc(sizeof *watch);
    if (!watch)
        return NULL;
    *watch = (struct watch){.function = function,
                            .argument = argument,
                            .descriptor = descriptor,
                            .waiting = true,
                            .references = 2};
    leaf_lock_take(&watcher_lock);
    bool started = start_thread();
    if (started) {
        watch->next = watches;
        if (watches)
            watches->previous = watch;
        watches = watch;
        watch_count++;
    }
    leaf_lock_release(&watcher_lock);
    if (!started) {
        int saved = errno;
        free(watch);
        errno = saved;
        return NULL;
    }
    done_fd_signal(wake_fd);
    return watch;
}

bool watcher_remove(struct watch *watch)
{
    leaf_lock_take(&watcher_lock);
    bool waiting = watch->waiting;
    if (waiting)
        take_out(watch);
    leaf_lock_release(&watcher_lock);
    unref(watch, waiting ? 2 : 1);
    return waiting;
}

void watcher_fork_child(void)
{
    thread_runs = false;
    if (wake_fd >= 0)
        close(wake_fd);
    wake_fd = -1;
}

void watcher_fork_resume(void)
{
    leaf_lock_take(&watcher_lock);
    if (watches)
        start_thread();
    leaf_lock_release(&watcher_lock);
}
