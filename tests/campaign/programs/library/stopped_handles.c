/* After-functions that were stopped long ago, and whose handles are kept; and more that were not.
 */
#include "stay.h"

enum { STOPPED = 1100, KEPT = 3 };

static void nothing(void *unused)
{
    (void)unused;
}

int main(void)
{
    static ctxt_after_t *stopped[STOPPED], *kept[KEPT];
    ctxt_scope server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < STOPPED; i++) {
        stopped[i] = ctxt_after_func(server, nothing, NULL);
        require(stopped[i] && ctxt_after_stop(stopped[i]), "it was not stopped");
    }
    for (int i = 0; i < KEPT; i++)
        kept[i] = ctxt_after_func(server, nothing, NULL);
    say_ready_and_stay();
    for (int i = 0; i < STOPPED; i++)
        ctxt_after_release(stopped[i]);
    for (int i = 0; i < KEPT; i++) {
        ctxt_after_stop(kept[i]);
        ctxt_after_release(kept[i]);
    }
    return 0;
}
