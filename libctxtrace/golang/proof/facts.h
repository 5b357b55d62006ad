/* The facts of a snapshot, from a marking, and from a second one that has to agree. */
#ifndef CTXTRACE_GOLANG_PROOF_FACTS_H
#define CTXTRACE_GOLANG_PROOF_FACTS_H

#include "golang/proof/marking.h"
#include "snapshot/snapshot.h"

struct facts {
    /* By index of the model's goroutines. */
    struct fact *wakeable, *wakeable_without_parent;
    uint64_t *woken_by; /* signal of a wait that others can reach; 0: not known which */
    /* By index of the model's contexts. */
    struct fact *cancellable, *held_only_by_parent;
    bool *unlinked; /* it is known that nothing above would end it */
    bool *garbage;  /* nothing at all holds this context any more */
};

/* Makes all facts of the model unknown, for lack of `missing`. false when memory ran out. */
bool facts_unknown(const struct model *model, enum precondition missing, struct facts *facts);

/* From verdicts. If a root is missing in the model, nothing is claimed. */
bool facts_from(const struct model *model, const struct context_types *types,
                const struct verdicts *verdicts, struct facts *facts);

/*
 * Withholds what does not also follow from these verdicts, which treat what is hidden as visible.
 */
bool facts_doubt(const struct model *model, const struct context_types *types,
                 const struct verdicts *if_hidden, struct facts *facts);

/* Do the facts claim that something can no longer happen? */
bool facts_claim_of_goroutine(const struct facts *facts, size_t goroutine);
bool facts_claim_of_contexts(const struct model *model, const struct facts *facts);
/* Withholds what is claimed about this goroutine, or all claims, for lack of `missing`. */
void facts_withhold(struct facts *facts, size_t goroutine);
void facts_withhold_all(const struct model *model, struct facts *facts, enum precondition missing);

/*
 * Withholds what an earlier model did not say about the same thing in the same place: a goroutine
 * at the same stack pointer, a context at the same address with the same parent.
 */
void facts_agree(const struct model *model, struct facts *facts, const struct model *earlier_model,
                 const struct facts *earlier);

void facts_free(struct facts *facts);

#endif
