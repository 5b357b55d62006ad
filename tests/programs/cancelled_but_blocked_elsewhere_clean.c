/* G15, as it should be: the result or Done, whichever is first; and a pool of workers at rest. */
#include "stay.h"

enum { WORKERS = 4 };

OUT_OF_LINE static int await_result(ctxt_t *context, void *channel)
{
    int result;
    int status = ctxt_chan_receive(context, channel, &result);
    ctxt_chan_unref(channel);
    return status;
}

int main(void)
{
    ctxt_chan_t *results = ctxt_chan_new(sizeof(int), 0);
    ctxt_t *request = ctxt_with_cancel(ctxt_background());
    ctxt_t *pool = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(request, await_result, ctxt_chan_ref(results));
    ctxt_task_t *workers[WORKERS];
    require(task != NULL, "no thread");
    for (int i = 0; i < WORKERS; i++)
        workers[i] = ctxt_go(pool, await_result, ctxt_chan_ref(results));
    sleep_ms(100);
    ctxt_cancel(request);
    ctxt_join(ctxt_background(), task, NULL);
    say_ready_and_stay();
    ctxt_chan_close(results);
    for (int i = 0; i < WORKERS; i++)
        ctxt_join(ctxt_background(), workers[i], NULL);
    ctxt_chan_unref(results);
    ctxt_end_scope(&pool);
    ctxt_unref(request);
    return 0;
}
