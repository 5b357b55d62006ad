/*
 * Selects between sources of which any one may be what wakes: a kill may fall between the records
 * of two waits of one select. Each source is held by one task that is itself waiting, or working.
 */
#include "stay.h"

enum { CONSUMERS = 4 };

static int feed(ctxt_t *context, void *rows)
{
    for (int row = 0; ctxt_chan_send(context, rows, &row) == 0; row++)
        ;
    ctxt_chan_close(rows); /* which ends a select that waits for us alone */
    ctxt_chan_unref(rows);
    return 0;
}

static int consume(ctxt_t *context, void *unused)
{
    ctxt_chan_t *first = ctxt_chan_new(sizeof(int), 0), *second = ctxt_chan_new(sizeof(int), 0);
    ctxt_task_t *feeder = ctxt_go(context, feed, ctxt_chan_ref(second));
    int row = 0;
    (void)unused;
    while (ctxt_err(context) == 0) {
        ctxt_case_t cases[] = {ctxt_case_receive(first, &row), ctxt_case_receive(second, &row)};
        ctxt_select(cases, 2);
        ctxt_case_t timed[] = {ctxt_case_receive(first, &row), ctxt_case_done(context),
                               ctxt_case_after(10 * CTXT_MICROSECOND)};
        ctxt_select(timed, 3);
    }
    ctxt_join(ctxt_background(), feeder, NULL);
    ctxt_chan_unref(first);
    ctxt_chan_unref(second);
    return 0;
}

int main(void)
{
    ctxt_task_t *consumers[CONSUMERS];
    ctxt_scope all = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < CONSUMERS; i++)
        consumers[i] = ctxt_go(all, consume, NULL);
    say_ready_and_stay();
    ctxt_cancel(all);
    for (int i = 0; i < CONSUMERS; i++)
        ctxt_join(ctxt_background(), consumers[i], NULL);
    return 0;
}
