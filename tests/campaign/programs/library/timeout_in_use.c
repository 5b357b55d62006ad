/*
 * Tasks that are given a time and work to its end. Whoever started them has no more to do with it
 * and gave its own reference back: the task uses the context, and the deadline ends it.
 */
#include "stay.h"

enum { TASKS = 4, SECONDS = 30 };

static _Atomic int ending;

static int work(ctxt_t *context, void *unused)
{
    (void)unused;
    while (ctxt_err(context) == 0 && !ending)
        ctxt_sleep(context, 20 * CTXT_MILLISECOND);
    return 0;
}

int main(void)
{
    ctxt_task_t *tasks[TASKS];
    ctxt_scope server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < TASKS; i++) {
        ctxt_t *limit = ctxt_with_timeout(server, SECONDS * CTXT_SECOND);
        tasks[i] = ctxt_go(limit, work, NULL);
        ctxt_unref(limit);
    }
    say_ready_and_stay();
    ending = 1;
    for (int i = 0; i < TASKS; i++)
        ctxt_join(ctxt_background(), tasks[i], NULL);
    return 0;
}
