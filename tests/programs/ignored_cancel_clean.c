/* C17, as it should be: one worker stops when it is told to; another is still wanted. */
#include "stay.h"

OUT_OF_LINE static int crunch(ctxt_t *context, void *argument)
{
    _Atomic unsigned long *sum = argument;
    while (ctxt_err(context) == 0) {
        ++*sum;
        ctxt_sleep(context, CTXT_MILLISECOND);
    }
    return 0;
}

int main(void)
{
    static _Atomic unsigned long sums[2];
    ctxt_t *work = ctxt_with_cancel(ctxt_background());
    ctxt_t *wanted = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *worker = ctxt_go(work, crunch, &sums[0]);
    ctxt_task_t *other = ctxt_go(wanted, crunch, &sums[1]);
    require(worker && other, "no thread");
    ctxt_cancel_cause(work, 1, "client hung up");
    ctxt_join(ctxt_background(), worker, NULL);
    say_ready_and_stay();
    ctxt_unref(work);
    ctxt_cancel(wanted);
    ctxt_join(ctxt_background(), other, NULL);
    ctxt_unref(wanted);
    return 0;
}
