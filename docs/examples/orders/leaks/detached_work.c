/*
 * The defect: work of a request under a new root.
 *
 * The task that sends the receipt gets the request's context, and then makes one of its own under
 * background "because mail may take longer". So neither the client's hanging up nor the server's
 * stop ends it, and its deadline is its own.
 *
 * ctxtrace says: broken-inheritance, likely (that it was on purpose cannot be excluded). Right
 * would be the context it was given; or ctxt_without_cancel() of it, which keeps the request's
 * values and says that it is on purpose, below a deadline.
 */
#include "reply.h"
#include "routes.h"

#include <errno.h>

#define MAIL_TIMEOUT (10 * CTXT_MINUTE)
#define PATIENCE     (500 * CTXT_MILLISECOND)

/* A mail server that does not answer. */
static int send_mail(ctxt_t *context)
{
    return ctxt_sleep(context, CTXT_NEVER);
}

static int send_receipt(ctxt_t *context, void *unused)
{
    (void)context;
    (void)unused;
    ctxt_task_set_name(NULL, "receipt");
    ctxt_scope mail = ctxt_with_timeout(ctxt_background(), MAIL_TIMEOUT); /* wrong: a new root */
    if (!mail)
        return errno;
    ctxt_set_name(mail, "mail a receipt");
    return send_mail(mail);
}

/* Waits a moment for the receipt to be sent; if that takes longer, it is sent later. */
unsigned leak_detached_work(ctxt_t *context, struct request *request)
{
    ctxt_scope moment = ctxt_with_timeout(context, PATIENCE);
    ctxt_task_t *task = moment ? ctxt_go(context, send_receipt, NULL) : NULL;
    if (!task)
        return reply_error(context, request, errno);
    bool sent = ctxt_join(moment, task, NULL) == 0;
    if (!sent)
        ctxt_detach(task);
    return reply(request, MHD_HTTP_OK, json_pack("{s:b}", "sent", sent));
}
