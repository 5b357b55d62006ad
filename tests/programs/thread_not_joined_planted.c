/* Threads that are started one after another, and neither joined nor detached. */
#include "stay.h"

enum { JOBS = 20 };

static _Atomic int ending;

static int job(ctxt_t *context, void *argument)
{
    (void)context;
    (void)argument;
    ending++;
    return 0;
}

OUT_OF_LINE static ctxt_task_t *start_job(void)
{
    ctxt_task_t *task = ctxt_go(ctxt_background(), job, NULL);
    require(task != NULL, "no thread");
    sleep_ms(5);
    return task;
}

int main(void)
{
    static ctxt_task_t *tasks[JOBS];
    for (int i = 0; i < JOBS; i++)
        tasks[i] = start_job();
    until_blocked(&ending, JOBS); /* and have ended */
    say_ready_and_stay();
    return tasks[0] == NULL;
}
