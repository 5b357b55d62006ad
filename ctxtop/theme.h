/*
 * How meanings look: one table of meaning and scheme, one table of glyph and character set.
 *
 * A meaning is never told by colour alone: what matters is also a word, a mark or an attribute.
 */
#ifndef CTXTOP_THEME_H
#define CTXTOP_THEME_H

#include <stdbool.h>

enum meaning {
    MEANING_NORMAL,
    MEANING_DIM,     /* of lesser interest: ended things, what is only there for context */
    MEANING_STRONG,  /* names in headers */
    MEANING_TITLE,   /* titles of columns */
    MEANING_SORTED,  /* title of the column that is sorted by */
    MEANING_TAB,     /* tab of the view that is shown */
    MEANING_TREE,    /* lines of the tree */
    MEANING_SITE,    /* places in source code */
    MEANING_GOOD,    /* alive, nothing lost */
    MEANING_WAITING, /* somebody waits */
    MEANING_ENDED,   /* canceled */
    MEANING_TIMED_OUT,
    MEANING_WARNING, /* likely findings, deadlines that come near, old data */
    MEANING_ALARM,   /* proved findings, losses, a dead program */
    MEANING_CURSOR,  /* the row of the cursor */
    MEANING_MATCH,   /* rows that the search finds */
    MEANING_KEY,     /* names of keys */
    MEANING_COUNT
};

enum scheme { SCHEME_DARK, SCHEME_LIGHT, SCHEME_MONOCHROME, SCHEME_COUNT };

/* Colours by the numbers that all terminals share; -1 is the terminal's own. */
struct appearance {
    signed char foreground, background;
    bool bold, dim, reverse, underline;
};

extern const struct appearance theme_table[MEANING_COUNT][SCHEME_COUNT];

/* "dark", "light" or "monochrome"; false if there is no such scheme. */
bool theme_find(const char *name, enum scheme *scheme);

enum glyph {
    GLYPH_BRANCH, /* an item with others behind it */
    GLYPH_CORNER, /* the last of its siblings */
    GLYPH_BAR,    /* passes by to a later sibling of an ancestor */
    GLYPH_BLANK,
    GLYPH_FOLDED_BRANCH, /* the same for an item with something folded away below it */
    GLYPH_FOLDED_CORNER,
    GLYPH_FOLDED_ROOT,
    GLYPH_SUM, /* in front of a number that counts what is folded away, too */
    GLYPH_DESCENDING,
    GLYPH_ASCENDING,
    GLYPH_RULE, /* the line between panes */
    GLYPH_COUNT
};

enum charset { CHARSET_ASCII, CHARSET_UNICODE, CHARSET_COUNT };

/* Which set is used is what text_set_unicode() and theme_set_ascii() say. */
const char *theme_glyph(enum glyph glyph);

/* Draws with ASCII although the terminal could do more. Set once, at the start. */
void theme_set_ascii(bool ascii);

#endif
