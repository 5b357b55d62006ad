/*
 * A master makes the server's context and forks a worker, whose task runs under what it has
 * inherited: the deadline ends it in the worker, too. It is the worker that is looked at.
 */
#include "stay.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int listen_for_jobs(ctxt_t *context, void *jobs)
{
    while (ctxt_chan_receive(context, jobs, NULL) == 0)
        ;
    ctxt_chan_unref(jobs);
    return 0;
}

/* Ends by itself after ten minutes, or with its master. */
static void work(ctxt_t *server)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ctxt_chan_t *jobs = ctxt_chan_new(sizeof(int), 4);
    ctxt_task_t *listener = ctxt_go(server, listen_for_jobs, ctxt_chan_ref(jobs));
    ctxt_chan_unref(jobs);
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
    ctxt_join(ctxt_background(), listener, NULL);
}

int main(void)
{
    ctxt_scope server = ctxt_with_timeout(ctxt_background(), 10 * CTXT_MINUTE);
    ctxt_task_self();
    pid_t worker = fork();
    if (worker == 0) {
        work(server);
        return 0;
    }
    while (getchar() != '\n' && !feof(stdin))
        ;
    kill(worker, SIGKILL);
    waitpid(worker, NULL, 0);
    return 0;
}
