/* Blocking calls that end with a context: accept, connect, receive, send, poll, under time limits.
 */
#include "stay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>

enum { CLIENTS = 3 };

static struct sockaddr_in address;

static int answer(ctxt_t *context, void *argument)
{
    int peer = (int)(long)argument;
    char byte;
    ctxt_scope limit = ctxt_with_timeout(context, CTXT_SECOND);
    while (ctxt_recv(limit, peer, &byte, 1, 0) == 1 && ctxt_send(limit, peer, &byte, 1, 0) == 1)
        ;
    close(peer);
    return 0;
}

static int serve(ctxt_t *context, void *argument)
{
    for (;;) {
        int peer = ctxt_accept(context, (int)(long)argument, NULL, NULL, SOCK_CLOEXEC);
        if (peer < 0)
            return 0;
        ctxt_task_t *task = ctxt_go(context, answer, (void *)(long)peer);
        require(task != NULL, "no thread");
        ctxt_detach(task);
    }
}

static void ask(ctxt_t *context, int number)
{
    char byte = 'x';
    ctxt_scope limit = ctxt_with_timeout(context, 20 * CTXT_MILLISECOND);
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (ctxt_connect(limit, connection, (struct sockaddr *)&address, sizeof address) == 0) {
        for (int i = 0; i < number % 20; i++) {
            struct pollfd events = {.fd = connection, .events = POLLIN};
            ctxt_send(limit, connection, &byte, 1, 0);
            ctxt_poll(limit, &events, 1, 5 * CTXT_MILLISECOND);
            ctxt_recv(limit, connection, &byte, 1, 0);
        }
    }
    close(connection);
}

static int run_client(ctxt_t *context, void *unused)
{
    (void)unused;
    for (int number = 0; ctxt_err(context) == 0; number++) {
        ask(context, number);
        ctxt_sleep(context, CTXT_MILLISECOND); /* ports are not used up */
    }
    return 0;
}

int main(void)
{
    ctxt_task_t *tasks[1 + CLIENTS];
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
                listen(listener, 64) == 0 &&
                getsockname(listener, (struct sockaddr *)&address, &length) == 0,
            "no socket");
    ctxt_scope all = ctxt_with_cancel(ctxt_background());
    tasks[0] = ctxt_go(all, serve, (void *)(long)listener);
    for (int i = 1; i <= CLIENTS; i++)
        tasks[i] = ctxt_go(all, run_client, NULL);
    say_ready_and_stay();
    ctxt_cancel(all);
    for (int i = 0; i <= CLIENTS; i++)
        ctxt_join(ctxt_background(), tasks[i], NULL);
    sleep_ms(30); /* what answers ends, too */
    return 0;
}
