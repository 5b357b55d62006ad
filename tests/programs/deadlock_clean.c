/* G8, G9, as it should be: many wait for a lock whose holder is at work, and main for them. */
#include "stay.h"

#include <pthread.h>

enum { WAITING = 4 };

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static ctxt_task_id_t holder;
static _Atomic int locking;

OUT_OF_LINE static int audit(ctxt_t *context, void *argument)
{
    (void)context;
    (void)argument;
    ctxt_wait_description_t description = {
        .object = CTXT_WAIT_MUTEX,
        .operation = CTXT_WAIT_TO_LOCK,
        .address = &accounts,
        .owner = holder,
        .until_ns = CTXT_NEVER,
    };
    locking++;
    uint32_t token = ctxt_wait_begin(&description);
    pthread_mutex_lock(&accounts);
    ctxt_wait_end(token);
    pthread_mutex_unlock(&accounts);
    return 0;
}

int main(void)
{
    ctxt_task_t *auditors[WAITING];
    pthread_mutex_lock(&accounts);
    holder = ctxt_task_self();
    for (int i = 0; i < WAITING; i++)
        auditors[i] = ctxt_go(ctxt_background(), audit, NULL);
    until_blocked(&locking, WAITING);
    say_ready_and_stay();
    pthread_mutex_unlock(&accounts);
    for (int i = 0; i < WAITING; i++)
        ctxt_join(ctxt_background(), auditors[i], NULL);
    return 0;
}
