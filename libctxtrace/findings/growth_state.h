/*
 * What is remembered from look to look; shared by the files of findings/growth.h.
 *
 * That there are more than before is not enough: a busy program has more now and then. What leaks
 * stays. So each thing is recognised at the next look by its id, and for each group it is noted how
 * many came and went, and when (cohorts.h).
 */
#ifndef CTXTRACE_FINDINGS_GROWTH_STATE_H
#define CTXTRACE_FINDINGS_GROWTH_STATE_H

#include "base/table.h"
#include "findings/growth.h"
#include "findings/growth_pair.h"
#include "findings/growth_verdict.h"

enum grown { GROWN_CONTEXTS, GROWN_TASKS, GROWN_COUNT };

struct site_key {
    uint64_t group; /* a fingerprint */
    uint64_t grown; /* enum grown, as wide as the other so that there is no padding */
};

/* Of two looks: the goroutines of a site, see growth_clock.h. */
struct stagnation {
    uint32_t new;             /* have come since */
    uint32_t stayed, unmoved; /* were there, and wait; of these since before the first look */
};

struct grown_site {
    struct site_key key;
    struct cohorts cohorts;
    struct growth_pair pair; /* of two looks that lie far apart; else empty */
    uint32_t now;            /* how many are there */
    struct stagnation stagnation;
    UT_hash_handle hh;
};

/* One thing, as the last look saw it. */
struct member {
    uint64_t id;
    struct grown_site *site;
    int64_t created; /* SNAPSHOT_TIME_UNKNOWN; of goroutines their number, until it is dated */
    int64_t since;   /* goroutines: it waits since then at the latest; SNAPSHOT_TIME_UNKNOWN */
    uint32_t look;   /* that saw it first */
};

struct members {
    struct member *items; /* by id */
    size_t count;
    int64_t taken_ns;
    bool numbered;   /* goroutines */
    int64_t highest; /* number of them */
};

struct growth {
    struct grown_site *sites;
    struct members members[GROWN_COUNT];
    struct watch_parts parts;
    bool is_pair;
    bool has_ended; /* the last look was at a program that changes no more */
    int32_t pid;
    int64_t started_ns;
    struct growth_totals last, before;
};

/* Has this group grown, and still does? */
struct growth_verdict growth_verdict_of(const struct growth *growth, const struct grown_site *site);

#endif
