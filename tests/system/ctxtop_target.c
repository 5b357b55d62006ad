/*
 * A program for ctxtop to watch: `ctxtop_target [CONTEXTS [churn]]`.
 *
 * Makes a server with a worker that waits for its end, and requests below it with a child each,
 * until there are CONTEXTS (12 unless given). Says "ready" on standard output and a word on
 * standard error. With "churn" it then makes and ends contexts all the time. SIGUSR1 makes it exit
 * with status 3, with everything still open; other signals do what they always do.
 */
#include <ctxtrace/ctxtrace.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t asked_to_exit;

static void on_signal(int number)
{
    (void)number;
    asked_to_exit = 1;
}

static void sleep_ms(long milliseconds)
{
    const struct timespec pause = {.tv_nsec = milliseconds * 1000000};
    nanosleep(&pause, NULL);
}

static int work(ctxt_t *context, void *argument)
{
    (void)argument;
    return ctxt_wait(context, CTXT_NEVER);
}

__attribute__((noinline)) static ctxt_t *begin_request(ctxt_t *server, long number)
{
    ctxt_t *request = ctxt_with_timeout(server, INT64_C(3600) * 1000000000);
    if (request != NULL)
        ctxt_set_name(request, "request %ld", number);
    return request;
}

__attribute__((noinline)) static ctxt_t *begin_query(ctxt_t *request)
{
    return ctxt_with_cancel(request);
}

static void churn(ctxt_t *server)
{
    for (long i = 0; !asked_to_exit; i++) {
        ctxt_t *kept[20];
        for (int j = 0; j < 20; j++)
            kept[j] = begin_request(server, i * 20 + j);
        sleep_ms(5);
        for (int j = 0; j < 20; j++) {
            ctxt_cancel(kept[j]);
            ctxt_unref(kept[j]);
        }
    }
}

int main(int argc, char **argv)
{
    long contexts = argc > 1 ? atol(argv[1]) : 12;
    signal(SIGUSR1, on_signal);
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    ctxt_set_name(server, "server");
    ctxt_task_t *worker = ctxt_go(server, work, NULL);
    if (worker == NULL)
        return 70;
    ctxt_task_set_name(worker, "worker");
    for (long i = 2; i < contexts; i += 2) {
        ctxt_t *request = begin_request(server, i / 2);
        if (request == NULL || begin_query(request) == NULL)
            return 70;
    }
    puts("ready");
    fflush(stdout);
    fputs("to standard error \033[31mwith an escape\n", stderr);
    if (argc > 2 && strcmp(argv[2], "churn") == 0)
        churn(server);
    while (!asked_to_exit)
        sleep_ms(20);
    _exit(3);
}
