/*
 * Channels that are counted, and beside them one that is lent: whoever starts a helper and joins it
 * lends it its own reference, as one lends a local variable. The helper takes none.
 */
#include "stay.h"

enum { ROUND_MS = 3000 };

struct loan {
    ctxt_chan_t *answer; /* lent for as long as the helper lives */
    ctxt_chan_t *work;   /* the helper's own reference */
};

static int help(ctxt_t *context, void *argument)
{
    struct loan *loan = argument;
    int value = 0;
    (void)context;
    ctxt_chan_receive(ctxt_background(), loan->work, &value);
    ctxt_chan_send(ctxt_background(), loan->answer, &value);
    ctxt_chan_unref(loan->work);
    return 0;
}

static int receive_answer(ctxt_t *context, void *answer)
{
    int value;
    (void)context;
    ctxt_chan_receive(ctxt_background(), answer, &value);
    ctxt_chan_unref(answer);
    return 0;
}

/* Two are blocked: one on `work`, which we hold, one on `answer`, which the helper was lent. */
static int lend(ctxt_t *context, void *unused)
{
    (void)unused;
    for (int round = 0; ctxt_err(context) == 0; round++) {
        struct loan loan = {ctxt_chan_new(sizeof(int), 0), ctxt_chan_new(sizeof(int), 0)};
        ctxt_chan_t *work = ctxt_chan_ref(loan.work);
        ctxt_task_t *receiver = ctxt_go(context, receive_answer, ctxt_chan_ref(loan.answer));
        ctxt_task_t *helper = ctxt_go(context, help, &loan);
        ctxt_sleep(context, ROUND_MS * CTXT_MILLISECOND);
        ctxt_chan_send(ctxt_background(), work, &round);
        ctxt_chan_unref(work);
        ctxt_join(ctxt_background(), helper, NULL);
        ctxt_chan_unref(loan.answer);
        ctxt_join(ctxt_background(), receiver, NULL);
    }
    return 0;
}

/* The owner is blocked in the join of the helper that it lent its channel to. */
static int answer_later(ctxt_t *context, void *answer)
{
    int value = 42;
    ctxt_sleep(context, ROUND_MS * CTXT_MILLISECOND);
    return ctxt_chan_send(ctxt_background(), answer, &value);
}

static int lend_and_join(ctxt_t *context, void *unused)
{
    (void)unused;
    while (ctxt_err(context) == 0) {
        ctxt_chan_t *answer = ctxt_chan_new(sizeof(int), 0);
        ctxt_task_t *receiver = ctxt_go(context, receive_answer, ctxt_chan_ref(answer));
        ctxt_task_t *helper = ctxt_go(context, answer_later, answer);
        ctxt_join(ctxt_background(), helper, NULL);
        ctxt_join(ctxt_background(), receiver, NULL);
        ctxt_chan_unref(answer);
    }
    return 0;
}

/* Takes part for a moment only. */
static int look_and_leave(ctxt_t *context, void *answer)
{
    (void)context;
    ctxt_chan_try_receive(answer, NULL);
    ctxt_chan_unref(answer);
    return 0;
}

/* Two wait on one channel, one with a reference of its own, one with ours, which we hold meanwhile.
 */
static int receive_lent(ctxt_t *context, void *answer)
{
    (void)context;
    return ctxt_chan_receive(ctxt_background(), answer, NULL);
}

static int lend_beside_counted(ctxt_t *context, void *unused)
{
    (void)unused;
    for (int round = 0; ctxt_err(context) == 0; round++) {
        ctxt_chan_t *answer = ctxt_chan_new(sizeof(int), 0);
        ctxt_task_t *first = ctxt_go(context, look_and_leave, ctxt_chan_ref(answer));
        ctxt_join(ctxt_background(), first, NULL);
        ctxt_task_t *counted = ctxt_go(context, receive_answer, ctxt_chan_ref(answer));
        ctxt_task_t *helper = ctxt_go(context, receive_lent, answer);
        ctxt_sleep(context, ROUND_MS * CTXT_MILLISECOND);
        for (int i = 0; i < 2; i++)
            ctxt_chan_send(ctxt_background(), answer, &round);
        ctxt_join(ctxt_background(), helper, NULL);
        ctxt_join(ctxt_background(), counted, NULL);
        ctxt_chan_unref(answer);
    }
    return 0;
}

int main(void)
{
    ctxt_scope all = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *first = ctxt_go(all, lend, NULL);
    ctxt_task_t *second = ctxt_go(all, lend_and_join, NULL);
    ctxt_task_t *third = ctxt_go(all, lend_beside_counted, NULL);
    say_ready_and_stay();
    ctxt_cancel(all);
    ctxt_join(ctxt_background(), first, NULL);
    ctxt_join(ctxt_background(), second, NULL);
    ctxt_join(ctxt_background(), third, NULL);
    return 0;
}
