/*
 * One request: its context, and what a handler sees of it.
 *
 * Every request has a context below the server's. It ends when the client hangs up, when the time
 * for an answer is over, when the server stops, and at the latest when the handler returns. The
 * request's id and its user are values of the context, so that whatever works on the request, in
 * whichever task, knows for whom.
 */
#ifndef ORDERS_REQUEST_H
#define ORDERS_REQUEST_H

#include "hangup.h"

#include <ctxtrace/ctxtrace.h>

#include <jansson.h>
#include <microhttpd.h>

struct server;
struct route;

struct user {
    char name[32];
};

struct request {
    struct server *server;
    struct MHD_Connection *connection;
    const struct route *route;
    const char *rest; /* of the path, behind the route's */
    struct hangup_watch watch;
    json_t *body; /* of the answer */
};

/* Works on a request in the calling thread and queues the answer. */
enum MHD_Result request_answer(struct server *server, struct MHD_Connection *connection,
                               const char *method, const char *path);

/* What follows `name=` in the query of the URL, or NULL. */
const char *request_argument(const struct request *request, const char *name);

/* The values of a request's context, and of all below it. */
const char *request_id(const ctxt_t *context);
const struct user *request_user(const ctxt_t *context);

#endif
