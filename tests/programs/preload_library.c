/* A program that uses libctxtrace itself: its tasks are recorded once. */
#include "stay.h"

#include <pthread.h>

static int wait_for_end(ctxt_t *context, void *argument)
{
    (void)argument;
    return ctxt_wait(context, CTXT_NEVER);
}

static void *wait_in_thread(void *argument)
{
    ctxt_wait(argument, CTXT_NEVER);
    return NULL;
}

int main(void)
{
    ctxt_t *context = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(context, wait_for_end, NULL);
    pthread_t thread = 0;
    require(task && pthread_create(&thread, NULL, wait_in_thread, context) == 0, "no threads");
    sleep_ms(100);
    say_ready_and_stay();
    ctxt_cancel(context);
    ctxt_join(ctxt_background(), task, NULL);
    pthread_join(thread, NULL);
    ctxt_unref(context);
    return 0;
}
