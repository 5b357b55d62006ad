#include "findings/creations.h"

#include "base/count.h"
#include "findings/evidence.h"

#include <stdlib.h>

static const struct snapshot_context *subject(const struct snapshot *snapshot,
                                              const struct finding *finding, uint32_t claim)
{
    return &snapshot->contexts[finding->claims[claim].subject];
}

/* `counts` has a zero for each site. */
static struct creations tally(const struct snapshot *snapshot, const struct finding *finding,
                              uint32_t *counts)
{
    struct creations creations = {.of = finding->count, .stack = SNAPSHOT_NONE};
    uint32_t most = 0;
    for (uint32_t i = 0; i < finding->count; i++) {
        uint32_t stack = subject(snapshot, finding, i)->creation_stack;
        uint32_t site = site_of_stack(snapshot, stack);
        if (site == SNAPSHOT_NONE)
            continue;
        creations.known++;
        if (++counts[site] > most) {
            most = counts[site];
            creations.stack = stack;
        }
    }
    creations.elsewhere = creations.known > most;
    return creations;
}

void text_creations(struct text *text, const char *preposition, const struct snapshot *snapshot,
                    const struct creations *creations)
{
    if (!creations->known)
        return;
    text_place(text, preposition, snapshot, creations->stack);
    if (creations->elsewhere)
        text_add(text, " and elsewhere");
    if (creations->known < creations->of) {
        char known[COUNT_SIZE], of[COUNT_SIZE];
        text_add(text, " (known of %s of %s)", number_text(known, sizeof known, creations->known),
                 number_text(of, sizeof of, creations->of));
    }
}

void text_created(struct text *text, const char *preposition, const struct snapshot *snapshot,
                  const struct finding *finding)
{
    const struct snapshot_context *first = subject(snapshot, finding, 0);
    if (!first->creation_sampled) {
        text_place(text, preposition, snapshot, first->creation_stack);
        return;
    }
    uint32_t *counts = calloc(snapshot->site_count + (size_t)1, sizeof *counts);
    if (!counts)
        return;
    const struct creations creations = tally(snapshot, finding, counts);
    text_creations(text, preposition, snapshot, &creations);
    free(counts);
}
