/*
 * A model with facts: of a core as it is; of a live program by stopping it for a moment, and, if
 * anything would be claimed, a second time to see whether it still holds. A stop that exceeds its
 * limit is broken off.
 */
#ifndef CTXTRACE_GOLANG_PROOF_PROOF_H
#define CTXTRACE_GOLANG_PROOF_PROOF_H

#include "base/error.h"
#include "golang/proof/facts.h"
#include "golang/proof/holders.h"

struct inject_place;

struct proof_options {
    bool wanted;
    bool any_build; /* whether it was tested or not, see experiments.h */
    int64_t max_pause_ns;
    const struct inject_place *place; /* where the program can clone itself; NULL: it is not to */
    struct incremental_scan *scan;    /* what the session knows of contexts */
    int64_t search_ns;                /* processor time for discovering more */
};

struct proof {
    struct go_capture capture; /* what a model that is `captured` is of */
    struct model model;
    struct facts facts;      /* unknown where no proof is possible, and then: */
    struct error why_not;    /* a clause that says why; empty: nothing was in the way */
    struct error not_cloned; /* why it was stopped instead; empty: it was, or was not to be */
    struct holders holders;
};

/*
 * Start from a zeroed proof; free what is in it in any case. false, with the complaint, when there
 * is nothing to show at all.
 */
bool proof_take(const struct go_program *program, const struct context_types *types,
                const struct proof_options *options, struct proof *proof, struct error *error);
/* But for the capture. */
void proof_free(struct proof *proof);

/*
 * What keeps a context or goroutine alive, from a capture made for the purpose: one line for each
 * link. The caller frees `out`. false and the complaint when nothing does, or the answer is
 * unknown.
 */
bool proof_retention_path(const struct go_program *program, const struct context_types *types,
                          int64_t max_pause_ns, uint64_t id, char **out, struct error *error);

#endif
