/*
 * All of the library at once, busy: requests with deadlines and values, groups, after-functions
 * that run and that are stopped, work that is detached on purpose, selects between all kinds of
 * cases, conditions, sleeps, pipes, tasks that are joined and tasks that nobody joins.
 */
#include "stay.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

CTXT_VALUE(request, const char)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ctxt_cond_t changed = CTXT_COND_INIT;
static unsigned long stored, audited;

static int store(ctxt_t *context, void *unused)
{
    (void)unused;
    ctxt_sleep(context, CTXT_MILLISECOND);
    pthread_mutex_lock(&lock);
    stored++;
    ctxt_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return 0;
}

static int fail_late(ctxt_t *context, void *unused)
{
    (void)unused;
    return ctxt_sleep(context, 3 * CTXT_MILLISECOND) ? 0 : 7;
}

static void serve_by_a_group(ctxt_t *server)
{
    ctxt_group_t *group = ctxt_group_new(server);
    ctxt_group_limit(group, 3);
    for (int i = 0; i < 6; i++)
        ctxt_group_go(group, i == 4 ? fail_late : store, NULL);
    ctxt_group_wait(group);
}

static void count(void *counter)
{
    __atomic_add_fetch((unsigned long *)counter, 1, __ATOMIC_RELAXED);
}

static void serve_with_after_functions(ctxt_t *server)
{
    ctxt_scope limit = ctxt_with_timeout(server, 2 * CTXT_MILLISECOND);
    ctxt_t *named = with_request(limit, "a42", NULL);
    ctxt_after_t *first = ctxt_after_func(named, count, &audited);
    ctxt_after_t *second = ctxt_after_func(named, count, &audited);
    ctxt_after_stop(second);
    ctxt_wait(named, CTXT_NEVER);
    ctxt_after_release(first);
    ctxt_after_release(second);
    ctxt_unref(named);
}

static int write_audit(ctxt_t *context, void *unused)
{
    (void)unused;
    ctxt_scope limit = ctxt_with_timeout(context, 20 * CTXT_MILLISECOND);
    return ctxt_sleep(limit, 2 * CTXT_MILLISECOND);
}

/* What outlives the request is detached, and nobody joins it. */
static void serve_and_leave_work(ctxt_t *server)
{
    ctxt_scope request = ctxt_with_cancel(server);
    ctxt_t *detached = ctxt_without_cancel(request);
    ctxt_detach(ctxt_go(detached, write_audit, NULL));
    ctxt_unref(detached);
    ctxt_sleep(request, CTXT_MILLISECOND);
}

static int produce(ctxt_t *context, void *rows)
{
    for (int row = 0; row < 5; row++) {
        if (ctxt_chan_send(context, rows, &row) != 0)
            break;
    }
    ctxt_chan_close(rows);
    ctxt_chan_unref(rows);
    return 0;
}

static void serve_by_selects(ctxt_t *server)
{
    ctxt_scope request = ctxt_with_timeout(server, CTXT_SECOND);
    ctxt_chan_t *rows = ctxt_chan_new(sizeof(int), 1);
    ctxt_task_t *producer = ctxt_go(request, produce, ctxt_chan_ref(rows));
    int row, chosen;
    do {
        ctxt_case_t cases[] = {ctxt_case_receive(rows, &row), ctxt_case_done(request),
                               ctxt_case_after(CTXT_MILLISECOND)};
        chosen = ctxt_select(cases, 3);
        if (chosen == 0 && cases[0].status != 0)
            break;
    } while (chosen != 1);
    ctxt_join(ctxt_background(), producer, NULL);
    ctxt_chan_unref(rows);
}

static void await_stored(ctxt_t *server)
{
    ctxt_scope limit = ctxt_with_timeout(server, 5 * CTXT_MILLISECOND);
    pthread_mutex_lock(&lock);
    unsigned long before = stored;
    while (stored == before && ctxt_cond_wait(limit, &changed, &lock) == 0)
        ;
    pthread_mutex_unlock(&lock);
}

static void read_a_pipe(ctxt_t *server)
{
    int ends[2];
    char byte = 'x';
    require(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0, "no pipe");
    ctxt_scope limit = ctxt_with_timeout(server, CTXT_MILLISECOND);
    ctxt_read(limit, ends[0], &byte, 1);
    ctxt_write(server, ends[1], &byte, 1);
    ctxt_read(server, ends[0], &byte, 1);
    close(ends[0]);
    close(ends[1]);
}

static void (*const ways[])(ctxt_t *) = {serve_by_a_group,     serve_with_after_functions,
                                         serve_and_leave_work, serve_by_selects,
                                         await_stored,         read_a_pipe};
enum { WAYS = sizeof ways / sizeof *ways };

static int serve(ctxt_t *context, void *first)
{
    for (size_t i = (size_t)first; ctxt_err(context) == 0; i++)
        ways[i % WAYS](context);
    return 0;
}

int main(void)
{
    ctxt_task_t *servers[WAYS];
    ctxt_t *all = ctxt_with_cancel(ctxt_background());
    for (size_t i = 0; i < WAYS; i++)
        servers[i] = ctxt_go(all, serve, (void *)i);
    say_ready_and_stay();
    ctxt_cancel(all);
    for (int i = 0; i < WAYS; i++)
        ctxt_join(ctxt_background(), servers[i], NULL);
    ctxt_unref(all);
    sleep_ms(30); /* what was left to itself ends, too */
    return 0;
}
