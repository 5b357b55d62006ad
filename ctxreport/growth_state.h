/*
 * What is remembered from look to look; shared by the files of ctxreport/growth.h.
 *
 * That there are more than before is not enough: a busy program has more now and then. What leaks
 * stays. So each thing is known again at the next look by its id, and of each group it is counted
 * how many have stayed from one look to the next, and how many have gone.
 */
#ifndef CTXREPORT_GROWTH_STATE_H
#define CTXREPORT_GROWTH_STATE_H

#include <uthash.h>

#include "ctxreport/growth.h"

enum grown { GROWN_CONTEXTS, GROWN_TASKS, GROWN_COUNT };

struct site_key {
    uint64_t group; /* a fingerprint */
    uint64_t grown; /* enum grown, as wide as the other so that there is no padding */
};

/* A number that is looked at again and again. */
struct course {
    uint32_t now, before, first;
    uint32_t looks, rises;
    uint64_t seen; /* how many were counted at all looks but the last, altogether */
    uint64_t gone; /* how many of these were gone at the next look */
    bool dropped;
};

struct grown_site {
    struct site_key key;
    struct course all;    /* all that are there */
    struct course stayed; /* those that were there at the look before, too */
    int64_t first_ns;     /* of the look that saw it first */
    UT_hash_handle hh;
};

/* One thing, as the last look saw it. */
struct member {
    uint64_t id;
    struct grown_site *site;
    uint32_t looks; /* in a row */
};

struct members {
    struct member *items; /* by id */
    size_t count;
};

struct growth {
    struct grown_site *sites;
    struct members members[GROWN_COUNT];
    uint32_t looks, least_rises;
    int64_t last_ns;
    struct growth_totals last, before;
};

/* Has this number only grown, and by things that stay? */
bool course_only_grows(const struct growth *growth, const struct course *course);

#endif
