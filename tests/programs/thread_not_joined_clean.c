/* As it should be: threads that are joined, detached, or still at work. */
#include "stay.h"

enum { JOBS = 20, AT_WORK = 4 };

static int job(ctxt_t *context, void *argument)
{
    (void)context;
    (void)argument;
    return 0;
}

static int long_job(ctxt_t *context, void *argument)
{
    (void)argument;
    return ctxt_wait(context, CTXT_NEVER);
}

OUT_OF_LINE static ctxt_task_t *start_job(ctxt_t *context, ctxt_task_function *function)
{
    ctxt_task_t *task = ctxt_go(context, function, NULL);
    require(task != NULL, "no thread");
    return task;
}

int main(void)
{
    ctxt_task_t *at_work[AT_WORK];
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < JOBS; i++) {
        ctxt_task_t *task = start_job(ctxt_background(), job);
        if (i % 2 == 0)
            ctxt_join(ctxt_background(), task, NULL);
        else
            ctxt_detach(task);
    }
    for (int i = 0; i < AT_WORK; i++)
        at_work[i] = start_job(server, long_job);
    say_ready_and_stay();
    ctxt_cancel(server);
    for (int i = 0; i < AT_WORK; i++)
        ctxt_join(ctxt_background(), at_work[i], NULL);
    ctxt_unref(server);
    return 0;
}
