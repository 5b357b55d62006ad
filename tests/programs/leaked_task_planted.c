/* G1: the receiver has left; the senders of the slower answers stay blocked for ever. */
#include "stay.h"

enum { ASKED = 5 };

static _Atomic int sending;

OUT_OF_LINE static int send_answer(ctxt_t *context, void *channel)
{
    int answer = 42;
    (void)context;
    sending++;
    int status = ctxt_chan_send(ctxt_background(), channel, &answer);
    ctxt_chan_unref(channel);
    return status;
}

OUT_OF_LINE static int first_answer(ctxt_t *context)
{
    int answer = 0;
    ctxt_chan_t *answers = ctxt_chan_new(sizeof answer, 0);
    for (int i = 0; i < ASKED; i++) {
        ctxt_task_t *task = ctxt_go(context, send_answer, ctxt_chan_ref(answers));
        require(task != NULL, "no thread");
        ctxt_detach(task);
    }
    ctxt_chan_receive(context, answers, &answer);
    ctxt_chan_unref(answers);
    return answer;
}

int main(void)
{
    ctxt_t *request = ctxt_with_cancel(ctxt_background());
    require(first_answer(request) == 42, "no answer");
    until_blocked(&sending, ASKED);
    say_ready_and_stay();
    ctxt_end_scope(&request);
    return 0;
}
