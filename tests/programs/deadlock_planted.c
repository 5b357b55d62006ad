/* G8, G9: a task joins another one, which waits for a lock that the first holds. */
#include "stay.h"

#include <pthread.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static ctxt_task_id_t holder;
static _Atomic int joining, locking;

/* A lock that is described, as a wrapper of pthread_mutex_lock() would. */
OUT_OF_LINE static void lock_accounts(void)
{
    ctxt_wait_description_t description = {
        .object = CTXT_WAIT_MUTEX,
        .operation = CTXT_WAIT_TO_LOCK,
        .address = &accounts,
        .until_ns = CTXT_NEVER,
    };
    uint32_t token = ctxt_wait_begin(&description);
    ctxt_wait_holders_t holders = {.owner = holder};
    ctxt_wait_holders(token, &holders);
    pthread_mutex_lock(&accounts);
    ctxt_wait_end(token);
}

OUT_OF_LINE static int audit(ctxt_t *context, void *argument)
{
    (void)context;
    (void)argument;
    until_blocked(&joining, 1);
    locking++;
    lock_accounts();
    return 0;
}

OUT_OF_LINE static int transfer(ctxt_t *context, void *argument)
{
    (void)argument;
    pthread_mutex_lock(&accounts);
    holder = ctxt_task_self();
    ctxt_task_t *auditor = ctxt_go(context, audit, NULL);
    require(auditor != NULL, "no thread");
    joining++;
    return ctxt_join(ctxt_background(), auditor, NULL);
}

int main(void)
{
    ctxt_task_t *task = ctxt_go(ctxt_background(), transfer, NULL);
    require(task != NULL, "no thread");
    ctxt_detach(task);
    until_blocked(&locking, 1);
    say_ready_and_stay();
    return 0;
}
