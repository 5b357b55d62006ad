/*
 * A busy program without a defect: servers that start requests all the time, with deadlines,
 * values, after-functions, tasks that answer over channels, clients that give up, and a pool of
 * workers behind a condition and a lock. Whoever looks at it at any moment is to find nothing.
 */
#include "stay.h"

#include <pthread.h>
#include <stdatomic.h>

enum { SERVERS = 3, WORKERS = 3 };

CTXT_VALUE(request_id, const char)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic unsigned long cleaned_up, given_up, answered;

static void clean_up(void *argument)
{
    (void)argument;
    cleaned_up++;
}

/* Answers, or notices that nobody wants the answer. */
OUT_OF_LINE static int answer(ctxt_t *context, void *channel)
{
    int row = 42;
    pthread_mutex_lock(&mutex);
    answered++;
    pthread_mutex_unlock(&mutex);
    int status = ctxt_chan_send(context, channel, &row);
    ctxt_chan_unref(channel);
    return status;
}

OUT_OF_LINE static void serve_one(ctxt_t *server, unsigned number)
{
    ctxt_scope limit = ctxt_with_timeout(server, CTXT_SECOND);
    ctxt_t *request = with_request_id(limit, "a42", NULL);
    ctxt_after_t *after = ctxt_after_func(request, clean_up, NULL);
    ctxt_chan_t *rows = ctxt_chan_new(sizeof(int), 0);
    ctxt_task_t *task = ctxt_go(request, answer, ctxt_chan_ref(rows));
    require(request && after && rows && task, "no memory");

    int row;
    ctxt_case_t cases[] = {ctxt_case_receive(rows, &row), ctxt_case_done(request)};
    if (number % 3 == 0) {
        ctxt_cancel_cause(limit, 1, "client hung up");
        given_up++;
    } else if (ctxt_select(cases, 2) == 1) {
        given_up++;
    }
    if (number % 2 == 0)
        ctxt_after_stop(after);
    ctxt_after_release(after);
    ctxt_cancel(limit);
    ctxt_join(ctxt_background(), task, NULL);
    ctxt_chan_unref(rows);
    ctxt_unref(request);
}

OUT_OF_LINE static int serve(ctxt_t *context, void *argument)
{
    (void)argument;
    for (unsigned number = 0; ctxt_err(context) == 0; number++)
        serve_one(context, number);
    return 0;
}

OUT_OF_LINE static int work(ctxt_t *context, void *jobs)
{
    int job;
    while (ctxt_chan_receive(context, jobs, &job) == 0)
        sleep_ms(1);
    ctxt_chan_unref(jobs);
    return 0;
}

int main(void)
{
    ctxt_task_t *tasks[SERVERS + WORKERS];
    ctxt_t *all = ctxt_with_cancel(ctxt_background());
    ctxt_chan_t *jobs = ctxt_chan_new(sizeof(int), 4);
    for (int i = 0; i < SERVERS + WORKERS; i++) {
        tasks[i] =
            i < SERVERS ? ctxt_go(all, serve, NULL) : ctxt_go(all, work, ctxt_chan_ref(jobs));
        require(tasks[i] != NULL, "no thread");
    }
    say_ready_and_stay();
    ctxt_cancel(all);
    for (int i = 0; i < SERVERS + WORKERS; i++)
        ctxt_join(ctxt_background(), tasks[i], NULL);
    ctxt_chan_unref(jobs);
    ctxt_unref(all);
    printf("%lu answered, %lu given up, %lu cleaned up\n", answered, given_up, cleaned_up);
    return 0;
}
