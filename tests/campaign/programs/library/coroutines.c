/*
 * Coroutines that a thread runs in turn, described as the header says: each has a context of its
 * own, and their waits overlap without being nested. Requests end while others work on in the same
 * thread.
 */
#include "stay.h"

enum { THREADS = 2, COROUTINES = 3 };

struct coroutine {
    ctxt_task_id_t task;
    ctxt_t *request;
    uint32_t wait;
};

static void begin(struct coroutine *it, ctxt_t *server)
{
    it->request = ctxt_with_timeout(server, CTXT_SECOND);
    it->task = ctxt_task_begin(CTXT_TASK_COROUTINE, "request", NULL);
    ctxt_wait_description_t description = {
        .object = CTXT_WAIT_TIMER,
        .operation = CTXT_WAIT_FOR_TIME,
        .until_ns = ctxt_now() + 20 * CTXT_MILLISECOND,
        .bounded_by = it->request,
    };
    ctxt_task_switch(it->task);
    it->wait = ctxt_wait_begin(&description);
}

static void end(struct coroutine *it)
{
    ctxt_task_switch(it->task);
    ctxt_wait_end(it->wait);
    ctxt_enter(it->request);
    ctxt_sleep(it->request, CTXT_MILLISECOND);
    ctxt_leave(it->request);
    ctxt_cancel(it->request);
    ctxt_unref(it->request);
    ctxt_task_end(it->task);
    ctxt_task_joined(it->task);
}

/* An event loop: the first that began is the first that ends, and another begins. */
static int run_loop(ctxt_t *context, void *unused)
{
    struct coroutine all[COROUTINES];
    (void)unused;
    for (int i = 0; i < COROUTINES; i++)
        begin(&all[i], context);
    for (unsigned turn = 0; ctxt_err(context) == 0; turn++) {
        end(&all[turn % COROUTINES]);
        begin(&all[turn % COROUTINES], context);
    }
    for (int i = COROUTINES - 1; i >= 0; i--)
        end(&all[i]);
    ctxt_task_switch(0);
    return 0;
}

int main(void)
{
    ctxt_task_t *threads[THREADS];
    ctxt_scope server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < THREADS; i++)
        threads[i] = ctxt_go(server, run_loop, NULL);
    say_ready_and_stay();
    ctxt_cancel(server);
    for (int i = 0; i < THREADS; i++)
        ctxt_join(ctxt_background(), threads[i], NULL);
    return 0;
}
