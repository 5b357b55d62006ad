/*
 * Two runs compared: what is new, what is gone, what both have.
 *
 * Findings are the same if their fingerprints and the names of their programs are. A program whose
 * name occurs in only one of the runs may have been renamed: it is compared with all others of that
 * kind. So a leak in one program does not count as known because another program of the older run
 * had it.
 *
 * A finding that both have is still new if there is more of it than its fingerprint can tell apart:
 * more places, or, if it is not identified, more things (see run_findings.h).
 */
#ifndef CTXREPORT_COMPARISON_H
#define CTXREPORT_COMPARISON_H

#include "base/error.h"
#include "ctxreport/gate.h"
#include "ctxreport/run_findings.h"

/* A suppressed finding is neither new nor kept, whatever the older run had. */
enum change { CHANGE_NEW, CHANGE_KEPT, CHANGE_GONE, CHANGE_SUPPRESSED, CHANGE_COUNT };

/* One finding, over all programs that are compared with each other. */
struct compared {
    const struct run_finding *finding; /* of the newer run, of the older one if it is gone */
    enum change change;
    bool had, has; /* the older run had it, the newer one has it */
    bool is_suppressed;
    bool identified;
    unsigned old_confidence, new_confidence; /* the highest; meaningful where it is there */
    struct amounts older, newer;
};

struct compared_entry;

struct comparison {
    struct compared *items; /* in the order of `change`; each by importance */
    size_t count;
    const struct run_findings *older, *newer;
    struct compared_entry *entries; /* by key */
};

/* What is compared must outlive the comparison. Free it in any case. */
bool comparison_make(struct comparison *comparison, const struct run_findings *older,
                     const struct run_findings *newer, struct error *error);
void comparison_free(struct comparison *comparison);

/* What is said of a finding of either run; NULL when it is in none. */
const struct compared *comparison_find(const struct comparison *comparison, const char *fingerprint,
                                       const char *program);

/* Had the older run all of it that is of this confidence or a higher one? */
bool compared_was_known(const struct compared *item, unsigned confidence);

/* Is there something that the gate stops, and that the older run had not, or not so certain? */
bool compared_is_worse(const struct compared *item, const struct gate *gate);

const char *change_name(enum change change);

#endif
