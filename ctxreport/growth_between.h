/*
 * `diff`: what of one and the same program has grown from one report to another, by things that
 * were there already and stay. Needs that both reports kept the program whole (`-o`).
 */
#ifndef CTXREPORT_GROWTH_BETWEEN_H
#define CTXREPORT_GROWTH_BETWEEN_H

#include "base/error.h"
#include "ctxreport/format.h"

struct grown_between {
    char fingerprint[20]; /* as a finding of `inspect --watch` would have it */
    char *sentence;
    char *site;
    int64_t old_count, new_count;
};

struct growth_between {
    struct grown_between *items;
    size_t count, capacity;
};

/*
 * Uses the first run of each selection. Programs are the same if pid and start are. False and a
 * sentence on failure; free it in any case.
 */
bool growth_between_make(struct growth_between *growth, const struct selection *older,
                         const struct selection *newer, struct error *error);
void growth_between_free(struct growth_between *growth);

#endif
