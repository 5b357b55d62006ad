#include "findings/claim_groups.h"

#include "base/invariant.h"
#include "base/sorted.h"

#include <stdlib.h>

enum group_by { BY_SITE, BY_LIKENESS, ALONE };

static struct group_key key_of(const struct claim *claim, uint32_t index)
{
    struct group_key key = {.peers = claim->peers,
                            .since_ns = claim->since_ns,
                            .index = index,
                            .confidence = claim->confidence};
    if (claim->site != SNAPSHOT_NONE) {
        key.by = BY_SITE;
        key.value = claim->site;
    } else if (claim->likeness != 0) {
        key.by = BY_LIKENESS;
        key.value = claim->likeness;
        key.place = claim->place;
    } else {
        key.by = ALONE;
        key.value = index;
    }
    /* Unknown times come last, so that the first claim of a group is its oldest known one. */
    if (key.since_ns == SNAPSHOT_TIME_UNKNOWN)
        key.since_ns = SNAPSHOT_NEVER;
    return key;
}

bool claims_same_group(const struct group_key *a, const struct group_key *b)
{
    return a->confidence == b->confidence && a->by == b->by && a->value == b->value &&
           a->place == b->place && a->peers == b->peers;
}

static int order_of(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_keys(const void *left, const void *right)
{
    const struct group_key *a = left, *b = right;
    if (a->confidence != b->confidence)
        return order_of(a->confidence, b->confidence);
    if (a->by != b->by)
        return order_of(a->by, b->by);
    if (a->value != b->value)
        return order_of(a->value, b->value);
    if (a->place != b->place)
        return order_of(a->place, b->place);
    if (a->peers != b->peers)
        return order_of(a->peers, b->peers);
    if (a->since_ns != b->since_ns)
        return a->since_ns < b->since_ns ? -1 : 1;
    return order_of(a->index, b->index);
}

bool claims_sort_into_groups(struct claims *claims, struct group_key **keys)
{
    invariant(claims->count > 0 && claims->count < UINT32_MAX);
    *keys = malloc(claims->count * sizeof **keys);
    struct claim *sorted = malloc(claims->count * sizeof *sorted);
    if (!*keys || !sorted) {
        free(sorted);
        return false;
    }
    for (uint32_t i = 0; i < claims->count; i++)
        (*keys)[i] = key_of(&claims->items[i], i);
    qsort(*keys, claims->count, sizeof **keys, compare_keys);
    invariant(SORTED_ALL(i, claims->count, compare_keys(&(*keys)[i - 1], &(*keys)[i]) < 0));
    for (uint32_t i = 0; i < claims->count; i++)
        sorted[i] = claims->items[(*keys)[i].index];
    free(claims->items);
    claims->items = sorted;
    claims->capacity = claims->count;
    return true;
}
