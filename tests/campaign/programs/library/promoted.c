/*
 * Contexts that are handed on: the first owner goes when it has done its part, and an observer that
 * has been there all the time becomes the owner then. Some of the contexts are old, so that they
 * are judged; in between, for as long as one step, only the observer is there.
 */
#include "stay.h"

#include <pthread.h>

enum { PAIRS = 12 };

static _Atomic int ending;

/* Observes, and takes over the duty to cancel when the first owner has gone. */
static int take_over(ctxt_t *context, void *pause)
{
    for (long left = (long)pause; left > 0 && !ending; left -= 10)
        sleep_ms(10);
    ctxt_ref(context);
    ctxt_sleep(context, 200 * CTXT_MILLISECOND);
    ctxt_cancel(context);
    ctxt_unref(context);
    return 0;
}

static void *hand_on(void *number)
{
    ctxt_scope server = ctxt_with_cancel(ctxt_background());
    long pause = 20 + (long)number % 4 * 700;
    while (!ending) {
        ctxt_t *context = ctxt_with_cancel(server);
        ctxt_task_t *next = ctxt_go(context, take_over, (void *)pause);
        ctxt_unref(context);
        ctxt_join(ctxt_background(), next, NULL);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[PAIRS];
    for (long i = 0; i < PAIRS; i++)
        pthread_create(&threads[i], NULL, hand_on, (void *)i);
    say_ready_and_stay();
    ending = 1;
    for (int i = 0; i < PAIRS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
