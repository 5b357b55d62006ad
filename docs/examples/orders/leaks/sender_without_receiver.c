/*
 * The defect: the receiver goes away, the sender stays.
 *
 * The handler asks for a quote and gives up after a while. The task that got the quote then sends
 * it into a channel without room that nobody will ever receive from, and it does so under
 * background, so that not even the end of the request frees it.
 *
 * ctxtrace says: leaked-task, proved: nobody but the sender has the channel any more. Right would
 * be to send under the request's context, or a channel with room for the one result.
 */
#include "reply.h"
#include "routes.h"

#include <errno.h>

#define PATIENCE   (5 * CTXT_MILLISECOND)
#define QUOTE_TIME (50 * CTXT_MILLISECOND)

static int get_quote(ctxt_t *context, void *argument)
{
    ctxt_chan_t *quotes = argument;
    int cents = 4200;
    ctxt_task_set_name(NULL, "quote");
    ctxt_sleep(context, QUOTE_TIME);
    ctxt_chan_send(ctxt_background(), quotes, &cents); /* wrong: background */
    ctxt_chan_unref(quotes);
    return 0;
}

static unsigned wait_for_quote(ctxt_t *context, struct request *request, ctxt_chan_t *quotes)
{
    int cents;
    ctxt_case_t cases[] = {ctxt_case_receive(quotes, &cents), ctxt_case_after(PATIENCE)};
    switch (ctxt_select(cases, 2)) {
    case 0:
        return reply(request, MHD_HTTP_OK, json_pack("{s:i}", "cents", cents));
    case 1:
        return reply(request, MHD_HTTP_OK, json_pack("{s:n}", "cents")); /* wrong: sender stays */
    default:
        return reply_error(context, request, errno);
    }
}

unsigned leak_sender_without_receiver(ctxt_t *context, struct request *request)
{
    ctxt_chan_t *quotes = ctxt_chan_new(sizeof(int), 0);
    if (!quotes)
        return reply_error(context, request, errno);
    ctxt_chan_set_name(quotes, "quotes");
    ctxt_task_t *task = ctxt_go(context, get_quote, ctxt_chan_ref(quotes));
    unsigned status;
    if (task) {
        ctxt_detach(task);
        status = wait_for_quote(context, request, quotes);
    } else {
        status = reply_error(context, request, errno);
        ctxt_chan_unref(quotes);
    }
    ctxt_chan_unref(quotes);
    return status;
}
