#include "reply.h"

#include <microhttpd.h>
#include <string.h>

unsigned reply(struct request *request, unsigned status, json_t *body)
{
    json_decref(request->body);
    request->body = body;
    return body ? status : MHD_HTTP_INTERNAL_SERVER_ERROR;
}

unsigned reply_problem(struct request *request, unsigned status, const char *sentence)
{
    return reply(request, status, json_pack("{s:s}", "problem", sentence));
}

unsigned reply_error(ctxt_t *context, struct request *request, int error)
{
    const ctxt_cause_t *cause = ctxt_cause(context);
    if (cause)
        return reply_problem(request, (unsigned)cause->code, cause->text);
    return reply_problem(request, MHD_HTTP_INTERNAL_SERVER_ERROR, strerror(error));
}
