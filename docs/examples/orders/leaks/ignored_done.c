/*
 * The defect: work that never looks at its context.
 *
 * The export is a task below the request's context, as it should be. But its loop neither asks
 * ctxt_err() nor sleeps with ctxt_sleep(): when the request is over, or its client gone, it goes on
 * for minutes.
 *
 * ctxtrace says: ignored-cancel, likely (that a task is merely slow to clean up cannot be
 * excluded).
 */
#include "reply.h"
#include "routes.h"

#include <errno.h>
#include <time.h>

#define PAGES 6000

static void export_page(void)
{
    struct timespec a_while = {.tv_nsec = 100 * CTXT_MILLISECOND};
    nanosleep(&a_while, NULL); /* wrong: deaf to the context */
}

static int export_orders(ctxt_t *context, void *unused)
{
    (void)context;
    (void)unused;
    ctxt_task_set_name(NULL, "export");
    for (int page = 0; page < PAGES; page++) /* wrong: should end when ctxt_err(context) says so */
        export_page();
    return 0;
}

unsigned leak_ignored_done(ctxt_t *context, struct request *request)
{
    ctxt_task_t *task = ctxt_go(context, export_orders, NULL);
    if (!task)
        return reply_error(context, request, errno);
    ctxt_detach(task);
    return reply(request, MHD_HTTP_OK, json_pack("{s:i}", "pages", PAGES));
}
