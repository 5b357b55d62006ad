/* The engine: runs the rules over a snapshot. */
#ifndef CTXTRACE_FINDINGS_FINDINGS_H
#define CTXTRACE_FINDINGS_FINDINGS_H

#include "findings/findings_store.h"

/*
 * Runs all rules, or those whose names are in `only` (NULL-terminated; NULL for all). Linear or
 * n log n in the size of the snapshot, which must outlive the findings. NULL when memory ran out.
 */
struct findings *findings_check(const struct snapshot *snapshot,
                                const struct thresholds *thresholds, const char *const *only);
/* The same with the rules over time; without them if `growth` is NULL. */
struct findings *findings_check_over_time(const struct snapshot *snapshot,
                                          const struct growth *growth,
                                          const struct thresholds *thresholds,
                                          const char *const *only);

#endif
