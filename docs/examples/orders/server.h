/* The server: its root context, and what all requests share. */
#ifndef ORDERS_SERVER_H
#define ORDERS_SERVER_H

#include "statistics.h"

#include <ctxtrace/ctxtrace.h>

#include <stdint.h>

struct server {
    /* Set by the caller of server_start(). */
    uint16_t port; /* 0: any; then the one that was taken */
    long timeout_ms;
    unsigned connections; /* to the database */
    bool log;             /* a line on standard error for each request */
    const char *file;     /* the database */

    ctxt_t *context; /* above those of all requests; ends when the server stops */
    struct database *database;
    struct hangup_watcher *hangups;
    struct statistics statistics;
    struct MHD_Daemon *daemon;

    pthread_mutex_t lock;
    unsigned unanswered; /* under the lock: requests that have begun and whose answer is not sent */
    ctxt_cond_t all_answered;
};

/* False when it could not be started, after a sentence on standard error. */
bool server_start(struct server *server);
/*
 * Accepts no more connections, cancels all requests, waits until they are answered, and frees
 * everything.
 */
void server_stop(struct server *server, const char *why);

#endif
