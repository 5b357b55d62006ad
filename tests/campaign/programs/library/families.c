/*
 * Families of contexts that come and go as fast as they can, so that a slot of the recording holds
 * one context at one moment and another, of another family, at the next.
 */
#include "stay.h"

enum { MAKERS = 4, CHILDREN = 16 };

static void one_family(ctxt_t *server, int children)
{
    ctxt_t *members[CHILDREN];
    ctxt_t *parent = ctxt_with_cancel(server);
    for (int i = 0; i < children; i++)
        members[i] = i % 3 == 0 ? ctxt_with_timeout(parent, CTXT_SECOND) : ctxt_with_cancel(parent);
    if (children % 2 == 0)
        ctxt_cancel(parent);
    for (int i = 0; i < children; i++) {
        ctxt_cancel(members[i]);
        ctxt_unref(members[i]);
    }
    ctxt_cancel(parent);
    ctxt_unref(parent);
}

static int make_families(ctxt_t *context, void *unused)
{
    (void)unused;
    for (int round = 0; ctxt_err(context) == 0; round++)
        one_family(context, 1 + round % CHILDREN);
    return 0;
}

int main(void)
{
    ctxt_task_t *makers[MAKERS];
    ctxt_scope all = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < MAKERS; i++)
        makers[i] = ctxt_go(all, make_families, NULL);
    say_ready_and_stay();
    ctxt_cancel(all);
    for (int i = 0; i < MAKERS; i++)
        ctxt_join(ctxt_background(), makers[i], NULL);
    return 0;
}
