#include "runtime/waiter.h"

#include "base/futex.h"
#include "base/invariant.h"

#include <errno.h>
#include <stddef.h>

#define INDEX_MASK (BLOCKING_GAVE_UP - 1u)

void waiter_link(struct waiter_list *list, struct waiter *waiter)
{
    invariant(!waiter->list && (list->first != NULL) == (list->last != NULL));
    invariant(!list->last || !list->last->next);
    waiter->list = list;
    waiter->next = NULL;
    waiter->previous = list->last;
    if (list->last)
        list->last->next = waiter;
    else
        list->first = waiter;
    list->last = waiter;
}

void waiter_unlink(struct waiter *waiter)
{
    struct waiter_list *list = waiter->list;
    if (!list)
        return;
    invariant((waiter->previous ? waiter->previous->next : list->first) == waiter);
    invariant((waiter->next ? waiter->next->previous : list->last) == waiter);
    if (waiter->previous)
        waiter->previous->next = waiter->next;
    else
        list->first = waiter->next;
    if (waiter->next)
        waiter->next->previous = waiter->previous;
    else
        list->last = waiter->previous;
    waiter->list = NULL;
}

bool waiter_claim(struct waiter *waiter)
{
    invariant(waiter->index <= INDEX_MASK);
    uint32_t waiting = 0;
    return atomic_compare_exchange_strong_explicit(&waiter->blocking->state, &waiting,
                                                   BLOCKING_CLAIMED | waiter->index,
                                                   memory_order_acquire, memory_order_relaxed);
}

void waiter_release(struct waiter *waiter, int status)
{
    struct blocking *blocking = waiter->blocking;
    struct parker *parker = blocking->parker;
    invariant(atomic_load(&blocking->state) == (BLOCKING_CLAIMED | waiter->index));
    invariant(!waiter->list); /* whoever claims it takes it out */
    waiter->status = status;
    atomic_store_explicit(&blocking->state, BLOCKING_READY | waiter->index, memory_order_release);
    parker_notify(parker);
}

void waiter_wake_all(struct waiter_list *list, int status)
{
    while (list->first) {
        struct waiter *waiter = list->first;
        waiter_unlink(waiter);
        if (waiter_claim(waiter))
            waiter_release(waiter, status);
    }
}

void blocking_begin(struct blocking *blocking, struct parker *parker)
{
    atomic_init(&blocking->state, 0);
    blocking->parker = parker;
}

int blocking_wait(struct blocking *blocking, int64_t until_ns)
{
    for (;;) {
        uint32_t state = atomic_load_explicit(&blocking->state, memory_order_acquire);
        if (state & BLOCKING_READY)
            return (int)(state & INDEX_MASK);
        if (state & BLOCKING_CLAIMED)
            until_ns = FUTEX_NO_TIMEOUT; /* it is decided; only the completion is missing */
        if (parker_park(blocking->parker, until_ns) != ETIMEDOUT)
            continue;
        uint32_t waiting = 0;
        if (atomic_compare_exchange_strong_explicit(&blocking->state, &waiting, BLOCKING_GAVE_UP,
                                                    memory_order_acquire, memory_order_acquire))
            return -1;
    }
}
