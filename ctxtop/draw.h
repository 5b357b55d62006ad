/* Draws the screen. */
#ifndef CTXTOP_DRAW_H
#define CTXTOP_DRAW_H

#include "ctxtop/interface.h"

/* What of it: enum redraw. */
void draw(struct interface *interface, unsigned redraw);

#endif
