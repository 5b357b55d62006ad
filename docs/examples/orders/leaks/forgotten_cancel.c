/*
 * The defect: a context that is released without having been cancelled, on one path of several.
 *
 * The refresh of the prices shall outlive the request, so its context hangs below the server's. The
 * early return gives back the last owner's reference and forgets the cancel: from then on nobody
 * can end this context, and it stays, linked to the server's, as long as the server runs.
 *
 * ctxtrace says: lost-cancel, proved. Right would be ctxt_scope, or ctxt_cancel() on every path.
 */
#include "reply.h"
#include "routes.h"
#include "server.h"

#include <errno.h>

static bool prices_are_fresh(const struct request *request)
{
    return request_argument(request, "stale") == NULL;
}

unsigned leak_forgotten_cancel(ctxt_t *context, struct request *request)
{
    ctxt_t *refresh = ctxt_with_cancel(request->server->context);
    if (!refresh)
        return reply_error(context, request, errno);
    ctxt_set_name(refresh, "refresh of the prices");

    if (prices_are_fresh(request)) {
        ctxt_unref(refresh); /* wrong: not cancelled */
        return reply(request, MHD_HTTP_OK, json_pack("{s:b}", "refreshed", 0));
    }

    int error = ctxt_sleep(refresh, 5 * CTXT_MILLISECOND);
    ctxt_cancel(refresh);
    ctxt_unref(refresh);
    return error ? reply_error(context, request, error)
                 : reply(request, MHD_HTTP_OK, json_pack("{s:b}", "refreshed", 1));
}
