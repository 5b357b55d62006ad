/* G13, as it should be: the watchers' requests are owned by somebody who will cancel them. */
#include "stay.h"

enum { REQUESTS = 12 };

CTXT_VALUE(request_id, const char)

OUT_OF_LINE static int watch(ctxt_t *request, void *argument)
{
    (void)argument;
    ctxt_t *named = with_request_id(request, "a42", NULL);
    int status = ctxt_wait(named, CTXT_NEVER);
    ctxt_unref(named);
    return status;
}

int main(void)
{
    ctxt_t *requests[REQUESTS];
    ctxt_task_t *watchers[REQUESTS];
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < REQUESTS; i++) {
        requests[i] = ctxt_with_cancel(server);
        watchers[i] = ctxt_go(requests[i], watch, NULL);
        require(watchers[i] != NULL, "no thread");
    }
    say_ready_and_stay();
    for (int i = 0; i < REQUESTS; i++) {
        ctxt_cancel(requests[i]);
        ctxt_join(ctxt_background(), watchers[i], NULL);
        ctxt_unref(requests[i]);
    }
    ctxt_end_scope(&server);
    return 0;
}
