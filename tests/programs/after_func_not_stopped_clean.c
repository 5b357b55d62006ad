/* C29, as it should be: connections take their functions back; one cleans up at the very end. */
#include "stay.h"

enum { CONNECTIONS = 40 };

static void close_connection(void *connection)
{
    (void)connection;
}

OUT_OF_LINE static void serve(ctxt_t *server, int *connection)
{
    ctxt_after_t *after = ctxt_after_func(server, close_connection, connection);
    require(after != NULL, "no memory");
    ctxt_after_stop(after);
    ctxt_after_release(after);
}

int main(void)
{
    static int connections[CONNECTIONS];
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < CONNECTIONS; i++)
        serve(server, &connections[i]);
    ctxt_after_t *at_the_end = ctxt_after_func(server, close_connection, connections);
    ctxt_after_release(at_the_end);
    say_ready_and_stay();
    ctxt_end_scope(&server);
    return 0;
}
