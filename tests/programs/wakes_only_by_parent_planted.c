/* G13: watchers of requests whose cancel was lost; they stay until the server stops. */
#include "stay.h"

enum { REQUESTS = 12 };

static _Atomic int waiting;

OUT_OF_LINE static int watch(ctxt_t *request, void *argument)
{
    (void)argument;
    waiting++;
    return ctxt_wait(request, CTXT_NEVER);
}

OUT_OF_LINE static void handle_request(ctxt_t *server)
{
    ctxt_t *request = ctxt_with_cancel(server);
    ctxt_task_t *watcher = ctxt_go(request, watch, NULL);
    require(watcher != NULL, "no thread");
    ctxt_detach(watcher);
    ctxt_unref(request); /* and not cancelled */
}

int main(void)
{
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < REQUESTS; i++)
        handle_request(server);
    until_blocked(&waiting, REQUESTS);
    say_ready_and_stay();
    ctxt_end_scope(&server);
    return 0;
}
