/* C17: a worker that computes on and on, and never looks at its context. */
#include "stay.h"

OUT_OF_LINE static int crunch(ctxt_t *context, void *argument)
{
    (void)context;
    _Atomic unsigned long *sum = argument;
    while (++*sum != 0)
        sleep_ms(10);
    return 0;
}

int main(void)
{
    static _Atomic unsigned long sum;
    ctxt_t *work = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *worker = ctxt_go(work, crunch, &sum);
    require(worker != NULL, "no thread");
    ctxt_detach(worker);
    ctxt_cancel_cause(work, 1, "client hung up");
    say_ready_and_stay();
    ctxt_unref(work);
    return 0;
}
