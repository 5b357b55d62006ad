#include "routes.h"

#include "reply.h"
#include "server.h"

#include <microhttpd.h>
#include <string.h>

const struct route route_table[] = {
    {"/orders", list_orders, "the latest orders of ?user=NAME, and how many there are"},
    {"/orders/", show_order, "the order with this number"},
    {"/report", report, "revenue and busiest hour of each month; slow"},
    {"/healthz", check_health, "is the server alive?"},
    {"/stats", show_statistics, "what the server has done so far"},
    {"/leak/forgotten-cancel", leak_forgotten_cancel, "loses a cancel"},
    {"/leak/ignored-done", leak_ignored_done, "leaves work that ignores the end of its context"},
    {"/leak/sender-without-receiver", leak_sender_without_receiver, "leaves a blocked sender"},
    {"/leak/detached-work", leak_detached_work, "leaves work that nobody can cancel"},
    {"/leak/fat-context", leak_fat_context, "makes a chain of contexts longer"},
    {"/", show_routes, "this list"},
    {NULL, NULL, NULL},
};

const struct route *route_find(const char *path, const char **rest)
{
    const struct route *best = NULL;
    for (const struct route *route = route_table; route->path; route++) {
        size_t length = strlen(route->path);
        if (strncmp(path, route->path, length) != 0)
            continue;
        bool below = length > 1 && route->path[length - 1] == '/' && path[length] != '\0';
        if (path[length] != '\0' && !below)
            continue;
        best = route;
        *rest = path + length;
    }
    return best;
}

unsigned show_routes(ctxt_t *context, struct request *request)
{
    (void)context;
    json_t *routes = json_object();
    for (const struct route *route = route_table; route->path; route++)
        json_object_set_new(routes, route->path, json_string(route->description));
    return reply(request, MHD_HTTP_OK, routes);
}

unsigned check_health(ctxt_t *context, struct request *request)
{
    (void)context;
    return reply(request, MHD_HTTP_OK, json_pack("{s:b}", "healthy", 1));
}

unsigned show_statistics(ctxt_t *context, struct request *request)
{
    (void)context;
    return reply(request, MHD_HTTP_OK, statistics_as_json(&request->server->statistics));
}
