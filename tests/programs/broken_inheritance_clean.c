/* C8, as it should be: a query below its request, and clean-up that is detached on purpose. */
#include "stay.h"

OUT_OF_LINE static int query(ctxt_t *request, void *argument)
{
    (void)argument;
    ctxt_scope own = ctxt_with_cancel(request);
    return ctxt_wait(own, 3600 * CTXT_SECOND);
}

OUT_OF_LINE static int clean_up(ctxt_t *request, void *argument)
{
    (void)argument;
    ctxt_t *detached = ctxt_without_cancel(request);
    ctxt_scope limit = ctxt_with_timeout(detached, 600 * CTXT_SECOND);
    int status = ctxt_wait(limit, CTXT_NEVER);
    ctxt_unref(detached);
    return status;
}

int main(void)
{
    ctxt_t *request = ctxt_with_timeout(ctxt_background(), 600 * CTXT_SECOND);
    ctxt_task_t *tasks[] = {ctxt_go(request, query, NULL), ctxt_go(request, clean_up, NULL)};
    require(tasks[0] && tasks[1], "no thread");
    ctxt_detach(tasks[0]);
    ctxt_detach(tasks[1]);
    say_ready_and_stay();
    ctxt_end_scope(&request);
    return 0;
}
