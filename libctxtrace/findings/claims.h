/* Claims are collected here while a rule runs. */
#ifndef CTXTRACE_FINDINGS_CLAIMS_H
#define CTXTRACE_FINDINGS_CLAIMS_H

#include "findings/rule.h"

#include <stdbool.h>
#include <stddef.h>

struct claims {
    struct claim *items;
    size_t count, capacity;
    uint32_t *withheld;
    bool failed; /* memory ran out */
};

/* `claim` is copied. */
void claims_add(struct claims *claims, const struct claim *claim);
/* For rules that ran out of memory: findings_check() then fails as a whole. */
void claims_fail(struct claims *claims);
/* Counts a claim that was not made because `missing` was missing. */
void claims_withhold(struct claims *claims, enum precondition missing);

#endif
