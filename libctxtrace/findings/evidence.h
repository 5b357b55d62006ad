/*
 * What rules have in common when they weigh evidence: ages, sites, and claims to fill in.
 */
#ifndef CTXTRACE_FINDINGS_EVIDENCE_H
#define CTXTRACE_FINDINGS_EVIDENCE_H

#include "findings/claims.h"

/* Is this a moment, rather than "never" or "unknown"? */
bool time_is_known(int64_t time_ns);

/* Nanoseconds from then until the snapshot was taken, at least 0; -1 when that is not known. */
int64_t age_at_snapshot(const struct snapshot *snapshot, int64_t since_ns);

/* Nanoseconds from the snapshot until then; 0 when that is past or not known. */
int64_t time_left(const struct snapshot *snapshot, int64_t until_ns);

/*
 * For claims that rest on facts which nothing can undo: is it old enough to be judged? In a dead
 * program everything is; so is what has an unknown age, because then the facts decide alone.
 */
bool has_settled(const struct snapshot *snapshot, int64_t since_ns,
                 const struct thresholds *thresholds);
/* The same for a wait. One that may be older than is known is not taken for young. */
bool wait_has_settled(const struct snapshot *snapshot, const struct snapshot_wait *wait,
                      const struct thresholds *thresholds);

/* Is it known to be younger than that, in a dead program, too? */
bool is_young(const struct snapshot *snapshot, int64_t since_ns,
              const struct thresholds *thresholds);

/*
 * The same for waits, about which a dead program says less: it stopped in the middle of something,
 * and a thread that had just been woken looks blocked. Only a wait that had lasted for min_age had
 * not just begun or ended. If nobody saw the program end, an age is a minimum.
 */
enum settling { TOO_YOUNG, PERHAPS_TOO_YOUNG, SETTLED };
enum settling wait_settling(const struct snapshot *snapshot, const struct snapshot_wait *wait,
                            const struct thresholds *thresholds);

/* A claim about waits that are perhaps too young is no more than suspect. */
void claim_lower_if_young(struct claim *claim, enum settling settling);

/* For claims that rest on time: has it certainly lasted for that long? */
bool has_lasted(const struct snapshot *snapshot, int64_t since_ns, int64_t nanoseconds);

uint32_t site_of_stack(const struct snapshot *snapshot, uint32_t stack);

/*
 * A hash of names that survive recompiling; never 0. Groups contexts that have no creation stack.
 */
uint64_t likeness_of_context(const struct snapshot *snapshot, uint32_t context);
uint64_t likeness_of_task(const struct snapshot *snapshot, uint32_t task);

/* A claim about a context, with its creation (site, stack, time) filled in. */
struct claim claim_about_context(const struct snapshot *snapshot, uint32_t context,
                                 enum confidence confidence);

/*
 * A claim about a task, grouped by where it waits or is now, or else by where it was created, with
 * those stacks filled in. `wait` is the wait that matters, or SNAPSHOT_NONE.
 */
struct claim claim_about_task(const struct snapshot *snapshot, uint32_t task, uint32_t wait,
                              enum confidence confidence);

/* Adds a stack if it is known and there is room. `label` is static text. */
void claim_add_stack(struct claim *claim, const char *label, uint32_t stack);

/* The claims of a finding are oldest first: the age of the first, -1 when it is not known. */
int64_t age_of_oldest(const struct snapshot *snapshot, const struct finding *finding);

#endif
