/* Tasks that have ended long ago and are joined at the end, and threads of the program's own. */
#include "stay.h"

#include <pthread.h>

enum { TASKS = 60 };

static int end_at_once(ctxt_t *context, void *unused)
{
    (void)unused;
    return ctxt_err(context);
}

static void *end_too(void *unused)
{
    ctxt_task_self(); /* which makes it a task that is seen */
    return unused;
}

int main(void)
{
    ctxt_task_t *tasks[TASKS];
    pthread_t threads[TASKS];
    ctxt_scope server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < TASKS; i++) {
        tasks[i] = ctxt_go(server, end_at_once, NULL);
        pthread_create(&threads[i], NULL, end_too, NULL);
    }
    say_ready_and_stay();
    for (int i = 0; i < TASKS; i++) {
        ctxt_join(ctxt_background(), tasks[i], NULL);
        pthread_join(threads[i], NULL);
    }
    return 0;
}
