/* Sockets, blocking ones and others, until a context ends. */
#include "blocked.h"
#include "runtime_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int cancel_soon(ctxt_t *context, void *argument)
{
    (void)argument;
    pause_ns(5 * CTXT_MILLISECOND);
    ctxt_cancel(context);
    return 0;
}

struct brief {
    ctxt_t *context;
    ctxt_task_t *canceller;
};

static struct brief brief_begin(void)
{
    struct brief brief = {.context = ctxt_with_cancel(ctxt_background())};
    brief.canceller = ctxt_go(brief.context, cancel_soon, NULL);
    return brief;
}

static void brief_end(struct brief *brief)
{
    ctxt_join(ctxt_background(), brief->canceller, NULL);
    ctxt_unref(brief->context);
}

static void reading_a_blocking_socket_is_cancelled(void **state)
{
    (void)state;
    int pair[2];
    char buffer[16] = "";
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(write(pair[1], "half", 4), 4);
    assert_int_equal(ctxt_read(ctxt_background(), pair[0], buffer, sizeof buffer), 4);
    struct brief brief = brief_begin();
    errno = 0;
    assert_int_equal(ctxt_read(brief.context, pair[0], buffer, sizeof buffer), -1);
    assert_int_equal(errno, ECANCELED);
    brief_end(&brief);
    /* Nothing that comes afterwards is lost, and the socket is as it was. */
    assert_int_equal(write(pair[1], "rest", 4), 4);
    assert_int_equal(ctxt_recv(ctxt_background(), pair[0], buffer, sizeof buffer, 0), 4);
    assert_memory_equal(buffer, "rest", 4);
    assert_int_equal(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0);
    close(pair[0]);
    close(pair[1]);
}

static void receiving(void **state)
{
    (void)state;
    int pair[2];
    char buffer[16] = "";
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    errno = 0;
    assert_int_equal(ctxt_recv(ctxt_background(), pair[0], buffer, 16, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    ctxt_scope c = ctxt_with_timeout(ctxt_background(), 5 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_recv(c, pair[0], buffer, 16, 0), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(ctxt_send(ctxt_background(), pair[1], "abc", 3, 0), 3);
    assert_int_equal(ctxt_recv(ctxt_background(), pair[0], buffer, 16, MSG_PEEK), 3);
    assert_int_equal(ctxt_recv(ctxt_background(), pair[0], buffer, 16, 0), 3);
    close(pair[1]);
    assert_int_equal(ctxt_recv(ctxt_background(), pair[0], buffer, 16, 0), 0);
    /* No SIGPIPE. */
    assert_int_equal(ctxt_send(ctxt_background(), pair[0], "abc", 3, 0), -1);
    assert_int_equal(errno, EPIPE);
    close(pair[0]);
}

static void sending_to_a_full_socket_is_cancelled(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    char block[4096] = "";
    ssize_t sent;
    while ((sent = ctxt_send(ctxt_background(), pair[0], block, sizeof block, MSG_DONTWAIT)) > 0)
        ;
    assert_int_equal(errno, EAGAIN);
    struct brief brief = brief_begin();
    errno = 0;
    assert_int_equal(ctxt_send(brief.context, pair[0], block, sizeof block, 0), -1);
    assert_int_equal(errno, ECANCELED);
    brief_end(&brief);
    brief = brief_begin();
    errno = 0;
    assert_int_equal(ctxt_write(brief.context, pair[0], block, sizeof block), -1);
    assert_int_equal(errno, ECANCELED);
    brief_end(&brief);
    close(pair[0]);
    close(pair[1]);
}

/* ---- connections ---- */

static int listener_new(int flags, struct sockaddr_in *address)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof *address;
    assert_int_equal(bind(listener, (struct sockaddr *)address, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)address, &length), 0);
    return listener;
}

static int client_new(int flags)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

struct caller {
    struct sockaddr_in address;
    int socket;
};

static int call_later(ctxt_t *context, void *argument)
{
    struct caller *caller = argument;
    pause_ns(5 * CTXT_MILLISECOND);
    caller->socket = client_new(SOCK_NONBLOCK);
    return ctxt_connect(context, caller->socket, (struct sockaddr *)&caller->address,
                        sizeof caller->address);
}

static void accepting(void **state)
{
    (void)state;
    struct caller caller;
    int listener = listener_new(SOCK_NONBLOCK, &caller.address);
    struct brief brief = brief_begin();
    errno = 0;
    assert_int_equal(ctxt_accept(brief.context, listener, NULL, NULL, 0), -1);
    assert_int_equal(errno, ECANCELED);
    brief_end(&brief);

    ctxt_scope c = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(c, call_later, &caller);
    struct sockaddr_in peer = {0};
    socklen_t length = sizeof peer;
    int accepted = ctxt_accept(c, listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC);
    assert_true(accepted >= 0);
    assert_int_equal(peer.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_true(fcntl(accepted, F_GETFD) & FD_CLOEXEC);
    int result = -1;
    assert_int_equal(ctxt_join(ctxt_background(), task, &result), 0);
    assert_int_equal(result, 0);
    char buffer[4];
    assert_int_equal(ctxt_write_all(c, caller.socket, "hi", 2), 2);
    assert_int_equal(ctxt_read(c, accepted, buffer, sizeof buffer), 2);
    close(accepted);
    close(caller.socket);
    close(listener);
}

static void connecting(void **state)
{
    (void)state;
    struct sockaddr_in address;
    int listener = listener_new(SOCK_NONBLOCK, &address);
    ctxt_scope c = ctxt_with_cancel(ctxt_background());
    int client = client_new(SOCK_NONBLOCK);
    assert_int_equal(ctxt_connect(c, client, (struct sockaddr *)&address, sizeof address), 0);
    close(client);
    close(listener);

    client = client_new(SOCK_NONBLOCK);
    errno = 0;
    assert_int_equal(ctxt_connect(c, client, (struct sockaddr *)&address, sizeof address), -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(client);
}

/* A listener that accepts nobody: once its queue is full, the next caller's attempt hangs. */
static void connecting_is_cancelled(void **state)
{
    (void)state;
    enum { CALLERS = 8 };
    struct sockaddr_in address;
    int listener = listener_new(SOCK_NONBLOCK, &address), clients[CALLERS], given_up = 0;
    for (int i = 0; i < CALLERS; i++) {
        clients[i] = client_new(SOCK_NONBLOCK);
        ctxt_scope c = ctxt_with_timeout(ctxt_background(), 20 * CTXT_MILLISECOND);
        int result = ctxt_connect(c, clients[i], (struct sockaddr *)&address, sizeof address);
        if (result < 0) {
            assert_int_equal(errno, ETIMEDOUT);
            given_up++;
        }
    }
    assert_true(given_up > 0);
    for (int i = 0; i < CALLERS; i++)
        close(clients[i]);
    close(listener);
}

static void blocking_sockets_cannot_accept_or_connect(void **state)
{
    (void)state;
    struct sockaddr_in address;
    int listener = listener_new(0, &address), client = client_new(0);
    errno = 0;
    assert_int_equal(ctxt_accept(ctxt_background(), listener, NULL, NULL, 0), -1);
    assert_int_equal(errno, EINVAL);
    errno = 0;
    assert_int_equal(
        ctxt_connect(ctxt_background(), client, (struct sockaddr *)&address, sizeof address), -1);
    assert_int_equal(errno, EINVAL);
    close(client);
    close(listener);
}

/* ---- many clients, each cancelled at some moment of a transfer ---- */

struct transfer {
    int socket;
    _Atomic size_t bytes;
};

static int send_counted(ctxt_t *context, void *argument)
{
    struct transfer *transfer = argument;
    char block[1000];
    memset(block, 'x', sizeof block);
    for (;;) {
        ssize_t sent = ctxt_write_all(context, transfer->socket, block, sizeof block);
        if (sent > 0)
            transfer->bytes += (size_t)sent;
        if (sent < (ssize_t)sizeof block)
            return 0;
    }
}

static int receive_counted(ctxt_t *context, void *argument)
{
    struct transfer *transfer = argument;
    char block[777];
    ssize_t count;
    while ((count = ctxt_read(context, transfer->socket, block, sizeof block)) > 0)
        transfer->bytes += (size_t)count;
    return 0;
}

/* Sender and receiver are cancelled; what was sent is what was received and what is still there. */
static void no_byte_is_lost_when_both_sides_are_cancelled(void **state)
{
    (void)state;
    size_t total = 0;
    for (int round = 0; round < 40; round++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        struct transfer out = {.socket = pair[0]}, in = {.socket = pair[1]};
        ctxt_scope c = ctxt_with_timeout(ctxt_background(), 3 * CTXT_MILLISECOND);
        ctxt_task_t *sender = ctxt_go(c, send_counted, &out);
        ctxt_task_t *receiver = ctxt_go(c, receive_counted, &in);
        ctxt_join(ctxt_background(), sender, NULL);
        ctxt_join(ctxt_background(), receiver, NULL);
        total += out.bytes;
        close(pair[0]);
        assert_int_equal(receive_counted(ctxt_background(), &in), 0);
        assert_int_equal(out.bytes, in.bytes);
        close(pair[1]);
    }
    assert_true(total > 0);
}

/* ---- error queues ---- */

/* A UDP socket that keeps errors in its queue, with one in it: it is POLLERR from now on. */
static int socket_with_an_error_queued(void)
{
    struct sockaddr_in nobody;
    close(listener_new(0, &nobody)); /* a port that nobody listens at */
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;
    assert_int_equal(setsockopt(udp, SOL_IP, IP_RECVERR, &on, sizeof on), 0);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(udp, (struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(sendto(udp, "x", 1, 0, (struct sockaddr *)&nobody, sizeof nobody), 1);
    struct pollfd polled = {.fd = udp};
    assert_int_equal(poll(&polled, 1, -1), 1);
    assert_int_equal(polled.revents, POLLERR);
    return udp;
}

static int64_t processor_time(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * CTXT_SECOND + used.tv_nsec;
}

static int send_to_it_later(ctxt_t *context, void *argument)
{
    (void)context;
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    getsockname(*(int *)argument, (struct sockaddr *)&address, &length);
    pause_ns(5 * CTXT_MILLISECOND);
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ssize_t sent = sendto(udp, "data", 4, 0, (struct sockaddr *)&address, length);
    close(udp);
    return (int)sent;
}

static void an_error_queue_is_no_busy_loop(void **state)
{
    (void)state;
    int udp = socket_with_an_error_queued();
    char buffer[8];
    errno = 0;
    assert_int_equal(ctxt_read(ctxt_background(), udp, buffer, sizeof buffer), -1);
    assert_int_equal(errno, ECONNREFUSED); /* the error itself is told once */

    int64_t before = processor_time();
    ctxt_scope brief = ctxt_with_timeout(ctxt_background(), 200 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_read(brief, udp, buffer, sizeof buffer), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_true(processor_time() - before < 50 * CTXT_MILLISECOND);

    ctxt_task_t *task = ctxt_go(ctxt_background(), send_to_it_later, &udp);
    assert_int_equal(ctxt_read(ctxt_background(), udp, buffer, sizeof buffer), 4);
    int sent;
    ctxt_join(ctxt_background(), task, &sent);
    assert_int_equal(sent, 4);
    close(udp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_a_blocking_socket_is_cancelled),
        cmocka_unit_test(receiving),
        cmocka_unit_test(sending_to_a_full_socket_is_cancelled),
        cmocka_unit_test(accepting),
        cmocka_unit_test(connecting),
        cmocka_unit_test(connecting_is_cancelled),
        cmocka_unit_test(blocking_sockets_cannot_accept_or_connect),
        cmocka_unit_test(an_error_queue_is_no_busy_loop),
        cmocka_unit_test(no_byte_is_lost_when_both_sides_are_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
