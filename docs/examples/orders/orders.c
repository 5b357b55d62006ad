/* Queries that are fast: the orders of a user, and one order. */
#include "database.h"
#include "reply.h"
#include "routes.h"
#include "server.h"

#include <errno.h>
#include <stdlib.h>

#define LATEST_SQL                                                                                 \
    "SELECT id, item, price_cents, datetime(placed_at, 'unixepoch') AS placed FROM orders "        \
    "WHERE customer = :customer ORDER BY placed_at DESC LIMIT 20"
#define TOTAL_SQL                                                                                  \
    "SELECT count(*) AS orders, sum(price_cents) AS revenue_cents FROM orders "                    \
    "WHERE customer = :customer"
#define ORDER_SQL                                                                                  \
    "SELECT id, customer, item, price_cents, datetime(placed_at, 'unixepoch') AS placed "          \
    "FROM orders WHERE id = :id"

/* ---- /orders?user=NAME ---- */

static int fetch_of_user(ctxt_t *context, struct database *database, const char *sql, json_t **rows)
{
    json_t *parameters = json_pack("{s:s}", "customer", request_user(context)->name);
    int error = parameters ? fetch_from_db(context, database, sql, parameters, rows) : ENOMEM;
    json_decref(parameters);
    return error;
}

struct total {
    struct database *database;
    json_t *rows;
};

static int fetch_total(ctxt_t *context, void *argument)
{
    struct total *total = argument;
    return fetch_of_user(context, total->database, TOTAL_SQL, &total->rows);
}

/*
 * Two queries at the same time. The second one is started with a context of its own, so that it can
 * be given up when the first has failed.
 */
unsigned list_orders(ctxt_t *context, struct request *request)
{
    struct total total = {.database = request->server->database};
    json_t *latest = NULL;
    ctxt_scope both = ctxt_with_cancel(context);
    ctxt_task_t *task = both ? ctxt_go(both, fetch_total, &total) : NULL;
    if (!task)
        return reply_error(context, request, errno);
    ctxt_set_name(both, "latest and total");
    ctxt_task_set_name(task, "total");

    int error = fetch_of_user(both, total.database, LATEST_SQL, &latest);
    if (error)
        ctxt_cancel(both);
    /* Waits in any case: the task writes to our stack. It ends soon when its context has. */
    int total_error;
    ctxt_join(ctxt_background(), task, &total_error);
    if (!error)
        error = total_error;

    unsigned status;
    if (error)
        status = reply_error(context, request, error);
    else
        status = reply(request, MHD_HTTP_OK,
                       json_pack("{s:O, s:O}", "latest", latest, "total", total.rows));
    json_decref(latest);
    json_decref(total.rows);
    return status;
}

/* ---- /orders/ID ---- */

unsigned show_order(ctxt_t *context, struct request *request)
{
    char *end;
    long long id = strtoll(request->rest, &end, 10);
    if (end == request->rest || *end != '\0')
        return reply_problem(request, MHD_HTTP_BAD_REQUEST, "the number of an order is missing");
    json_t *rows = NULL;
    json_t *parameters = json_pack("{s:I}", "id", (json_int_t)id);
    int error = fetch_from_db(context, request->server->database, ORDER_SQL, parameters, &rows);
    json_decref(parameters);
    if (error)
        return reply_error(context, request, error);

    unsigned status;
    if (json_array_size(rows) == 0)
        status = reply_problem(request, MHD_HTTP_NOT_FOUND, "there is no such order");
    else
        status = reply(request, MHD_HTTP_OK, json_incref(json_array_get(rows, 0)));
    json_decref(rows);
    return status;
}
