/*
 * Recording begins when the program has run for a while (CTXTRACE=0 in its environment): tasks wait
 * on channels under contexts that were made before, and are ended by these.
 */
#include "stay.h"

enum { TASKS = 4 };

static int listen_for_jobs(ctxt_t *context, void *jobs)
{
    while (ctxt_chan_receive(context, jobs, NULL) == 0)
        ;
    ctxt_chan_unref(jobs);
    return 0;
}

int main(void)
{
    ctxt_task_t *tasks[TASKS];
    ctxt_scope server = ctxt_with_cancel(ctxt_background());
    require(ctxt_trace_path() == NULL, "it is recorded from the beginning");
    require(ctxt_trace_start() == 0, "recording does not begin");
    for (int i = 0; i < TASKS; i++) {
        ctxt_chan_t *jobs = ctxt_chan_new(sizeof(int), 4);
        tasks[i] = ctxt_go(server, listen_for_jobs, ctxt_chan_ref(jobs));
        ctxt_chan_unref(jobs);
    }
    say_ready_and_stay();
    ctxt_cancel(server);
    for (int i = 0; i < TASKS; i++)
        ctxt_join(ctxt_background(), tasks[i], NULL);
    return 0;
}
