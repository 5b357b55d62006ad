/*
 * Events are taken from the kernel under the same lock under which sockets are removed. So an event
 * never outlives its watch, and a socket number that is used again is never mistaken for the old
 * one.
 */
#include "hangup.h"

#include "reply.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct hangup_watcher {
    int epoll;
    ctxt_task_t *task;
    pthread_mutex_t lock;
};

static void cancel_requests_of_those_gone(struct hangup_watcher *watcher)
{
    struct epoll_event gone[64];
    pthread_mutex_lock(&watcher->lock);
    int count = epoll_wait(watcher->epoll, gone, sizeof gone / sizeof gone[0], 0);
    for (int i = 0; i < count; i++) {
        struct hangup_watch *watch = gone[i].data.ptr;
        watch->noticed_ns = ctxt_now();
        ctxt_cancel_cause(watch->context, STATUS_CLIENT_HUNG_UP, "client hung up");
    }
    pthread_mutex_unlock(&watcher->lock);
}

static int watch_for_hangups(ctxt_t *server, void *argument)
{
    struct hangup_watcher *watcher = argument;
    struct pollfd events = {.fd = watcher->epoll, .events = POLLIN};
    ctxt_task_set_name(NULL, "hang-ups");
    while (ctxt_poll(server, &events, 1, CTXT_NEVER) >= 0)
        cancel_requests_of_those_gone(watcher);
    return 0;
}

struct hangup_watcher *hangup_start(ctxt_t *server)
{
    struct hangup_watcher *watcher = calloc(1, sizeof *watcher);
    if (!watcher)
        return NULL;
    pthread_mutex_init(&watcher->lock, NULL);
    watcher->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (watcher->epoll >= 0)
        watcher->task = ctxt_go(server, watch_for_hangups, watcher);
    if (watcher->task)
        return watcher;
    int error = errno;
    if (watcher->epoll >= 0)
        close(watcher->epoll);
    free(watcher);
    errno = error;
    return NULL;
}

void hangup_stop(struct hangup_watcher *watcher)
{
    if (!watcher)
        return;
    ctxt_join(ctxt_background(), watcher->task, NULL);
    close(watcher->epoll);
    pthread_mutex_destroy(&watcher->lock);
    free(watcher);
}

int hangup_watch(struct hangup_watcher *watcher, struct hangup_watch *watch, int socket,
                 ctxt_t *context)
{
    *watch = (struct hangup_watch){.socket = socket, .context = context};
    /* One report is enough: the request is cancelled then. */
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.ptr = watch};
    return epoll_ctl(watcher->epoll, EPOLL_CTL_ADD, socket, &event) == 0 ? 0 : errno;
}

void hangup_forget(struct hangup_watcher *watcher, struct hangup_watch *watch)
{
    pthread_mutex_lock(&watcher->lock);
    epoll_ctl(watcher->epoll, EPOLL_CTL_DEL, watch->socket, NULL);
    pthread_mutex_unlock(&watcher->lock);
}
