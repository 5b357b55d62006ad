/* C23, as it should be: less time than the request, and as much as the request (cut short). */
#include "stay.h"

int main(void)
{
    ctxt_t *request = ctxt_with_timeout(ctxt_background(), 600 * CTXT_SECOND);
    ctxt_t *shorter = ctxt_with_timeout(request, 60 * CTXT_SECOND);
    ctxt_t *equal = ctxt_with_timeout(request, 600 * CTXT_SECOND);
    require(shorter != NULL && equal != NULL, "no memory");
    say_ready_and_stay();
    ctxt_end_scope(&equal);
    ctxt_end_scope(&shorter);
    ctxt_end_scope(&request);
    return 0;
}
