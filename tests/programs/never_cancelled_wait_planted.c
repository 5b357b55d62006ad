/* G14: a watcher that waits for the end of a context which never ends. */
#include "stay.h"

static _Atomic int waiting;

OUT_OF_LINE static int watch(ctxt_t *context, void *argument)
{
    (void)argument;
    waiting++;
    return ctxt_wait(context, CTXT_NEVER);
}

int main(void)
{
    ctxt_task_t *watcher = ctxt_go(ctxt_background(), watch, NULL);
    require(watcher != NULL, "no thread");
    ctxt_detach(watcher);
    until_blocked(&waiting, 1);
    say_ready_and_stay();
    return 0;
}
