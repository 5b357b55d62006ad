/* C3, as it should be: timeouts are cancelled when the query is done; one query is at work. */
#include "stay.h"

enum { QUERIES = 30 };

OUT_OF_LINE static void query(ctxt_t *parent)
{
    ctxt_scope limit = ctxt_with_timeout(parent, 3600 * CTXT_SECOND);
    require(limit != NULL, "no memory");
}

int main(void)
{
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < QUERIES; i++)
        query(server);
    ctxt_t *at_work = ctxt_with_timeout(server, 3600 * CTXT_SECOND);
    say_ready_and_stay();
    ctxt_end_scope(&at_work);
    ctxt_cancel(server);
    ctxt_unref(server);
    return 0;
}
