/* G15: a request was cancelled, and its task is blocked on a channel without watching it. */
#include "stay.h"

static _Atomic int receiving;

OUT_OF_LINE static int await_result(ctxt_t *context, void *channel)
{
    int result;
    (void)context;
    receiving++;
    return ctxt_chan_receive(ctxt_background(), channel, &result);
}

int main(void)
{
    ctxt_chan_t *results = ctxt_chan_new(sizeof(int), 0);
    ctxt_t *request = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(request, await_result, ctxt_chan_ref(results));
    require(task != NULL, "no thread");
    ctxt_detach(task);
    until_blocked(&receiving, 1);
    ctxt_cancel(request);
    say_ready_and_stay();
    ctxt_unref(request);
    ctxt_chan_unref(results); /* not closed: the task stays until the program ends */
    return 0;
}
