/* Sleeping, polling, reading and writing until a context ends; how: see descriptor.h. */
#include "runtime/bounded.h"
#include "runtime/descriptor.h"
#include "runtime/node.h"
#include "runtime/wait.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int ctxt_sleep(ctxt_t *context, int64_t duration_ns)
{
    if (!node_check(context, __func__))
        return EINVAL;
    int error = node_err(context);
    if (error || duration_ns <= 0)
        return error;
    struct bounded wait;
    error = bounded_begin(&wait, context);
    if (error)
        return error;
    struct record_wait what = {.object = OBJECT_TIMER, .operation = WAIT_SLEEP};
    error = bounded_block(&wait, &what, wait_until(duration_ns));
    bounded_finish(&wait, NULL);
    return error == EAGAIN ? 0 : error;
}

/* ---- polling ---- */

/* `polled` is a copy of the caller's with room for one more, the context's. */
static int poll_with_done(ctxt_t *context, struct pollfd *polled, nfds_t count,
                          struct record_wait *records, int64_t until_ns)
{
    polled[count] = (struct pollfd){.events = POLLIN};
    if (!descriptor_done(context, &polled[count].fd))
        return -1;
    /* First without waiting, which needs no record. */
    int ready = descriptor_poll(polled, count + 1, 0);
    if (ready == 0 && until_ns > 0) {
        uint32_t token = 0;
        if (recording()) {
            for (nfds_t i = 0; i < count; i++)
                records[i] = descriptor_describe(polled[i].fd, WAIT_POLL, context, until_ns);
            token = record_wait_begin(records, (uint32_t)count);
        }
        ready = descriptor_poll(polled, count + 1, until_ns);
        int saved = errno;
        record_wait_end(token);
        errno = saved;
    }
    if (ready < 0)
        return -1;
    bool ended = polled[count].revents != 0;
    ready -= ended;
    return ready == 0 && ended ? descriptor_fail_as_ended(context) : ready;
}

static void keep_results(struct pollfd *descriptors, const struct pollfd *polled, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++)
        descriptors[i].revents = polled[i].revents;
}

static int poll_copy(ctxt_t *context, struct pollfd *descriptors, nfds_t count,
                     struct pollfd *polled, struct record_wait *records, int64_t until_ns)
{
    if (count > 0)
        memcpy(polled, descriptors, count * sizeof *polled);
    int ready = poll_with_done(context, polled, count, records, until_ns);
    if (ready >= 0)
        keep_results(descriptors, polled, count);
    return ready;
}

static void free_keeping_errno(void *memory)
{
    int saved = errno;
    free(memory);
    errno = saved;
}

/* poll(2) is a cancellation point, at which the thread may end. */
static int poll_many(ctxt_t *context, struct pollfd *descriptors, nfds_t count, int64_t until_ns)
{
    struct record_wait *records = NULL;
    size_t room = count * sizeof *records + (count + 1) * sizeof *descriptors;
    if (count < INT32_MAX)
        records = calloc(1, room);
    if (!records) {
        errno = ENOMEM;
        return -1;
    }
    struct pollfd *polled = (struct pollfd *)(records + count);
    int ready;
    pthread_cleanup_push(free_keeping_errno, records);
    ready = poll_copy(context, descriptors, count, polled, records, until_ns);
    pthread_cleanup_pop(1);
    return ready;
}

int ctxt_poll(ctxt_t *context, struct pollfd *descriptors, nfds_t count, int64_t timeout_ns)
{
    enum { FEW = 8 };
    if (descriptor_begin(context, __func__) < 0)
        return -1;
    int64_t until_ns = timeout_ns > 0 ? wait_until(timeout_ns) : 0;
    if (count > FEW)
        return poll_many(context, descriptors, count, until_ns);
    struct pollfd polled[FEW + 1];
    struct record_wait records[FEW + 1];
    return poll_copy(context, descriptors, count, polled, records, until_ns);
}

/* ---- reading and writing ---- */

static ssize_t read_now(int descriptor, void *buffer, size_t size)
{
    ssize_t count;
    do
        count = recv(descriptor, buffer, size, MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    if (count >= 0 || errno != ENOTSOCK)
        return count;
    if (!descriptor_is_nonblocking(descriptor))
        return -1;
    do
        count = read(descriptor, buffer, size);
    while (count < 0 && errno == EINTR);
    return count;
}

static ssize_t write_now(int descriptor, const void *buffer, size_t size)
{
    ssize_t count;
    do
        count = send(descriptor, buffer, size, MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    if (count >= 0 || errno != ENOTSOCK)
        return count;
    if (!descriptor_is_nonblocking(descriptor))
        return -1;
    do
        count = write(descriptor, buffer, size);
    while (count < 0 && errno == EINTR);
    return count;
}

ssize_t ctxt_read(ctxt_t *context, int descriptor, void *buffer, size_t size)
{
    if (descriptor_begin(context, __func__) < 0)
        return -1;
    for (;;) {
        ssize_t count = read_now(descriptor, buffer, size);
        if (count >= 0 || !descriptor_would_block())
            return count;
        if (descriptor_wait(context, descriptor, POLLIN, WAIT_READ) < 0)
            return -1;
    }
}

ssize_t ctxt_write(ctxt_t *context, int descriptor, const void *buffer, size_t size)
{
    if (descriptor_begin(context, __func__) < 0)
        return -1;
    for (;;) {
        ssize_t count = write_now(descriptor, buffer, size);
        if (count >= 0 || !descriptor_would_block())
            return count;
        if (descriptor_wait(context, descriptor, POLLOUT, WAIT_WRITE) < 0)
            return -1;
    }
}

ssize_t ctxt_write_all(ctxt_t *context, int descriptor, const void *buffer, size_t size)
{
    const char *bytes = buffer;
    size_t written = 0;
    do {
        ssize_t count = ctxt_write(context, descriptor, bytes + written, size - written);
        if (count < 0)
            return written > 0 ? (ssize_t)written : -1;
        written += (size_t)count;
        if (count == 0)
            break;
    } while (written < size);
    return (ssize_t)written;
}
