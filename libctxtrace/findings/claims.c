#include "findings/claims.h"

#include "base/array.h"
#include "base/invariant.h"

void claims_withhold(struct claims *claims, enum precondition missing)
{
    if ((unsigned)missing < PRECONDITION_COUNT && claims->withheld[missing] < UINT32_MAX)
        claims->withheld[missing]++;
}

void claims_add(struct claims *claims, const struct claim *claim)
{
    invariant(claim->confidence < CONFIDENCE_COUNT && claim->missing < PRECONDITION_COUNT);
    invariant(claim->confidence != CONFIDENCE_PROVED || claim->missing == PRECONDITION_NONE);
    if (claims->failed)
        return;
    if (!ARRAY_ROOM(claims->items, claims->capacity, claims->count + 1)) {
        claims->failed = true;
        return;
    }
    claims->items[claims->count++] = *claim;
    if (claim->missing != PRECONDITION_NONE)
        claims_withhold(claims, claim->missing);
}

void claims_fail(struct claims *claims)
{
    claims->failed = true;
}
