/* G14, as it should be: a watcher that waits for the end of the server's context. */
#include "stay.h"

OUT_OF_LINE static int watch(ctxt_t *context, void *argument)
{
    (void)argument;
    return ctxt_wait(context, CTXT_NEVER);
}

int main(void)
{
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *watcher = ctxt_go(server, watch, NULL);
    require(watcher != NULL, "no thread");
    say_ready_and_stay();
    ctxt_cancel(server);
    ctxt_join(ctxt_background(), watcher, NULL);
    ctxt_unref(server);
    return 0;
}
