/* Findings and the claims that they are made of, kept and freed together. */
#ifndef CTXTRACE_FINDINGS_FINDINGS_STORE_H
#define CTXTRACE_FINDINGS_FINDINGS_STORE_H

#include "findings/rule.h"

#include <stdbool.h>
#include <stddef.h>

/* The findings, with what belongs to them: the claims of each rule, or finding, in order. */
struct findings_store {
    struct findings findings; /* what the user is given a pointer to: must come first */
    size_t capacity;
    struct claim **blocks;
    size_t block_count, block_capacity;
};

/* Takes the claims over, also when it fails. */
bool findings_keep_claims(struct findings_store *store, struct claim *claims);

/* Room for one more, which is not counted yet; NULL when memory ran out. */
struct finding *findings_new(struct findings_store *store);

/*
 * For rules over time: takes over the finding's claims and sentence (its rule is filled in), even
 * if it fails, which means that memory ran out. A finding without claims is dropped.
 */
bool findings_take(struct findings *findings, const struct finding *finding);
void findings_free(struct findings *findings);

#endif
