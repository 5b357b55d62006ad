/*
 * More contexts than the recording has room for (CTXTRACE_CONTEXTS=64): tasks wait under contexts
 * that are not in it, on channels that are.
 */
#include "stay.h"

enum { FILL = 200, TASKS = 4 };

static int listen_for_jobs(ctxt_t *context, void *jobs)
{
    while (ctxt_chan_receive(context, jobs, NULL) == 0)
        ;
    ctxt_chan_unref(jobs);
    return 0;
}

int main(void)
{
    static ctxt_t *fill[FILL];
    ctxt_task_t *tasks[TASKS];
    ctxt_t *servers[TASKS];
    for (int i = 0; i < FILL; i++)
        fill[i] = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < TASKS; i++) {
        servers[i] = ctxt_with_cancel(ctxt_background());
        ctxt_chan_t *jobs = ctxt_chan_new(sizeof(int), 4);
        tasks[i] = ctxt_go(servers[i], listen_for_jobs, ctxt_chan_ref(jobs));
        ctxt_chan_unref(jobs);
    }
    say_ready_and_stay();
    for (int i = 0; i < TASKS; i++) {
        ctxt_cancel(servers[i]);
        ctxt_join(ctxt_background(), tasks[i], NULL);
        ctxt_unref(servers[i]);
    }
    for (int i = 0; i < FILL; i++) {
        ctxt_cancel(fill[i]);
        ctxt_unref(fill[i]);
    }
    return 0;
}
