#include "runtime/descriptor.h"

#include "base/clock.h"
#include "runtime/end_watch.h"
#include "runtime/node.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

int descriptor_begin(ctxt_t *context, const char *function)
{
    if (!node_check(context, function))
        return -1;
    int error = node_err(context);
    if (!error)
        return 0;
    errno = error;
    return -1;
}

bool descriptor_would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

bool descriptor_is_nonblocking(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0)
        return false;
    if (flags & O_NONBLOCK)
        return true;
    errno = EINVAL;
    return false;
}

bool descriptor_done(ctxt_t *context, int *fd)
{
    *fd = -1;
    if (!context->line)
        return true;
    errno = 0;
    *fd = ctxt_done_fd(context);
    return *fd >= 0 || errno == 0;
}

int descriptor_poll(struct pollfd *polled, nfds_t count, int64_t until_ns)
{
    for (;;) {
        int64_t left = until_ns == CTXT_NEVER ? CTXT_NEVER : until_ns - now_ns();
        if (left < 0)
            left = 0;
        struct timespec limit = timespec_of(left);
        int ready = ppoll(polled, count, left == CTXT_NEVER ? NULL : &limit, NULL);
        if (ready >= 0 || errno != EINTR)
            return ready;
    }
}

int descriptor_fail_as_ended(ctxt_t *context)
{
    int error = node_err(context);
    errno = error ? error : ECANCELED; /* a custom context whose Done came before its error */
    return -1;
}

struct record_wait descriptor_describe(int descriptor, uint8_t operation, ctxt_t *context,
                                       int64_t until_ns)
{
    return (struct record_wait){.object = OBJECT_DESCRIPTOR,
                                .operation = operation,
                                .object_id = (uint64_t)(int64_t)descriptor,
                                .until_ns = until_ns,
                                .bounded_by_id = end_watch_id(context)};
}

/* ---- error queues ---- */

/*
 * A socket with messages in its error queue (time stamps, IP_RECVERR) is POLLERR all the time,
 * while reading from it would block. Polling it again would be a busy loop; only edges help then.
 */

enum trouble { TRY_THE_CALL, FAILED, ERROR_QUEUE };

/* What POLLERR alone means. FAILED: errno is the socket's error, which asking has taken away. */
static enum trouble look_at_error(int descriptor)
{
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return TRY_THE_CALL; /* not a socket */
    if (!error)
        return ERROR_QUEUE;
    errno = error;
    return FAILED;
}

static bool watch(int epoll, int descriptor, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    return descriptor < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

/* 0: `events` have come; 1: the context has ended; -1: the socket's error, or another. */
static int wait_for_edges(int epoll, const struct pollfd polled[2])
{
    if (!watch(epoll, polled[0].fd, (uint32_t)polled[0].events | EPOLLET) ||
        !watch(epoll, polled[1].fd, EPOLLIN))
        return -1;
    for (;;) {
        struct epoll_event event;
        int ready = epoll_wait(epoll, &event, 1, -1);
        if (ready < 0 && errno != EINTR)
            return -1;
        if (ready <= 0)
            continue;
        if (event.data.fd == polled[1].fd)
            return 1;
        if (event.events != EPOLLERR)
            return 0;
        if (look_at_error(polled[0].fd) == FAILED)
            return -1;
    }
}

/* By the bare system call: close() is a cancellation point, too. */
static void close_keeping_errno(void *descriptor)
{
    int saved = errno;
    syscall(SYS_close, *(int *)descriptor);
    errno = saved;
}

static int wait_past_error_queue(ctxt_t *context, const struct pollfd polled[2])
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        return -1;
    int result;
    pthread_cleanup_push(close_keeping_errno, &epoll); /* waiting is a cancellation point */
    result = wait_for_edges(epoll, polled);
    pthread_cleanup_pop(1);
    return result == 1 ? descriptor_fail_as_ended(context) : result;
}

/* ---- waiting ---- */

static int wait_for_either(ctxt_t *context, struct pollfd polled[2])
{
    if (descriptor_poll(polled, 2, CTXT_NEVER) < 0)
        return -1;
    if (polled[0].revents == 0)
        return descriptor_fail_as_ended(context);
    if (polled[0].revents != POLLERR)
        return 0;
    switch (look_at_error(polled[0].fd)) {
    case FAILED:
        return -1;
    case ERROR_QUEUE:
        return wait_past_error_queue(context, polled);
    default:
        return 0;
    }
}

int descriptor_wait(ctxt_t *context, int descriptor, short events, uint8_t operation)
{
    struct pollfd polled[2] = {{.fd = descriptor, .events = events}, {.events = POLLIN}};
    /* Also when it is ready time and again, but others are always faster. */
    if (node_err(context) != 0)
        return descriptor_fail_as_ended(context);
    if (!descriptor_done(context, &polled[1].fd))
        return -1;
    uint32_t token = 0;
    if (recording()) {
        struct record_wait wait = descriptor_describe(descriptor, operation, context, CTXT_NEVER);
        token = record_wait_begin(&wait, 1);
    }
    int result = wait_for_either(context, polled);
    int saved = errno;
    record_wait_end(token);
    errno = saved;
    return result;
}
