/* C24, as it should be: one that is still in time, one that timed out later, one that was late
 * because its parent had ended. */
#include "stay.h"

int main(void)
{
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    ctxt_t *ended = ctxt_with_cancel(server);
    ctxt_cancel(ended);
    ctxt_t *in_time = ctxt_with_timeout(server, 600 * CTXT_SECOND);
    ctxt_t *timed_out = ctxt_with_timeout(server, CTXT_MILLISECOND);
    ctxt_t *late = ctxt_with_deadline(ended, ctxt_now() - CTXT_SECOND);
    require(in_time && timed_out && late, "no memory");
    ctxt_wait(timed_out, CTXT_NEVER);
    say_ready_and_stay();
    ctxt_end_scope(&late);
    ctxt_end_scope(&timed_out);
    ctxt_end_scope(&in_time);
    ctxt_unref(ended);
    ctxt_end_scope(&server);
    return 0;
}
