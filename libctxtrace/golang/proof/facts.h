/* The facts of a snapshot, from what a marking found, and from a second one that has to agree. */
#ifndef CTXTRACE_GOLANG_PROOF_FACTS_H
#define CTXTRACE_GOLANG_PROOF_FACTS_H

#include "golang/proof/marking.h"
#include "snapshot/snapshot.h"

struct facts {
    /* By index of the model's goroutines. */
    struct fact *wakeable, *wakeable_without_parent;
    /* By index of the model's contexts. */
    struct fact *cancellable, *held_only_by_parent;
    bool *unlinked; /* it is known that nothing above would end it */
    bool *garbage;  /* nothing at all holds this context any more */
};

/* All facts of the model unknown, for want of `missing`. false when memory ran out. */
bool facts_unknown(const struct model *model, enum precondition missing, struct facts *facts);

/* From verdicts. A claim that would be made of a model in which a root is missing is withheld. */
bool facts_from(const struct model *model, const struct context_types *types,
                const struct verdicts *verdicts, struct facts *facts);

/* Withholds what these verdicts, which count what is hidden as known, do not say, too. */
bool facts_doubt(const struct model *model, const struct context_types *types,
                 const struct verdicts *if_hidden, struct facts *facts);

/* Of what do the facts say that something cannot happen any more? */
bool facts_claim_of_goroutine(const struct facts *facts, size_t goroutine);
bool facts_claim_of_contexts(const struct model *model, const struct facts *facts);
/* Withholds what is claimed of this goroutine, or all that is claimed, for want of `missing`. */
void facts_withhold(struct facts *facts, size_t goroutine);
void facts_withhold_all(const struct model *model, struct facts *facts, enum precondition missing);

/*
 * Withholds what an earlier model did not say of the same thing in the same place: a goroutine at
 * the same stack pointer, a context at the same address with the same parent.
 */
void facts_agree(const struct model *model, struct facts *facts, const struct model *earlier_model,
                 const struct facts *earlier);

void facts_free(struct facts *facts);

#endif
