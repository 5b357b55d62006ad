/* Columns that the two views with one row for each task share. */
#ifndef CTXTOP_VIEWS_TASKS_SHARED_H
#define CTXTOP_VIEWS_TASKS_SHARED_H

#include "ctxtop/view.h"

enum tasks_column {
    COLUMN_TASK,
    COLUMN_TID,
    COLUMN_STATE,
    COLUMN_AGE,
    COLUMN_WAITS_FOR,
    COLUMN_OPERATION,
    COLUMN_SINCE,
    COLUMN_ENDS,
    COLUMN_CONTEXT,
    COLUMN_FINDING,
    COLUMN_SITE,
    COLUMN_CREATED_AT,
    TASKS_COLUMNS
};

/* These work on ITEM_TASK and, below a task, ITEM_WAIT. */
void tasks_show(const struct model *model, const struct item *item, enum tasks_column column,
                struct cell *out);
int tasks_compare(const struct model *model, const struct item *a, const struct item *b,
                  enum tasks_column column);
void tasks_words(const struct model *model, const struct item *item, struct words *out);
void tasks_detail(const struct model *model, const struct item *item, struct lines *out);
uint32_t tasks_context(const struct model *model, const struct item *item);
uint32_t tasks_task(const struct model *model, const struct item *item);

#endif
