/* Draws titles, rows and details. */
#ifndef CTXTOP_DRAW_ROWS_H
#define CTXTOP_DRAW_ROWS_H

#include "ctxtop/interface.h"

/* Lines of the screen where things begin; -1 for what is not shown. */
struct geometry {
    int header_lines;
    int tabs, titles;
    int body, body_height;
    int detail, detail_height; /* the first line of it is the rule */
    int footer;
};

void draw_rows(struct interface *interface, const struct geometry *geometry);

#endif
