/* Writes one line of the screen from left to right, and stops at its end. */
#ifndef CTXTOP_PEN_H
#define CTXTOP_PEN_H

#include "ctxtop/text.h"
#include "ctxtop/theme.h"

struct pen {
    int line;
    unsigned used, width;
};

struct pen pen_at(int line);
void pen_write(struct pen *pen, enum meaning meaning, const char *text);
/* Fills the rest of the line. */
void pen_fill(struct pen *pen, enum meaning meaning);

#endif
