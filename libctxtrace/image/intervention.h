/*
 * Whatever is done to a foreign program other than reading it: it has to be permitted here first,
 * and is noted here afterwards. So one switch forbids all of it (machine_settings.h), and nothing
 * is done silently: reports count it, and the system's log has it if that is wanted.
 */
#ifndef CTXTRACE_IMAGE_INTERVENTION_H
#define CTXTRACE_IMAGE_INTERVENTION_H

#include "base/error.h"

#include <stdint.h>

/* System calls that a stop made restart with all of their time-out (call_restart.h). */
struct restarts {
    uint64_t count;
    uint64_t unbounded; /* of these: how late is not known, but that it is less than the time-out */
    int64_t latest_ns;  /* how late any other ends, at most */
};

/* Of one kind, since the program was opened. */
struct intervention {
    uint64_t count;
    int64_t total_ns, longest_ns;
    struct restarts restarts;
};

/* false and a sentence that begins with `what` ("process 7 is not stopped") if it is forbidden. */
bool intervention_allowed(const char *what, struct error *error);

/* `what` was done to the process ("stopped"), for so long, and made these calls restart. */
void intervention_done(struct intervention *intervention, int pid, const char *what,
                       int64_t duration_ns, const struct restarts *restarts);

#endif
