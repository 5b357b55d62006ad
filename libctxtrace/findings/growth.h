/*
 * What is remembered from look to look at one program: for each site, how many contexts and tasks
 * came, stayed and went. Contexts without a creation stack are grouped by their likeness and that
 * of their ancestors (growth_groups.h). For rules over time, such as growing-site.
 */
#ifndef CTXTRACE_FINDINGS_GROWTH_H
#define CTXTRACE_FINDINGS_GROWTH_H

#include "findings/rule.h"

struct growth;

struct growth *growth_new(void); /* NULL when memory ran out */
/* The same for two looks that lie far apart. */
struct growth *growth_of_two_looks(void);
void growth_free(struct growth *growth); /* NULL is fine */

/*
 * Counts open contexts and living tasks by site. When a process becomes another program (exec),
 * this look counts as the first; when it has ended it is looked at once more and then no more, as
 * nothing changes. False when memory ran out. n log n in the size of the snapshot.
 */
bool growth_look(struct growth *growth, const struct snapshot *snapshot);

/* How many there are of each site, by its fingerprint. Ends when `visit` returns false. */
typedef bool growth_visit(void *state, bool tasks, uint64_t group, uint32_t count);
bool growth_each_site(const struct growth *growth, growth_visit *visit, void *state);

/* For a finding of growing-site: how many there were at the first look. */
uint32_t growth_first_count(const struct growth *growth, const struct finding *finding);

/* Totals of the last look, and of the one before. */
struct growth_totals {
    uint32_t contexts, open, tasks, waiting;
};
struct growth_totals growth_last(const struct growth *growth);
struct growth_totals growth_before(const struct growth *growth);

#endif
