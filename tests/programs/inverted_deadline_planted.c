/* C23: a query with more time than the request that it belongs to was ever given. */
#include "stay.h"

OUT_OF_LINE static ctxt_t *query(ctxt_t *request)
{
    return ctxt_with_timeout(request, 3600 * CTXT_SECOND);
}

int main(void)
{
    ctxt_t *request = ctxt_with_timeout(ctxt_background(), 600 * CTXT_SECOND);
    ctxt_t *limit = query(request);
    require(limit != NULL, "no memory");
    say_ready_and_stay();
    ctxt_end_scope(&limit);
    ctxt_end_scope(&request);
    return 0;
}
