/* What a finding of growth says. */
#ifndef CTXTRACE_FINDINGS_GROWTH_SENTENCE_H
#define CTXTRACE_FINDINGS_GROWTH_SENTENCE_H

#include "findings/growth_state.h"

/*
 * The sentence of a finding, which has its claims already and is of the site with this verdict. To
 * be freed; NULL when memory ran out.
 */
char *growth_sentence(const struct growth *growth, const struct snapshot *snapshot,
                      const struct growth_verdict *verdict, const struct finding *finding);

/* The stack with this label that more than half of the claims share, if there is one. */
uint32_t usual_stack(const struct finding *finding, const char *label, uint32_t *sharing);

#endif
