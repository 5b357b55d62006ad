/*
 * A server whose name shows how many requests it has served, so it is set again with each one, and
 * its record is hardly ever at rest. A listener that holds the only references to its channel
 * receives under that server.
 */
#include "stay.h"

#include <pthread.h>

static _Atomic int ending;

static int listen_for_jobs(ctxt_t *context, void *jobs)
{
    while (ctxt_chan_receive(context, jobs, NULL) == 0)
        ;
    ctxt_chan_unref(jobs);
    return 0;
}

static void *rename_all_the_time(void *server)
{
    for (unsigned long served = 0; !ending; served++)
        ctxt_set_name(server, "server, %lu served", served);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    ctxt_scope server = ctxt_with_cancel(ctxt_background());
    ctxt_chan_t *jobs = ctxt_chan_new(sizeof(int), 4);
    ctxt_task_t *listener = ctxt_go(server, listen_for_jobs, ctxt_chan_ref(jobs));
    ctxt_chan_unref(jobs);
    pthread_create(&thread, NULL, rename_all_the_time, server);
    say_ready_and_stay();
    ctxt_cancel(server);
    ctxt_join(ctxt_background(), listener, NULL);
    ending = 1;
    pthread_join(thread, NULL);
    return 0;
}
