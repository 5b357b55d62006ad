#include "findings/findings_store.h"

#include "base/array.h"

#include <stdlib.h>

bool findings_keep_claims(struct findings_store *store, struct claim *claims)
{
    if (!ARRAY_ROOM(store->blocks, store->block_capacity, store->block_count + 1)) {
        free(claims);
        return false;
    }
    store->blocks[store->block_count++] = claims;
    return true;
}

struct finding *findings_new(struct findings_store *store)
{
    struct findings *findings = &store->findings;
    if (!ARRAY_ROOM(findings->items, store->capacity, findings->count + 1))
        return NULL;
    return &findings->items[findings->count];
}

bool findings_take(struct findings *findings, const struct finding *finding)
{
    struct findings_store *store = (struct findings_store *)findings;
    struct finding *place = finding->count > 0 ? findings_new(store) : NULL;
    bool kept = findings_keep_claims(store, (struct claim *)(uintptr_t)finding->claims);
    if (kept && place && finding->sentence) {
        *place = *finding;
        findings->count++;
        return true;
    }
    free(finding->sentence);
    return kept && finding->count == 0;
}

void findings_free(struct findings *findings)
{
    if (!findings)
        return;
    struct findings_store *store = (struct findings_store *)findings;
    for (uint32_t i = 0; i < findings->count; i++)
        free(findings->items[i].sentence);
    for (size_t i = 0; i < store->block_count; i++)
        free(store->blocks[i]);
    free(store->blocks);
    free(findings->items);
    free(store);
}
