/*
 * A worker without a context of its own waits on a channel of which all holders are blocked. One of
 * them closes the channel when it goes on, and something else wakes that one.
 *
 *     closers idle      a time: it receives with an idle limit
 *     closers second    a second channel: a select of jobs and "quit"
 *     closers bounded   a context: it receives under one that has a deadline
 *
 * Whoever is waited for goes on after some seconds, and then all begins again.
 */
#include "stay.h"

#include <string.h>

enum { PATIENCE_SECONDS = 4 };

static ctxt_t *all; /* ends with the program */

static int work(ctxt_t *context, void *jobs)
{
    (void)context;
    while (ctxt_chan_receive(ctxt_background(), jobs, NULL) == 0)
        ;
    ctxt_chan_unref(jobs);
    return 0;
}

static void until_idle(ctxt_chan_t *jobs)
{
    int job, chosen;
    do {
        ctxt_case_t cases[] = {ctxt_case_receive(jobs, &job),
                               ctxt_case_after(PATIENCE_SECONDS * CTXT_SECOND)};
        chosen = ctxt_select(cases, 2);
    } while (chosen == 0);
}

static int quit_later(ctxt_t *context, void *quit)
{
    ctxt_sleep(context, PATIENCE_SECONDS * CTXT_SECOND);
    ctxt_chan_close(quit);
    ctxt_chan_unref(quit);
    return 0;
}

static void until_quit(ctxt_chan_t *jobs)
{
    int job;
    ctxt_chan_t *quit = ctxt_chan_new(sizeof(int), 0);
    ctxt_task_t *later = ctxt_go(all, quit_later, ctxt_chan_ref(quit));
    for (;;) {
        ctxt_case_t cases[] = {ctxt_case_receive(jobs, &job), ctxt_case_receive(quit, &job)};
        if (ctxt_select(cases, 2) == 1)
            break;
    }
    ctxt_join(ctxt_background(), later, NULL);
    ctxt_chan_unref(quit);
}

static void until_deadline(ctxt_chan_t *jobs)
{
    ctxt_scope limit = ctxt_with_timeout(all, PATIENCE_SECONDS * CTXT_SECOND);
    while (ctxt_chan_receive(limit, jobs, NULL) == 0)
        ;
}

static int one_round(ctxt_t *context, void *way)
{
    while (ctxt_err(context) == 0) {
        ctxt_chan_t *jobs = ctxt_chan_new(sizeof(int), 4);
        ctxt_task_t *worker = ctxt_go(ctxt_background(), work, ctxt_chan_ref(jobs));
        for (int job = 0; job < 3; job++)
            ctxt_chan_send(ctxt_background(), jobs, &job);
        (*(void (**)(ctxt_chan_t *))way)(jobs);
        ctxt_chan_close(jobs);
        ctxt_join(ctxt_background(), worker, NULL);
        ctxt_chan_unref(jobs);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "idle";
    void (*way)(ctxt_chan_t *) = strcmp(name, "idle") == 0     ? until_idle
                                 : strcmp(name, "second") == 0 ? until_quit
                                                               : until_deadline;
    all = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *closer = ctxt_go(all, one_round, &way);
    say_ready_and_stay();
    ctxt_cancel(all);
    ctxt_join(ctxt_background(), closer, NULL);
    ctxt_unref(all);
    return 0;
}
