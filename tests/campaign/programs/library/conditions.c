/* Queues behind conditions of the library: full, empty, with time limits, under contexts. */
#include "stay.h"

#include <pthread.h>

enum { PRODUCERS = 2, CONSUMERS = 4, ROOM = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ctxt_cond_t not_full = CTXT_COND_INIT, not_empty = CTXT_COND_INIT;
static int queued;

static int produce(ctxt_t *context, void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    while (ctxt_err(context) == 0) {
        while (queued == ROOM && ctxt_cond_wait(context, &not_full, &lock) == 0)
            ;
        if (queued < ROOM)
            queued++;
        ctxt_cond_signal(&not_empty);
    }
    pthread_mutex_unlock(&lock);
    return 0;
}

static int consume(ctxt_t *context, void *unused)
{
    (void)unused;
    while (ctxt_err(context) == 0) {
        pthread_mutex_lock(&lock);
        while (queued == 0 && ctxt_err(context) == 0)
            ctxt_cond_timedwait(context, &not_empty, &lock, CTXT_MILLISECOND);
        if (queued > 0)
            queued--;
        ctxt_cond_broadcast(&not_full);
        pthread_mutex_unlock(&lock);
        ctxt_sleep(context, 300 * CTXT_MICROSECOND);
    }
    return 0;
}

int main(void)
{
    ctxt_task_t *tasks[PRODUCERS + CONSUMERS];
    ctxt_scope all = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        tasks[i] = ctxt_go(all, i < PRODUCERS ? produce : consume, NULL);
    say_ready_and_stay();
    ctxt_cancel(all);
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        ctxt_join(ctxt_background(), tasks[i], NULL);
    return 0;
}
