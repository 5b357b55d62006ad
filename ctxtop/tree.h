/*
 * From items to rows: filter, sort, fold.
 *
 * A tree holds the items of one view that pass the filter, sorted. It is rebuilt for each
 * sample, filter or order. Rows are the items that are not folded away; they are rebuilt
 * whenever something is folded, which touches nothing else, so that a key is answered at once.
 *
 *     sample ──view->items()──▶ items ──filter, sort──▶ tree ──fold──▶ rows ──▶ screen, text
 */
#ifndef CTXTOP_TREE_H
#define CTXTOP_TREE_H

#include "ctxtop/filter.h"
#include "ctxtop/folds.h"
#include "ctxtop/view.h"

/* No column: items stay in the order that the view gives them. */
#define ORDER_NATURAL UINT32_MAX

struct order {
    uint32_t column; /* or ORDER_NATURAL */
    bool descending;
};

struct node {
    uint32_t first_child, next_sibling; /* items; ITEM_NONE */
    uint32_t depth;
    bool shown;   /* it passes the filter, or something below it does */
    bool matches; /* it passes the filter itself */
};

struct tree {
    struct items items;
    struct node *nodes; /* by item */
    uint32_t first_root;
    uint32_t matches; /* items that pass the filter */
    bool failed;      /* memory ran out; the tree is empty */
};

void tree_build(struct tree *tree, const struct view *view, const struct model *model,
                const struct filter *filter, struct order order);
void tree_free(struct tree *tree);

/* The item that follows in the order of the rows if nothing were folded; ITEM_NONE at the end. */
uint32_t tree_following(const struct tree *tree, uint32_t item);
/* The item with this identity, ITEM_NONE. */
uint32_t tree_find(const struct tree *tree, uint8_t kind, uint64_t id);

struct row {
    uint32_t item;
    uint32_t parent; /* index of a row, ITEM_NONE */
    bool last;       /* of its siblings */
    bool foldable, folded;
};

struct rows {
    struct row *rows;
    size_t room;
    uint32_t count;
    uint32_t deepest; /* depth of the deepest row that is foldable and not folded; 0: none */
    bool failed;      /* memory ran out; there are fewer rows */
};

/* What was in `rows` is reused. */
void rows_build(struct rows *rows, const struct tree *tree, const struct folds *folds);
void rows_free(struct rows *rows);

/* The row that shows the item, ITEM_NONE if it is folded away. */
uint32_t rows_find(const struct rows *rows, uint32_t item);

/*
 * The lines of the tree in front of a row. Of a row that is too deep for `width` columns only the
 * innermost levels are drawn, behind the depth as a number.
 */
void rows_prefix(const struct rows *rows, const struct tree *tree, uint32_t row, unsigned width,
                 char *out, size_t size);

#endif
