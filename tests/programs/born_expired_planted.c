/* C24: a request waited so long in a queue that its deadline is past when it is taken up. */
#include "stay.h"

OUT_OF_LINE static ctxt_t *take_up(ctxt_t *server, int64_t deadline_ns)
{
    return ctxt_with_deadline(server, deadline_ns);
}

int main(void)
{
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    ctxt_t *request = take_up(server, ctxt_now() - 5 * CTXT_SECOND / 2);
    require(request && ctxt_err(request) != 0, "it should have ended");
    say_ready_and_stay();
    ctxt_end_scope(&request);
    ctxt_end_scope(&server);
    return 0;
}
