/*
 * Applying suppressions (suppression.h) to the findings of a run.
 *
 * A suppressed finding stays in the report, with the suppression that did it. That of each run are
 * in the table `suppressions`, also those that matched nothing or have expired, so that `show` says
 * later what was said when the run was made.
 */
#ifndef CTXREPORT_SUPPRESS_H
#define CTXREPORT_SUPPRESS_H

#include "base/error.h"
#include "ctxreport/format.h"
#include "ctxreport/suppression.h"

/* Marks the findings of a run, once all its programs are there. `now_ns` counts since 1970. */
bool suppress(const struct suppressions *suppressions, struct store *store, int64_t run_id,
              int64_t now_ns, struct error *error);

/*
 * The same for a report that is only read: until the store is closed it seems to have had these
 * suppressions, too, in the runs of the selection.
 */
bool suppress_for_now(const struct suppressions *suppressions, const struct selection *selection,
                      int64_t now_ns, struct error *error);

#endif
