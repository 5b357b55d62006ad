/*
 * Blocking calls that end when a context does.
 *
 * All return as the call that they are named after does; if the context has ended or ends while
 * they wait, they return -1 with errno ctxt_err(): ECANCELED or ETIMEDOUT. What a call has done
 * before (bytes read, bytes written) is never lost: it is returned, and the end of the context is
 * met by the next call. Nothing is left behind: no thread, no descriptor, no change of O_NONBLOCK.
 *
 * Sockets may be blocking or not (they are used with MSG_DONTWAIT). Other descriptors must be in
 * non-blocking mode, otherwise EINVAL: a blocking read could not be given up.
 *
 * Those that wait for descriptors wait for the context's done descriptor as well: -1 with errno
 * EMFILE, ENFILE or ENOMEM if it had none yet and it could not be made.
 *
 * Every function may be called by any number of threads, none from a signal handler. Signals do not
 * end them (no EINTR). Those that wait for descriptors are cancellation points (pthread_cancel());
 * ctxt_sleep() and the condition variable are not, see <ctxtrace/task.h>.
 */
#ifndef CTXTRACE_BLOCKING_H
#define CTXTRACE_BLOCKING_H

#include <ctxtrace/context.h>

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/types.h>

CTXT_BEGIN_C

/* Sleeps. 0 when the time has passed, otherwise the context's error number (not -1 and errno). */
CTXT_API int ctxt_sleep(ctxt_t *context, int64_t duration_ns);

/* poll(2); the timeout is in nanoseconds, CTXT_NEVER for none. */
CTXT_API int ctxt_poll(ctxt_t *context, struct pollfd *descriptors, nfds_t count,
                       int64_t timeout_ns);

/* read(2) and write(2): waits until at least one byte can be moved, or end of file. */
CTXT_API ssize_t ctxt_read(ctxt_t *context, int descriptor, void *buffer, size_t size);
CTXT_API ssize_t ctxt_write(ctxt_t *context, int descriptor, const void *buffer, size_t size);
/*
 * Writes all of it, or as much as could be before the context ended or an error came (< size, errno
 * says why). -1 if that was nothing.
 */
CTXT_API ssize_t ctxt_write_all(ctxt_t *context, int descriptor, const void *buffer, size_t size);

/*
 * recv(2) and send(2), MSG_NOSIGNAL implied. MSG_WAITALL has no effect; with MSG_DONTWAIT nothing
 * is waited for.
 */
CTXT_API ssize_t ctxt_recv(ctxt_t *context, int socket, void *buffer, size_t size, int flags);
CTXT_API ssize_t ctxt_send(ctxt_t *context, int socket, const void *buffer, size_t size, int flags);

/*
 * accept4(2), flags as there. The listening socket should be in non-blocking mode: if it is not,
 * and another thread takes the connection away after it was announced, this call waits for the next
 * one without looking at the context; therefore EINVAL.
 */
CTXT_API int ctxt_accept(ctxt_t *context, int socket, struct sockaddr *address, socklen_t *length,
                         int flags);

/*
 * connect(2). The socket must be in non-blocking mode, otherwise EINVAL. If the context ends, the
 * connection attempt goes on in the kernel: close the socket. A Unix domain socket whose peer's
 * queue is full fails with EAGAIN, because the kernel does not tell when there is room again.
 */
CTXT_API int ctxt_connect(ctxt_t *context, int socket, const struct sockaddr *address,
                          socklen_t length);

/* ---- a condition variable ---- */

/*
 * Like pthread_cond_t, but waiting ends with a context; or Go's sync.Cond. Used with a pthread
 * mutex. No wake-up is lost or spurious, nothing polls, and the mutex is never taken inside a
 * cancel. Still ask again what you have waited for: another task may have been faster to take the
 * mutex. Initialise with CTXT_COND_INIT or zeroes; needs no destruction, but nobody may wait on it
 * when its memory goes. A copy is a condition of its own, and must be made while nobody waits (Go
 * panics when a copy is used).
 */
typedef struct ctxt_cond {
    uint32_t lock;
    uint32_t reserved;
    void *first;
    void *last;
} ctxt_cond_t;

#define CTXT_COND_INIT                                                                             \
    {                                                                                              \
        0, 0, NULL, NULL                                                                           \
    }

/*
 * Releases the mutex, waits, takes the mutex again. 0: signalled; otherwise
 * ctxt_err(context), the mutex being held then, too. A signal that has chosen this waiter is never
 * lost: if both came at once, the result is 0.
 */
CTXT_API int ctxt_cond_wait(ctxt_t *context, ctxt_cond_t *condition, pthread_mutex_t *mutex);
/* The same, at most `timeout_ns`: EAGAIN when that has passed. */
CTXT_API int ctxt_cond_timedwait(ctxt_t *context, ctxt_cond_t *condition, pthread_mutex_t *mutex,
                                 int64_t timeout_ns);
/* Wakes one waiter, if there is one. With the mutex held or not. */
CTXT_API void ctxt_cond_signal(ctxt_cond_t *condition);
CTXT_API void ctxt_cond_broadcast(ctxt_cond_t *condition);

CTXT_END_C

#endif
