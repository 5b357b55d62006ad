/* Cells about a wait, for the views that show waits. */
#ifndef CTXTOP_VIEWS_WAITS_H
#define CTXTOP_VIEWS_WAITS_H

#include "ctxtop/view.h"

/* When the wait ends by itself: its own limit or the deadline of the context that bounds it. */
int64_t wait_ends_ns(const struct snapshot *snapshot, const struct snapshot_wait *wait);

void wait_show_since(const struct model *model, const struct snapshot_wait *wait, struct cell *out);
void wait_show_end(const struct model *model, const struct snapshot_wait *wait, struct cell *out);

/* The wait of a task that has lasted longest, NULL if it does not wait. */
const struct snapshot_wait *wait_of_task(const struct snapshot *snapshot, uint32_t task);

/* Identity of a wait: of task and object, as waits have no ids of their own. */
uint64_t wait_identity(const struct snapshot *snapshot, uint32_t wait);

void wait_add_words(const struct snapshot *snapshot, const struct snapshot_wait *wait,
                    struct words *out);
void task_add_words(const struct model *model, uint32_t task, struct words *out);
void object_add_words(const struct snapshot *snapshot, uint32_t object, struct words *out);

/* Is the task left out because it belongs to the language runtime, or has ended? */
bool task_is_hidden(const struct model *model, uint32_t task);

#endif
