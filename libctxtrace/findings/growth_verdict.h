/* Is a group growing? Decided from its cohorts; growth_verdict.c says how. */
#ifndef CTXTRACE_FINDINGS_GROWTH_VERDICT_H
#define CTXTRACE_FINDINGS_GROWTH_VERDICT_H

#include "findings/cohorts.h"

enum growth_kind {
    GROWS_NOT,
    GROWS,       /* what is made stays */
    GROWS_AMONG, /* the same, at a place that also makes what ends: there are two kinds of things */
    GROWS_BEHIND, /* all of them end, but later and later, and more come than go */
};

struct growth_verdict {
    enum growth_kind kind;
    unsigned lag;       /* counted are those that had been there for so many parts; 0: all */
    unsigned start;     /* the part at whose end the growth is counted from */
    unsigned last_rise; /* the last part that ended with more than it began with */
    uint32_t from, to;  /* how many there were at the end of `start`, and of the last part */
    uint32_t ended;     /* of those counted, in the meantime */
};

/* Given the growth in each third: is there some in each, and is it not levelling off? */
bool growth_goes_on(const int64_t thirds[3]);
/* Do arrivals outnumber departures by far more than they do where a number is steady? */
bool growth_is_one_sided(uint64_t arrivals, uint64_t departures);

/* `parts`: how many are complete. */
struct growth_verdict growth_judge(const struct cohorts *cohorts, unsigned parts);

#endif
