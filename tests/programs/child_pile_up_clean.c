/* C5, as it should be: as many connections, of which only the last few hundred are still there. */
#include "stay.h"

enum { CONNECTIONS = 1500, AT_A_TIME = 300 };

OUT_OF_LINE static ctxt_t *connected(ctxt_t *server)
{
    ctxt_t *connection = ctxt_with_cancel(server);
    require(connection != NULL, "no memory");
    return connection;
}

int main(void)
{
    static ctxt_t *connections[AT_A_TIME];
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < CONNECTIONS; i++) {
        if (connections[i % AT_A_TIME])
            ctxt_end_scope(&connections[i % AT_A_TIME]);
        connections[i % AT_A_TIME] = connected(server);
    }
    say_ready_and_stay();
    for (int i = 0; i < AT_A_TIME; i++)
        ctxt_end_scope(&connections[i]);
    ctxt_end_scope(&server);
    return 0;
}
