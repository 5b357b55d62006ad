/*
 * A master makes the server's context and forks a worker, whose tasks run under what it has
 * inherited: the deadline ends them in the worker, too. It is the worker that is looked at.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stay.h"

static int listen_for_jobs(ctxt_t *context, void *jobs)
{
    while (ctxt_chan_receive(context, jobs, NULL) == 0)
        ;
    ctxt_chan_unref(jobs);
    return 0;
}

static int serve(ctxt_t *context, void *unused)
{
    (void)unused;
    while (ctxt_err(context) == 0) {
        ctxt_scope request = ctxt_with_timeout(context, CTXT_SECOND);
        ctxt_sleep(request, CTXT_MILLISECOND);
    }
    return 0;
}

/* Ends by itself after ten minutes, or with its master. */
static void work(ctxt_t *server)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ctxt_task_t *listener = ctxt_go(server, listen_for_jobs, ctxt_chan_new(sizeof(int), 4));
    ctxt_task_t *worker = ctxt_go(server, serve, NULL);
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
    ctxt_join(ctxt_background(), listener, NULL);
    ctxt_join(ctxt_background(), worker, NULL);
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
