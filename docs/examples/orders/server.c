/*
 * libmicrohttpd runs each connection in a thread of its own, so a handler may block. Such a thread
 * becomes a task when it enters its request's context.
 */
#include "server.h"

#include "database.h"
#include "hangup.h"
#include "request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define IDLE_SECONDS 10u
#define GRACE        (5 * CTXT_SECOND) /* for the last answers, when the server stops */

static void request_begins(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    server->unanswered++;
    pthread_mutex_unlock(&server->lock);
}

/* Called once when the headers are there, then for each piece of a body, then to answer. */
static enum MHD_Result handle(void *argument, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *body,
                              size_t *body_size, void **state)
{
    static char headers_are_there;
    (void)version;
    (void)body;
    if (!*state) {
        *state = &headers_are_there;
        request_begins(argument);
        return MHD_YES;
    }
    if (*body_size > 0) { /* no route wants one */
        *body_size = 0;
        return MHD_YES;
    }
    return request_answer(argument, connection, method, path);
}

/* Called when the answer has been sent, or could not be: once for each request that has begun. */
static void request_over(void *argument, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
    struct server *server = argument;
    (void)connection;
    (void)state;
    (void)how;
    pthread_mutex_lock(&server->lock);
    server->unanswered--;
    if (server->unanswered == 0)
        ctxt_cond_signal(&server->all_answered);
    pthread_mutex_unlock(&server->lock);
}

/* Only for this machine: some routes do damage on purpose. */
static bool listen_on_loopback(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(server->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    server->daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                             MHD_USE_POLL | MHD_USE_ITC,
                         server->port, NULL, NULL, handle, server, MHD_OPTION_SOCK_ADDR, &address,
                         MHD_OPTION_NOTIFY_COMPLETED, request_over, server,
                         MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_END);
    if (!server->daemon) {
        fprintf(stderr, "orders: cannot listen on port %u: %s.\n", server->port, strerror(errno));
        return false;
    }
    server->port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return true;
}

static bool start_in(ctxt_t *context, struct server *server)
{
    if (!context)
        return false;
    ctxt_set_name(context, "orders");
    server->database = database_open(server->file, server->connections);
    if (!server->database)
        return false;
    server->hangups = hangup_start(context);
    if (!server->hangups) {
        perror("orders: cannot watch for clients that hang up");
        return false;
    }
    return listen_on_loopback(server);
}

bool server_start(struct server *server)
{
    pthread_mutex_init(&server->lock, NULL);
    pthread_mutex_init(&server->statistics.lock, NULL);
    server->context = ctxt_with_cancel(ctxt_background());
    if (start_in(server->context, server))
        return true;
    server_stop(server, "could not start");
    return false;
}

/*
 * Handlers end soon once their contexts have; what takes time is to send the answers to clients
 * that do not read them, so that is bounded.
 */
static void wait_for_answers(struct server *server)
{
    ctxt_scope grace = ctxt_with_timeout(ctxt_background(), GRACE);
    if (!grace)
        return;
    ctxt_set_name(grace, "grace for the last answers");
    pthread_mutex_lock(&server->lock);
    while (server->unanswered > 0 &&
           ctxt_cond_wait(grace, &server->all_answered, &server->lock) == 0)
        continue;
    pthread_mutex_unlock(&server->lock);
}

void server_stop(struct server *server, const char *why)
{
    if (server->context)
        ctxt_cancel_cause(server->context, MHD_HTTP_SERVICE_UNAVAILABLE, "the server stops: %s",
                          why);
    if (server->daemon) {
        int listening = MHD_quiesce_daemon(server->daemon);
        wait_for_answers(server);
        MHD_stop_daemon(server->daemon);
        close(listening);
    }
    hangup_stop(server->hangups);
    database_close(server->database);
    ctxt_unref(server->context);
    pthread_mutex_destroy(&server->statistics.lock);
    pthread_mutex_destroy(&server->lock);
}
