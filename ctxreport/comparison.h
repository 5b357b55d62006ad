/*
 * Two runs compared: what is new, what is gone, what both have. Findings are the same if their
 * fingerprints are, so a recompiled program compares with its former self.
 */
#ifndef CTXREPORT_COMPARISON_H
#define CTXREPORT_COMPARISON_H

#include "ctxreport/format.h"

enum change { CHANGE_NEW, CHANGE_KEPT, CHANGE_GONE, CHANGE_COUNT };

/* One rule at one site, over all programs of a run; confidence is the highest. */
struct compared {
    char fingerprint[20];
    char *rule, *sentence, *site; /* of the newer run, of the older one if it is gone */
    enum change change;
    unsigned old_confidence, new_confidence; /* meaningful where it is there */
    int64_t old_count, new_count;
};

struct comparison {
    struct compared *items; /* new ones first, then kept, then gone; each by importance */
    size_t count;
};

/* Uses the first run of each selection. */
bool comparison_make(struct comparison *comparison, const struct selection *older,
                     const struct selection *newer, struct failure *failure);
void comparison_free(struct comparison *comparison);

/* Is it new at this confidence: not there before, or there with less than `fail_on`? */
bool compared_is_worse(const struct compared *item, unsigned fail_on);

const char *change_name(enum change change);

#endif
