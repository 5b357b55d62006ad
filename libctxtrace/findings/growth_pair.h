/*
 * Growth between two looks that are far apart, as in two reports: what is in both, what is new and
 * what has gone, by time of creation. growth_pair.c says how it is judged.
 */
#ifndef CTXTRACE_FINDINGS_GROWTH_PAIR_H
#define CTXTRACE_FINDINGS_GROWTH_PAIR_H

#include "findings/growth_verdict.h"

/* The time between the looks is cut into this many parts. */
#define PAIR_PARTS 18

enum pair_fate { PAIR_STAYED, PAIR_GONE, PAIR_NEW, PAIR_FATES };

struct growth_pair {
    /*
     * Of what the first look saw, `when` is the age that it had then, in parts; of what is new, the
     * part in which it was created, counted from 1.
     */
    uint32_t counts[PAIR_FATES][PAIR_PARTS + 1];
    uint32_t new_at_some_time; /* the creation of these is not known */
};

/* The moments when the looks were, and when it was created, on any clock that both looks share. */
void pair_add(struct growth_pair *pair, enum pair_fate fate, int64_t first, int64_t second,
              int64_t created);
/* The same, if that is not known. */
void pair_add_undated(struct growth_pair *pair, enum pair_fate fate);

/* Parts are those of the time between the looks; `last_rise` is 0 if creations are not known. */
struct growth_verdict pair_judge(const struct growth_pair *pair);

#endif
