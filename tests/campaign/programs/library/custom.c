/*
 * Contexts of the program's own making: one with a Done of its own and no deadline above a long
 * life, around an inner one that has a deadline; one that adds a value only; and children below
 * both.
 */
#include "stay.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SERVERS = 3 };

struct lease {
    int done;          /* readable once it has ended */
    _Atomic int error; /* 0 while it is open */
};

static int lease_error(void *self)
{
    return ((struct lease *)self)->error;
}

static int lease_done(void *self)
{
    return ((struct lease *)self)->done;
}

static bool lease_deadline(void *self, int64_t *deadline_ns)
{
    (void)self;
    (void)deadline_ns;
    return false; /* it lives as long as it is renewed */
}

static void lease_free(void *self)
{
    close(((struct lease *)self)->done);
    free(self);
}

static const ctxt_ops_t lease_ops = {.name = "lease",
                                     .deadline = lease_deadline,
                                     .err = lease_error,
                                     .done_fd = lease_done,
                                     .destroy = lease_free};
static const ctxt_ops_t plain_ops = {.name = "plain"};

static void end_lease(struct lease *lease)
{
    lease->error = ECANCELED;
    eventfd_write(lease->done, 1);
}

static void work_below(ctxt_t *context)
{
    ctxt_scope longer = ctxt_with_timeout(context, CTXT_HOUR);
    ctxt_scope shorter = ctxt_with_timeout(longer, 50 * CTXT_MILLISECOND);
    ctxt_scope child = ctxt_with_cancel(shorter);
    ctxt_sleep(child, 2 * CTXT_MILLISECOND);
}

static void serve_a_lease(ctxt_t *server)
{
    ctxt_scope minute = ctxt_with_timeout(server, CTXT_MINUTE);
    struct lease *lease = calloc(1, sizeof *lease);
    require(lease != NULL, "no memory");
    lease->done = eventfd(0, EFD_CLOEXEC);
    ctxt_t *leased = ctxt_custom(&lease_ops, lease, minute);
    ctxt_t *plain = ctxt_custom(&plain_ops, NULL, leased);
    ctxt_t *child = ctxt_with_cancel(plain);
    for (int i = 0; i < 5; i++)
        work_below(plain);
    end_lease(lease);
    ctxt_wait(child, CTXT_NEVER);
    ctxt_cancel(child);
    ctxt_unref(child);
    ctxt_unref(plain);
    ctxt_unref(leased);
}

static int serve(ctxt_t *context, void *unused)
{
    (void)unused;
    while (ctxt_err(context) == 0)
        serve_a_lease(context);
    return 0;
}

int main(void)
{
    ctxt_task_t *servers[SERVERS];
    ctxt_scope all = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < SERVERS; i++)
        servers[i] = ctxt_go(all, serve, NULL);
    say_ready_and_stay();
    ctxt_cancel(all);
    for (int i = 0; i < SERVERS; i++)
        ctxt_join(ctxt_background(), servers[i], NULL);
    return 0;
}
