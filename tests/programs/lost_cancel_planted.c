/* C1: requests whose early return forgets to cancel. */
#include "stay.h"

enum { REQUESTS = 128 };

OUT_OF_LINE static void handle_request(ctxt_t *server, int number)
{
    ctxt_t *request = ctxt_with_cancel(server);
    require(request != NULL, "no memory");
    if (number % 2 == 0) {
        ctxt_unref(request); /* the early return */
        return;
    }
    ctxt_cancel(request);
    ctxt_unref(request);
}

int main(void)
{
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < 2 * REQUESTS; i++)
        handle_request(server, i);
    say_ready_and_stay();
    ctxt_cancel(server);
    ctxt_unref(server);
    return 0;
}
