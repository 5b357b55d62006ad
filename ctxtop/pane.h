/*
 * A view as it stands on the screen: its tree and rows, what is folded, sorted, filtered and
 * searched, and where the cursor is.
 *
 * Rows do not jump. The cursor belongs to an item, not to a line: when the sample changes, it
 * stays with the item, and the item stays on its line of the screen. If the item is gone, the
 * cursor goes to the nearest one that is still there.
 *
 * Nothing here knows of the terminal.
 */
#ifndef CTXTOP_PANE_H
#define CTXTOP_PANE_H

#include "ctxtop/tree.h"

struct pane {
    const struct view *view;
    struct tree tree;
    struct rows rows;
    struct folds folds;
    struct folds filter_folds; /* while a filter is set, all that matches is shown at first */
    struct filter filter, search;
    struct order order;
    uint32_t cursor, top; /* rows */
    uint32_t height;      /* rows on the screen, told by whoever draws */
    bool follows;         /* the cursor goes to the newest with every sample */
    bool stale;           /* the tree is not of the current sample, filter or order */
    bool entered;         /* it has been shown before */
};

void pane_init(struct pane *pane, const struct view *view);
void pane_free(struct pane *pane);

/* Rebuilds tree and rows if they are stale. */
void pane_refresh(struct pane *pane, const struct model *model);

/* The item of the cursor, NULL if there are no rows. */
const struct item *pane_item(const struct pane *pane);
const struct item *pane_item_of_row(const struct pane *pane, uint32_t row);

/* Moves by rows, within what there is; ends following. */
void pane_move(struct pane *pane, int64_t rows);
void pane_move_to(struct pane *pane, uint32_t row);

/* Keeps the cursor on the screen. Call after setting `height`. */
void pane_scroll(struct pane *pane);

void pane_set_folded(struct pane *pane, uint32_t row, bool folded);
/* Folds everything from this depth on. */
void pane_fold_depth(struct pane *pane, uint32_t depth);
/* The depth from which on things are folded now. */
uint32_t pane_folded_depth(const struct pane *pane);

void pane_set_filter(struct pane *pane, const struct model *model, const char *text);
void pane_set_order(struct pane *pane, const struct model *model, struct order order);

/*
 * Goes to the next (or previous) item that matches the search, unfolding what hides it, and round
 * at the end. `inclusive`: the item of the cursor counts, too. False if nothing matches.
 */
bool pane_search(struct pane *pane, const struct model *model, bool forward, bool inclusive);

/* Goes to an item, unfolding what hides it; false if it is not there. */
bool pane_go_to(struct pane *pane, uint8_t kind, uint64_t id);

/* Starts or ends following the newest item. */
void pane_set_follows(struct pane *pane, const struct model *model, bool follows);

#endif
