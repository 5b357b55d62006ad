/* C3: queries that are done in time, and whose timeouts run on for another hour. */
#include "stay.h"

enum { QUERIES = 30 };

OUT_OF_LINE static void query(ctxt_t *parent)
{
    ctxt_t *limit = ctxt_with_timeout(parent, 3600 * CTXT_SECOND);
    require(limit != NULL, "no memory");
    ctxt_unref(limit); /* the rows are there; nobody thought of the timer */
}

int main(void)
{
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < QUERIES; i++)
        query(server);
    say_ready_and_stay();
    ctxt_cancel(server);
    ctxt_unref(server);
    return 0;
}
