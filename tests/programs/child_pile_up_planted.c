/* C5: a server keeps the context of every connection that it ever had. */
#include "stay.h"

enum { CONNECTIONS = 1500 };

OUT_OF_LINE static ctxt_t *connected(ctxt_t *server)
{
    ctxt_t *connection = ctxt_with_cancel(server);
    require(connection != NULL, "no memory");
    return connection;
}

int main(void)
{
    static ctxt_t *connections[CONNECTIONS];
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < CONNECTIONS; i++)
        connections[i] = connected(server);
    say_ready_and_stay();
    for (int i = 0; i < CONNECTIONS; i++)
        ctxt_end_scope(&connections[i]);
    ctxt_end_scope(&server);
    return 0;
}
