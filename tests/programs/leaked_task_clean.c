/* G1, as it should be: room for every answer; and workers whose producer is still there. */
#include "stay.h"

enum { ASKED = 5, WORKERS = 4 };

OUT_OF_LINE static int send_answer(ctxt_t *context, void *channel)
{
    int answer = 42;
    int status = ctxt_chan_send(context, channel, &answer);
    ctxt_chan_unref(channel);
    return status;
}

OUT_OF_LINE static int first_answer(ctxt_t *context)
{
    int answer = 0;
    ctxt_chan_t *answers = ctxt_chan_new(sizeof answer, ASKED);
    for (int i = 0; i < ASKED; i++) {
        ctxt_task_t *task = ctxt_go(context, send_answer, ctxt_chan_ref(answers));
        require(task != NULL, "no thread");
        ctxt_detach(task);
    }
    ctxt_chan_receive(context, answers, &answer);
    ctxt_chan_unref(answers);
    return answer;
}

OUT_OF_LINE static int work(ctxt_t *context, void *jobs)
{
    int job;
    (void)context;
    while (ctxt_chan_receive(ctxt_background(), jobs, &job) == 0)
        ;
    ctxt_chan_unref(jobs);
    return 0;
}

int main(void)
{
    ctxt_t *request = ctxt_with_cancel(ctxt_background());
    ctxt_chan_t *jobs = ctxt_chan_new(sizeof(int), 0);
    ctxt_task_t *workers[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        workers[i] = ctxt_go(request, work, ctxt_chan_ref(jobs));
    require(first_answer(request) == 42, "no answer");
    say_ready_and_stay();
    ctxt_chan_close(jobs);
    for (int i = 0; i < WORKERS; i++)
        ctxt_join(ctxt_background(), workers[i], NULL);
    ctxt_chan_unref(jobs);
    ctxt_end_scope(&request);
    return 0;
}
