/* The views. A new one is a row here and a file in views/ that defines it. */
#ifndef CTXTOP_VIEW_TABLE_H
#define CTXTOP_VIEW_TABLE_H

#include "ctxtop/view.h"

/* The order is that of the tabs. */
#define VIEWS(ROW)                                                                                 \
    ROW(contexts)                                                                                  \
    ROW(objects)                                                                                   \
    ROW(waiters)                                                                                   \
    ROW(tasks)                                                                                     \
    ROW(findings)                                                                                  \
    ROW(events)                                                                                    \
    ROW(log)                                                                                       \
    ROW(sites)                                                                                     \
    ROW(targets)

#define VIEW_DECLARE(name) extern const struct view name##_view;
VIEWS(VIEW_DECLARE)

#define VIEW_INDEX(name) VIEW_##name,
enum { VIEWS(VIEW_INDEX) VIEW_COUNT };

/* Ends with NULL. */
extern const struct view *const view_table[VIEW_COUNT + 1];

const struct view *view_find(const char *name);
bool view_available(const struct view *view, const struct model *model);

/* What --view accepts, for its help: "contexts, objects, ..." */
void view_names(char *out, size_t size);

#endif
