/* C29: each connection registers a function on the server's context, and never takes it back. */
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
    ctxt_after_release(after); /* the connection is over */
}

int main(void)
{
    static int connections[CONNECTIONS];
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < CONNECTIONS; i++)
        serve(server, &connections[i]);
    say_ready_and_stay();
    ctxt_end_scope(&server);
    return 0;
}
