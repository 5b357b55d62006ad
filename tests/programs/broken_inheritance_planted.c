/* C8: a task that was given a request's context makes a new root for its query. */
#include "stay.h"

static _Atomic int waiting;

OUT_OF_LINE static int query(ctxt_t *request, void *argument)
{
    (void)request;
    (void)argument;
    ctxt_scope own = ctxt_with_cancel(ctxt_background());
    waiting++;
    return ctxt_wait(own, 3600 * CTXT_SECOND);
}

int main(void)
{
    ctxt_t *request = ctxt_with_timeout(ctxt_background(), 600 * CTXT_SECOND);
    ctxt_task_t *task = ctxt_go(request, query, NULL);
    require(task != NULL, "no thread");
    ctxt_detach(task);
    until_blocked(&waiting, 1);
    say_ready_and_stay();
    ctxt_end_scope(&request);
    return 0;
}
