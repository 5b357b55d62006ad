/*
 * `inspect --watch` and `diff`: sites whose contexts or tasks become more and more, by things that
 * stay. Contexts without a creation stack go by their likeness and that of those above
 * them (growth_groups.h).
 *
 * One look proves nothing about growth, so this is no rule of findings/; it makes findings of its
 * own, which are only ever suspect: caches fill and servers warm up, too.
 */
#ifndef CTXREPORT_GROWTH_H
#define CTXREPORT_GROWTH_H

#include "ctxreport/store.h"
#include "findings/rule.h"

struct growth;

struct growth *growth_new(void); /* NULL when memory ran out */
/* The same for two looks that lie far apart. */
struct growth *growth_of_two_looks(void);
void growth_free(struct growth *growth); /* NULL is fine */

/* Counts open contexts and living tasks by site. Looks are at one and the same program. False when
 * memory ran out. */
bool growth_look(struct growth *growth, const struct snapshot *snapshot);

/* Adds the last look to the tables samples and sample_sites, inside of a transaction. */
bool growth_ingest(const struct growth *growth, struct store *store, int64_t run_id,
                   const struct snapshot *snapshot, struct failure *failure);

/*
 * The sites that have grown and still do (growth_verdict.c and, of two looks, growth_pair.c say
 * what that means), as findings about what is there in `snapshot`, which must be the one looked at
 * last. NULL when memory ran out.
 */
struct findings *growth_findings(const struct growth *growth, const struct snapshot *snapshot);
void growth_findings_free(struct findings *findings);

/* Of a finding that growth_findings() made: how many there were at the first look. */
uint32_t growth_first_count(const struct growth *growth, const struct finding *finding);

/* Totals of the last look, and of the one before. */
struct growth_totals {
    uint32_t contexts, open, tasks, waiting;
};
struct growth_totals growth_last(const struct growth *growth);
struct growth_totals growth_before(const struct growth *growth);

#endif
