/*
 * A sample: one snapshot with everything that is derived from it alone.
 *
 * Samples are made by the sampling thread, so that the thread that draws finds counts, sums and
 * findings ready. A sample does not change once it is made: any number of threads may read it.
 */
#ifndef CTXTOP_SAMPLE_H
#define CTXTOP_SAMPLE_H

#include "findings/census.h"
#include "findings/rule.h"
#include "snapshot/snapshot.h"

/* Of a context and everything below it in the tree. */
struct context_sums {
    uint32_t descendants; /* without itself */
    uint32_t open;        /* contexts that have not ended */
    uint32_t waiters;
    uint32_t finding;            /* the worst one in it, SNAPSHOT_NONE */
    int64_t nearest_deadline_ns; /* of the open ones; SNAPSHOT_NEVER: none */
};

/* How often contexts begin and end, between two samples. */
struct rates {
    bool known;
    double created, ended; /* per second */
};

struct sample {
    struct snapshot *snapshot;
    struct findings *findings;
    struct census *census;
    uint64_t number;     /* 1 for the first of a session, then counting */
    int64_t received_ns; /* our own monotonic clock when the snapshot was complete */
    int64_t cost_ns;     /* time that taking and deriving it took */
    struct rates rates;

    /* By context. `preorder` lists all contexts, parents before children, in order of creation. */
    uint32_t *preorder;
    uint32_t preorder_count;
    uint32_t *waiters; /* tasks whose wait ends when this context ends */
    struct context_sums *sums;
    /* Index of the worst finding about it, SNAPSHOT_NONE. */
    uint32_t *finding_of_context, *finding_of_task, *finding_of_object;

    uint32_t open_contexts;
    uint32_t shown_tasks, system_tasks, exited_tasks;
    uint32_t blocked_tasks; /* of the shown ones */
    uint32_t proved_findings;
};

/*
 * Takes over `snapshot`, also when it fails. `growth` (may be NULL: one look only) looks at it;
 * `previous` (may be NULL) is the sample before, for the rates. NULL when memory ran out.
 */
struct sample *sample_new(struct snapshot *snapshot, struct growth *growth,
                          const struct sample *previous, int64_t received_ns);
void sample_free(struct sample *sample);

/*
 * What the program's clock shows when ours shows `our_ns`: it goes on while the program lives and
 * stands still afterwards.
 */
int64_t sample_now(const struct sample *sample, int64_t our_ns);

/* The worst finding about a context, task or object, NULL if there is none. */
const struct finding *sample_finding(const struct sample *sample, enum subject_kind kind,
                                     uint32_t index);

/* The worst finding about a context and all below it, NULL if there is none. */
const struct finding *sample_finding_below(const struct sample *sample, uint32_t context);

/* Orders findings by confidence, then severity; 0 is no finding. */
uint32_t finding_rank(const struct finding *finding);

#endif
