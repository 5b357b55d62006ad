/* C6, as it should be: a loop with a context of its own in each turn, and a chain of values. */
#include "stay.h"

CTXT_VALUE(user, const char)
CTXT_VALUE(request_id, const char)
CTXT_VALUE(trace_id, const char)
CTXT_VALUE(tenant, const char)

enum { TURNS = 60 };

OUT_OF_LINE static ctxt_t *with_everything(ctxt_t *parent)
{
    ctxt_t *with[4];
    with[0] = with_user(parent, "ada", NULL);
    with[1] = with_request_id(with[0], "a42", NULL);
    with[2] = with_trace_id(with[1], "00f0", NULL);
    with[3] = with_tenant(with[2], "acme", NULL);
    require(with[3] != NULL, "no memory");
    for (int i = 0; i < 3; i++)
        ctxt_unref(with[i]);
    return with[3];
}

int main(void)
{
    ctxt_t *turns[TURNS];
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    ctxt_t *context = with_everything(server);
    for (int i = 0; i < TURNS; i++)
        turns[i] = ctxt_with_cancel(context);
    say_ready_and_stay();
    for (int i = 0; i < TURNS; i++)
        ctxt_end_scope(&turns[i]);
    ctxt_unref(context);
    ctxt_end_scope(&server);
    return 0;
}
