#include "request.h"

#include "reply.h"
#include "routes.h"
#include "server.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CTXT_VALUE(request_id, char)
CTXT_VALUE(user, struct user)

const char *request_id(const ctxt_t *context)
{
    return get_request_id(context);
}

const struct user *request_user(const ctxt_t *context)
{
    return get_user(context);
}

const char *request_argument(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* ---- the context of a request ---- */

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

/* The client's own id, if it sent a decent one; otherwise the next number. */
static char *new_request_id(const struct request *request)
{
    static _Atomic unsigned last;
    const char *given =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "X-Request-Id");
    char *id = NULL;
    if (given && given[0] && strlen(given) <= 32 && given[strspn(given, NAME_CHARACTERS)] == '\0')
        return strdup(given);
    return asprintf(&id, "r%u", atomic_fetch_add(&last, 1) + 1) < 0 ? NULL : id;
}

static struct user *new_user(const struct request *request)
{
    const char *name = request_argument(request, "user");
    struct user *user = malloc(sizeof *user);
    if (user)
        snprintf(user->name, sizeof user->name, "%s", name ? name : "nobody");
    return user;
}

/* The server's limit, or less if the client wants so. */
static int64_t time_limit(const struct request *request)
{
    const char *wanted = request_argument(request, "timeout_ms");
    long milliseconds = wanted ? strtol(wanted, NULL, 10) : 0;
    if (milliseconds <= 0 || milliseconds >= request->server->timeout_ms)
        milliseconds = request->server->timeout_ms;
    return milliseconds * CTXT_MILLISECOND;
}

/* The context that bounds the request. NULL when memory ran out. */
static ctxt_t *bound(const struct request *request)
{
    int64_t limit = time_limit(request);
    return ctxt_with_timeout_cause(request->server->context, limit, MHD_HTTP_GATEWAY_TIMEOUT,
                                   "no answer within %lld ms",
                                   (long long)(limit / CTXT_MILLISECOND));
}

/* The same with the request's id; each value belongs to its context. */
static ctxt_t *identify(ctxt_t *context, const struct request *request)
{
    char *id = context ? new_request_id(request) : NULL;
    ctxt_t *identified = id ? with_request_id(context, id, free) : NULL;
    if (!identified)
        free(id);
    return identified;
}

static ctxt_t *authenticate(ctxt_t *context, const struct request *request)
{
    struct user *user = context ? new_user(request) : NULL;
    ctxt_t *authenticated = user ? with_user(context, user, free) : NULL;
    if (!authenticated)
        free(user);
    return authenticated;
}

/* ---- work ---- */

static unsigned run_handler(ctxt_t *context, struct request *request)
{
    ctxt_enter(context);
    unsigned status = request->route->handler(context, request);
    ctxt_leave(context);
    return status;
}

static void log_request(ctxt_t *context, const struct request *request, unsigned status,
                        int64_t started_ns)
{
    const ctxt_cause_t *cause = ctxt_cause(context);
    int64_t now = ctxt_now();
    fprintf(stderr,
            "request=%s user=%s route=%s status=%u ms=%.3f started_ns=%lld noticed_ns=%lld "
            "ended_ns=%lld cause=\"%s\"\n",
            request_id(context), request_user(context)->name, request->route->path, status,
            (double)(now - started_ns) / 1e6, (long long)started_ns,
            (long long)request->watch.noticed_ns, (long long)now, cause ? cause->text : "");
}

static unsigned work(struct request *request)
{
    ctxt_scope bounded = bound(request);
    ctxt_scope identified = identify(bounded, request);
    ctxt_scope context = authenticate(identified, request);
    if (!context)
        return reply_problem(request, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
    ctxt_set_name(bounded, "GET %s %s", request->route->path, request_id(context));
    ctxt_task_set_name(NULL, "request %s", request_id(context));

    int64_t started_ns = ctxt_now();
    int socket =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    int error = hangup_watch(request->server->hangups, &request->watch, socket, bounded);
    if (error)
        return reply_error(context, request, error);
    unsigned status = run_handler(context, request);
    hangup_forget(request->server->hangups, &request->watch);

    statistics_count(&request->server->statistics, status, request->watch.noticed_ns);
    if (request->server->log)
        log_request(context, request, status, started_ns);
    return status;
}

static enum MHD_Result send_answer(struct request *request, unsigned status)
{
    char *text = json_dumps(request->body, JSON_INDENT(2));
    struct MHD_Response *response =
        MHD_create_response_from_buffer(text ? strlen(text) : 0, text, MHD_RESPMEM_MUST_FREE);
    json_decref(request->body);
    if (!response) {
        free(text);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    if (ctxt_err(request->server->context)) /* no further request on this connection */
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    enum MHD_Result result = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result request_answer(struct server *server, struct MHD_Connection *connection,
                               const char *method, const char *path)
{
    struct request request = {.server = server, .connection = connection};
    unsigned status;
    request.route = route_find(path, &request.rest);
    if (!request.route)
        status = reply_problem(&request, MHD_HTTP_NOT_FOUND, "there is no such route");
    else if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
        status = reply_problem(&request, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET is understood");
    else
        status = work(&request);
    return send_answer(&request, status);
}
