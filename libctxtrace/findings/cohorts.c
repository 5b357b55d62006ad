#include "findings/cohorts.h"

#include "base/invariant.h"

/* ---- parts ---- */

unsigned parts_of_look(const struct watch_parts *parts, uint32_t look)
{
    invariant(look == 0 || parts->looks_in_part > 0);
    return look == 0 ? 0 : (look - 1) / parts->looks_in_part + 1;
}

unsigned parts_complete(const struct watch_parts *parts)
{
    return parts->looks == 0 ? 0 : (parts->looks - 1) / parts->looks_in_part;
}

bool parts_look(struct watch_parts *parts, int64_t now_ns)
{
    if (parts->looks_in_part == 0)
        parts->looks_in_part = 1;
    bool merge = parts_of_look(parts, parts->looks) > COHORT_PARTS;
    if (merge) {
        parts->looks_in_part *= 2;
        for (unsigned part = 1; part <= COHORT_PARTS / 2; part++)
            parts->ended_ns[part] = parts->ended_ns[2 * part];
    }
    parts->ended_ns[parts_of_look(parts, parts->looks)] = now_ns;
    invariant(parts_of_look(parts, parts->looks) <= COHORT_PARTS);
    parts->looks++;
    return merge;
}

/* ---- cohorts ---- */

void cohorts_look(struct cohorts *cohorts, const struct watch_parts *parts, uint32_t there)
{
    invariant(parts->looks > 0);
    unsigned part = parts_of_look(parts, parts->looks - 1);
    bool is_first = parts->looks == 1 || parts_of_look(parts, parts->looks - 2) != part;
    if (is_first || there < cohorts->lowest[part])
        cohorts->lowest[part] = there;
}

static unsigned half(unsigned part)
{
    return (part + 1) / 2;
}

void cohorts_merge(struct cohorts *cohorts)
{
    struct cohorts merged = {.lowest = {cohorts->lowest[0]}};
    for (unsigned part = 1; part <= COHORT_PARTS / 2; part++) {
        uint32_t one = cohorts->lowest[2 * part - 1], other = cohorts->lowest[2 * part];
        merged.lowest[part] = one < other ? one : other;
    }
    for (unsigned born = 0; born <= COHORT_PARTS; born++) {
        merged.born[half(born)] += cohorts->born[born];
        for (unsigned gone = born; gone <= COHORT_PARTS; gone++)
            merged.gone[half(born)][half(gone)] += cohorts->gone[born][gone];
    }
    *cohorts = merged;
}

/* Of the cohort `born`, at the end of part `at`. */
static uint32_t alive(const struct cohorts *cohorts, unsigned born, unsigned at)
{
    invariant(born <= COHORT_PARTS && at <= COHORT_PARTS);
    uint32_t count = cohorts->born[born];
    for (unsigned gone = born; gone <= at; gone++) {
        invariant(cohorts->gone[born][gone] <= count);
        count -= cohorts->gone[born][gone];
    }
    return count;
}

uint32_t cohorts_there(const struct cohorts *cohorts, unsigned lag, unsigned at)
{
    uint32_t count = 0;
    for (unsigned born = 0; born + lag <= at; born++)
        count += alive(cohorts, born, at);
    return count;
}

uint32_t cohorts_joined(const struct cohorts *cohorts, unsigned lag, unsigned at)
{
    return at < lag ? 0 : alive(cohorts, at - lag, at);
}

uint32_t cohorts_left(const struct cohorts *cohorts, unsigned lag, unsigned at)
{
    uint32_t count = 0;
    for (unsigned born = 0; born + lag < at; born++)
        count += cohorts->gone[born][at];
    return count;
}
