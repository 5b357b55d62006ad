/* Sockets: receiving, sending, accepting and connecting until a context ends. */
#include "runtime/descriptor.h"

#include <errno.h>
#include <sys/socket.h>

ssize_t ctxt_recv(ctxt_t *context, int socket, void *buffer, size_t size, int flags)
{
    if (descriptor_begin(context, __func__) < 0)
        return -1;
    for (;;) {
        ssize_t count = recv(socket, buffer, size, flags | MSG_DONTWAIT);
        if (count >= 0)
            return count;
        if (errno == EINTR)
            continue;
        /* The queue of errors is never waited for, as with recv(2) itself. */
        if (!descriptor_would_block() || flags & (MSG_DONTWAIT | MSG_ERRQUEUE))
            return -1;
        short events = flags & MSG_OOB ? POLLPRI : POLLIN;
        if (descriptor_wait(context, socket, events, WAIT_READ) < 0)
            return -1;
    }
}

ssize_t ctxt_send(ctxt_t *context, int socket, const void *buffer, size_t size, int flags)
{
    if (descriptor_begin(context, __func__) < 0)
        return -1;
    for (;;) {
        ssize_t count = send(socket, buffer, size, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0)
            return count;
        if (errno == EINTR)
            continue;
        if (!descriptor_would_block() || flags & MSG_DONTWAIT)
            return -1;
        if (descriptor_wait(context, socket, POLLOUT, WAIT_WRITE) < 0)
            return -1;
    }
}

int ctxt_accept(ctxt_t *context, int socket, struct sockaddr *address, socklen_t *length, int flags)
{
    if (descriptor_begin(context, __func__) < 0 || !descriptor_is_nonblocking(socket))
        return -1;
    for (;;) {
        int accepted = accept4(socket, address, length, flags);
        if (accepted >= 0)
            return accepted;
        if (errno == EINTR)
            continue;
        if (!descriptor_would_block() || descriptor_wait(context, socket, POLLIN, WAIT_ACCEPT) < 0)
            return -1;
    }
}

/* How an attempt that was under way has ended. */
static int result_of_connecting(int socket)
{
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return -1;
    if (!error)
        return 0;
    errno = error;
    return -1;
}

int ctxt_connect(ctxt_t *context, int socket, const struct sockaddr *address, socklen_t length)
{
    if (descriptor_begin(context, __func__) < 0 || !descriptor_is_nonblocking(socket))
        return -1;
    if (connect(socket, address, length) == 0)
        return 0;
    /* Interrupted, or not finished: either way it goes on in the kernel. */
    if (errno != EINPROGRESS && errno != EINTR)
        return -1;
    if (descriptor_wait(context, socket, POLLOUT, WAIT_CONNECT) < 0)
        return -1;
    return result_of_connecting(socket);
}
