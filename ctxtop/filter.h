/*
 * Filter and search: which items match what the user typed.
 *
 * The text is words with spaces between them; an item matches if all of them do. "word" is looked
 * for in all of the item's texts, "field:word" in that field only, and "!" in front of either
 * negates it. A word without capital letters ignores case.
 */
#ifndef CTXTOP_FILTER_H
#define CTXTOP_FILTER_H

#include "ctxtop/view.h"

#define FILTER_SIZE  128
#define FILTER_TERMS 16

struct filter_term {
    const char *field; /* NULL: any */
    const char *word;
    bool negative;
};

struct filter {
    char text[FILTER_SIZE];  /* as typed */
    char parts[FILTER_SIZE]; /* what the terms point into */
    struct filter_term terms[FILTER_TERMS];
    unsigned count; /* 0: everything matches */
};

void filter_set(struct filter *filter, const char *text);
bool filter_matches(const struct filter *filter, const struct view *view, const struct model *model,
                    const struct item *item);

#endif
