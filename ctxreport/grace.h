/*
 * A moment for processes that are about to end: only as long as one of them does, and never longer
 * than was said.
 */
#ifndef CTXREPORT_GRACE_H
#define CTXREPORT_GRACE_H

#include "inspect/executions.h"

#include <stdint.h>

struct grace {
    int64_t until_ns; /* of the monotonic clock */
};

/* It begins now. */
struct grace grace_begin(int milliseconds);

/*
 * Waits until one of the processes that are marked alive has ended. False: there is none, none has
 * in time, or they cannot be waited for.
 */
bool grace_wait_for_one(const struct grace *grace, const struct executions *found);

#endif
