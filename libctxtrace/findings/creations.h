/*
 * Where the contexts of a finding were created, said as far as it is known. Where creations are
 * sampled (snapshot/snapshot.h) that is of some of them, and the sentence says of how many.
 */
#ifndef CTXTRACE_FINDINGS_CREATIONS_H
#define CTXTRACE_FINDINGS_CREATIONS_H

#include "findings/rule.h"
#include "findings/text.h"

struct creations {
    uint32_t known; /* contexts whose creation stack is known, ... */
    uint32_t of;    /* ... of so many */
    uint32_t stack; /* an example from the site that is most frequent among them */
    bool elsewhere; /* there are other sites */
};

/*
 * " created in main.serve (serve.go:17) and elsewhere (known of 23 of 1,004)", with the given
 * preposition. Adds nothing if none is known.
 */
void text_creations(struct text *text, const char *preposition, const struct snapshot *snapshot,
                    const struct creations *creations);

/* The same for the contexts that a finding is about. */
void text_created(struct text *text, const char *preposition, const struct snapshot *snapshot,
                  const struct finding *finding);

#endif
