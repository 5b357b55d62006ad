#include "ctxtop/pen.h"

#include "ctxtop/terminal.h"

#include <ncurses.h>

struct pen pen_at(int line)
{
    move(line, 0);
    clrtoeol();
    return (struct pen){.line = line, .width = (unsigned)COLS};
}

void pen_write(struct pen *pen, enum meaning meaning, const char *text)
{
    char fitted[4096];
    if (pen->used >= pen->width)
        return;
    unsigned taken =
        text_fit(fitted, sizeof fitted, text, pen->width - pen->used, ALIGN_LEFT, false);
    attrset((int)terminal_attributes(meaning));
    mvaddstr(pen->line, (int)pen->used, fitted);
    pen->used += taken;
}

void pen_fill(struct pen *pen, enum meaning meaning)
{
    attrset((int)terminal_attributes(meaning));
    if (pen->used < pen->width)
        mvhline(pen->line, (int)pen->used, ' ', (int)(pen->width - pen->used));
}
