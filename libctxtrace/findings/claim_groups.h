/*
 * Which claims are one finding.
 *
 * Claims are grouped by sorting small keys, so that grouping a million of them takes n log n and
 * one copy.
 */
#ifndef CTXTRACE_FINDINGS_CLAIM_GROUPS_H
#define CTXTRACE_FINDINGS_CLAIM_GROUPS_H

#include "findings/claims.h"

struct group_key {
    uint64_t value; /* site, likeness, or the claim's own number */
    uint64_t place;
    uint64_t peers;
    int64_t since_ns;
    uint32_t index;
    uint8_t confidence;
    uint8_t by;
};

/* Sorts the claims into groups; `keys` becomes the sorted keys. False when memory ran out. */
bool claims_sort_into_groups(struct claims *claims, struct group_key **keys);

bool claims_same_group(const struct group_key *a, const struct group_key *b);

#endif
