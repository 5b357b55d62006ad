/* The parts of drawing. For draw.c and draw_rows.c only. */
#ifndef CTXTOP_DRAW_H
#define CTXTOP_DRAW_H

#include "ctxtop/interface.h"

/* Writes one line of the screen from left to right, and stops at its end. */
struct pen {
    int line;
    unsigned used, width;
};

struct pen pen_at(int line);
void pen_write(struct pen *pen, enum meaning meaning, const char *text);
/* Fills the rest of the line. */
void pen_fill(struct pen *pen, enum meaning meaning);

/* Lines of the screen where things begin; -1 for what is not shown. */
struct geometry {
    int header_lines;
    int tabs, titles;
    int body, body_height;
    int detail, detail_height; /* the first line of it is the rule */
    int footer;
};

struct geometry geometry_of(const struct interface *interface, unsigned header_lines);

/* Titles, rows and details. */
void draw_rows(struct interface *interface, const struct geometry *geometry);

#endif
