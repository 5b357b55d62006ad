/* How wide the columns of a view are. */
#ifndef CTXTOP_LAYOUT_H
#define CTXTOP_LAYOUT_H

#include "ctxtop/view.h"

#define LAYOUT_COLUMNS 16

struct layout {
    unsigned width[LAYOUT_COLUMNS]; /* 0: not shown */
};

/*
 * For a screen that is `width` columns wide: drops columns until the rest fits, then gives what is
 * left to the flexible ones. Depends on nothing but the width, so that columns do not jump.
 */
struct layout layout_fit(const struct view *view, unsigned width);

/* Columns that the shown ones take, with one blank between each two. */
unsigned layout_width(const struct view *view, const struct layout *layout);

#endif
