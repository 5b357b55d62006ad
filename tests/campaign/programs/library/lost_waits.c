/*
 * More waits at once than the recording has room for (CTXTRACE_TASKS=64). A select waits for a
 * context and for jobs, which main sends; main only observes the context until it ends it.
 */
#include "stay.h"

enum { DONE_CASES = 32, TIME_CASES = 31 };

static int consume(ctxt_t *context, void *jobs)
{
    int job;
    ctxt_case_t cases[DONE_CASES + 1];
    for (int i = 0; i < DONE_CASES; i++)
        cases[i] = ctxt_case_done(context);
    cases[DONE_CASES] = ctxt_case_receive(jobs, &job);
    ctxt_select(cases, DONE_CASES + 1);
    ctxt_chan_unref(jobs);
    return 0;
}

static int fill_up(ctxt_t *context, void *unused)
{
    ctxt_case_t cases[TIME_CASES + 1];
    (void)unused;
    for (int i = 0; i < TIME_CASES; i++)
        cases[i] = ctxt_case_after((60 + i) * CTXT_SECOND);
    cases[TIME_CASES] = ctxt_case_done(context);
    ctxt_select(cases, TIME_CASES + 1);
    return 0;
}

int main(void)
{
    int job = 1;
    ctxt_scope all = ctxt_with_cancel(ctxt_background());
    ctxt_chan_t *jobs = ctxt_chan_new(sizeof(int), 0);
    ctxt_task_t *filler = ctxt_go(all, fill_up, NULL);
    sleep_ms(300);
    ctxt_t *request = ctxt_with_cancel(all);
    ctxt_observe(request);
    ctxt_task_t *consumer = ctxt_go(request, consume, ctxt_chan_ref(jobs));
    ctxt_unref(request);
    say_ready_and_stay();
    ctxt_ref(request); /* the duty to cancel is ours again */
    ctxt_unobserve(request);
    ctxt_chan_send(ctxt_background(), jobs, &job);
    ctxt_join(ctxt_background(), consumer, NULL);
    ctxt_cancel(request);
    ctxt_unref(request);
    ctxt_cancel(all);
    ctxt_join(ctxt_background(), filler, NULL);
    ctxt_chan_unref(jobs);
    return 0;
}
