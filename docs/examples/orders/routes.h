/* The table of routes. A new one is a row there and a handler. */
#ifndef ORDERS_ROUTES_H
#define ORDERS_ROUTES_H

#include "request.h"

/* Works under `context`, makes an answer (see reply.h) and returns its status. */
typedef unsigned route_handler(ctxt_t *context, struct request *request);

struct route {
    const char *path; /* one that ends in '/' takes everything below it, too */
    route_handler *handler;
    const char *description;
};

/* Ends with a NULL path. */
extern const struct route route_table[];

/* The route for a path, and what of the path follows it; NULL if there is none. */
const struct route *route_find(const char *path, const char **rest);

route_handler list_orders, show_order, report, show_routes, check_health, show_statistics;

/* Each plants one defect; see its file under leaks/. */
route_handler leak_forgotten_cancel, leak_ignored_done, leak_sender_without_receiver,
    leak_detached_work, leak_fat_context;

#endif
