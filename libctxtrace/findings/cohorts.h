/*
 * When the things of one group were first seen, and when they went: a summary of a watch that is of
 * fixed size however long the watch is.
 *
 * The watch is cut into parts of equally many looks. A cohort is all that was first seen in one
 * part; cohort 0 is what the first look found, whose age at that time is unknown. When all parts
 * are used up, each two neighbours become one.
 */
#ifndef CTXTRACE_FINDINGS_COHORTS_H
#define CTXTRACE_FINDINGS_COHORTS_H

#include <stdbool.h>
#include <stdint.h>

#define COHORT_PARTS 18 /* twice a multiple of three: a watch is judged by thirds */

struct cohorts {
    uint32_t born[COHORT_PARTS + 1];
    /* gone[born in][gone in]: at the first look of that part, or a later one, they were missing. */
    uint32_t gone[COHORT_PARTS + 1][COHORT_PARTS + 1];
    uint32_t lowest[COHORT_PARTS + 1]; /* how few there were at one look of that part */
};

/* How the looks of a watch fall into parts: the first look is part 0, alone. */
struct watch_parts {
    uint32_t looks;
    uint32_t looks_in_part;
    int64_t ended_ns[COHORT_PARTS + 1]; /* of each part: when its last look was, so far */
};

/* Notes a look. True: all cohorts must be merged, which has been done with the parts. */
bool parts_look(struct watch_parts *parts, int64_t now_ns);
/* The part of a look that was made; looks count from 0. */
unsigned parts_of_look(const struct watch_parts *parts, uint32_t look);
/* How many parts after part 0 have all their looks. */
unsigned parts_complete(const struct watch_parts *parts);

/* At each look, after arrivals and departures were noted: so many are there. */
void cohorts_look(struct cohorts *cohorts, const struct watch_parts *parts, uint32_t there);
void cohorts_merge(struct cohorts *cohorts);

/*
 * At the end of part `at`, counting those that had been there for `lag` parts, which is all of them
 * if that is 0 (and nothing if it is more than `at`): how many there were,
 */
uint32_t cohorts_there(const struct cohorts *cohorts, unsigned lag, unsigned at);
/* how many had come to be that old in this part, */
uint32_t cohorts_joined(const struct cohorts *cohorts, unsigned lag, unsigned at);
/* and how many that had been that old went in it. */
uint32_t cohorts_left(const struct cohorts *cohorts, unsigned lag, unsigned at);

#endif
