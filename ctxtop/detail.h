/*
 * Everything that is known about one thing, as lines for the detail pane.
 *
 * Long sentences are broken to `out->width`.
 */
#ifndef CTXTOP_DETAIL_H
#define CTXTOP_DETAIL_H

#include "ctxtop/view.h"

void detail_context(const struct model *model, uint32_t context, struct lines *out);
void detail_task(const struct model *model, uint32_t task, struct lines *out);
void detail_object(const struct model *model, uint32_t object, struct lines *out);
void detail_wait(const struct model *model, uint32_t wait, struct lines *out);
void detail_event(const struct model *model, uint32_t event, struct lines *out);
void detail_finding(const struct model *model, const struct finding *finding, struct lines *out);
void detail_claim(const struct model *model, const struct finding *finding,
                  const struct claim *claim, struct lines *out);

/* A heading and the frames, one line each; nothing when `stack` is SNAPSHOT_NONE. */
void detail_stack(const struct snapshot *snapshot, const char *heading, uint32_t stack,
                  struct lines *out);

/* The same for a creation stack, with a heading that says whether it was sampled. */
void detail_creation(const struct snapshot *snapshot, uint32_t stack, bool sampled,
                     struct lines *out);

/* "since 12:10:04, 43s" and the like. */
void detail_moment(const struct model *model, const char *label, int64_t moment, struct lines *out);

/* The lines of the sentence of the finding about this thing, if there is one. */
void detail_finding_of(const struct model *model, enum subject_kind kind, uint32_t index,
                       struct lines *out);

/* "Can ...: yes", "no", or "unknown, because ...". */
void detail_fact(const char *label, struct fact fact, struct lines *out);

#endif
