/* C1, as it should be: every request is cancelled; some are still at work; the server's stays. */
#include "stay.h"

enum { REQUESTS = 128, AT_WORK = 20 };

OUT_OF_LINE static void handle_request(ctxt_t *server, int number)
{
    ctxt_scope request = ctxt_with_cancel(server);
    require(request != NULL, "no memory");
    if (number % 2 == 0)
        return;
    /* Another holder that outlives its first owner, and has the duty to cancel. */
    ctxt_t *shared = ctxt_ref(request);
    ctxt_cancel(shared);
    ctxt_unref(shared);
}

int main(void)
{
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    ctxt_t *at_work[AT_WORK];
    for (int i = 0; i < AT_WORK; i++)
        at_work[i] = ctxt_with_cancel(server);
    for (int i = 0; i < 2 * REQUESTS; i++)
        handle_request(server, i);
    say_ready_and_stay();
    for (int i = 0; i < AT_WORK; i++)
        ctxt_end_scope(&at_work[i]);
    ctxt_cancel(server);
    ctxt_unref(server);
    return 0;
}
