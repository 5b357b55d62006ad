/*
 * A query that is slow: for the busiest hour of a month it compares every order with all others,
 * because there is no index on the time of an order.
 *
 * The months are worked on at the same time, by the tasks of a group. The first that fails, and the
 * end of the request's context, end them all.
 */
#include "database.h"
#include "reply.h"
#include "routes.h"
#include "server.h"

#include <errno.h>
#include <string.h>

#define MONTHS           12
#define MONTHS_AT_A_TIME 4

#define MONTH_SQL                                                                                  \
    "SELECT :month AS month, count(*) AS orders, sum(price_cents) AS revenue_cents, "              \
    "max(within_an_hour) AS busiest_hour FROM ("                                                   \
    "SELECT price_cents, (SELECT count(*) FROM orders AS other WHERE other.month = :month "        \
    "AND other.placed_at BETWEEN orders.placed_at AND orders.placed_at + 3600) AS within_an_hour " \
    "FROM orders WHERE month = :month)"

struct month {
    int number;
    struct database *database;
    json_t *rows;
};

static int report_month(ctxt_t *context, void *argument)
{
    struct month *month = argument;
    ctxt_task_set_name(NULL, "month %d", month->number);
    json_t *parameters = json_pack("{s:i}", "month", month->number);
    int error = fetch_from_db(context, month->database, MONTH_SQL, parameters, &month->rows);
    json_decref(parameters);
    return error;
}

/* All months; their rows are the caller's, also after an error. */
static int report_months(ctxt_t *context, struct month *months)
{
    ctxt_group_t *group = ctxt_group_new(context);
    if (!group)
        return errno;
    ctxt_set_name(ctxt_group_context(group), "months");
    ctxt_group_limit(group, MONTHS_AT_A_TIME);
    int not_started = 0;
    for (int i = 0; i < MONTHS && !not_started; i++)
        not_started = ctxt_group_go(group, report_month, &months[i]);
    int failure = ctxt_group_wait(group);
    return failure ? failure : not_started;
}

unsigned report(ctxt_t *context, struct request *request)
{
    struct month months[MONTHS];
    for (int i = 0; i < MONTHS; i++)
        months[i] = (struct month){.number = i + 1, .database = request->server->database};
    int error = report_months(context, months);

    json_t *rows = json_array();
    for (int i = 0; i < MONTHS; i++) {
        json_array_extend(rows, months[i].rows);
        json_decref(months[i].rows);
    }
    if (!error)
        return reply(request, MHD_HTTP_OK, rows);
    json_decref(rows);
    return reply_error(context, request, error);
}
