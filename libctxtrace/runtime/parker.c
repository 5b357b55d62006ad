#include "runtime/parker.h"

#include "base/futex.h"

#include <errno.h>

enum { EMPTY = 0, NOTIFIED = 1 };
#define PARKED UINT32_MAX

int parker_park(struct parker *parker, int64_t until_ns)
{
    if (atomic_fetch_sub_explicit(&parker->word, 1, memory_order_acquire) == NOTIFIED)
        return 0;
    for (;;) {
        int result = futex_wait(&parker->word, PARKED, until_ns);
        uint32_t expected = NOTIFIED;
        if (atomic_compare_exchange_strong_explicit(&parker->word, &expected, EMPTY,
                                                    memory_order_acquire, memory_order_relaxed))
            return 0;
        if (result != ETIMEDOUT)
            continue;
        /* Leaving without a notification; one that arrives right now is taken along. */
        return atomic_exchange_explicit(&parker->word, EMPTY, memory_order_acquire) == NOTIFIED
                   ? 0
                   : ETIMEDOUT;
    }
}

void parker_notify(struct parker *parker)
{
    if (atomic_exchange_explicit(&parker->word, NOTIFIED, memory_order_release) == PARKED)
        futex_wake(&parker->word, 1);
}
