/*
 * `inspect --watch`: sites whose contexts or tasks only grow from look to look.
 *
 * One look proves nothing about growth, so this is no rule of findings/; it makes findings of its
 * own, which are only ever suspect: caches fill and servers warm up, too.
 */
#ifndef CTXREPORT_GROWTH_H
#define CTXREPORT_GROWTH_H

#include "ctxreport/store.h"
#include "findings/rule.h"

struct growth;

struct growth *growth_new(void);         /* NULL when memory ran out */
void growth_free(struct growth *growth); /* NULL is fine */

/* Counts open contexts and living tasks by site. False when memory ran out. */
bool growth_look(struct growth *growth, const struct snapshot *snapshot);

/* Adds the last look to the tables samples and sample_sites, inside of a transaction. */
bool growth_ingest(const struct growth *growth, struct store *store, int64_t run_id,
                   const struct snapshot *snapshot, struct failure *failure);

/*
 * The sites that have grown at least twice and never shrunk, as findings about what is there in
 * `snapshot`, which must be the one looked at last. NULL when memory ran out.
 */
struct findings *growth_findings(const struct growth *growth, const struct snapshot *snapshot);
void growth_findings_free(struct findings *findings);

/* Totals of the last look, and of the one before. */
struct growth_totals {
    uint32_t contexts, open, tasks, waiting;
};
struct growth_totals growth_last(const struct growth *growth);
struct growth_totals growth_before(const struct growth *growth);

#endif
