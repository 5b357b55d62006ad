/*
 * What is remembered from look to look at one program: of each site, how many contexts and tasks
 * came, stayed and went. Contexts without a creation stack go by their likeness and that of those
 * above them (growth_groups.h). For rules over time, of which growing-site is one.
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
 * Counts open contexts and living tasks by site. A process that has become another program, as by
 * exec, is looked at for the first time again; one that has ended is looked at once more and then
 * not, as nothing changes. False when memory ran out. n log n in the size of the snapshot.
 */
bool growth_look(struct growth *growth, const struct snapshot *snapshot);

/* How many there are of each site, by its fingerprint. Ends when `visit` returns false. */
typedef bool growth_visit(void *state, bool tasks, uint64_t group, uint32_t count);
bool growth_each_site(const struct growth *growth, growth_visit *visit, void *state);

/* Of a finding of growing-site: how many there were at the first look. */
uint32_t growth_first_count(const struct growth *growth, const struct finding *finding);

/* Totals of the last look, and of the one before. */
struct growth_totals {
    uint32_t contexts, open, tasks, waiting;
};
struct growth_totals growth_last(const struct growth *growth);
struct growth_totals growth_before(const struct growth *growth);

#endif
