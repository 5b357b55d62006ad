#include "ctxtop/pane.h"

#include "base/invariant.h"

/* How far around the cursor to look for an item that is still there. */
#define NEIGHBOURS 32

struct identity {
    uint64_t id;
    uint8_t kind;
};

void pane_init(struct pane *pane, const struct view *view)
{
    *pane = (struct pane){
        .view = view,
        .folds = {.depth = view->folded_depth},
        .filter_folds = {.depth = FOLD_NOTHING},
        .order = {.column = ORDER_NATURAL},
        .follows = view->follows,
        .stale = true,
        .tree = {.first_root = ITEM_NONE},
    };
}

void pane_free(struct pane *pane)
{
    tree_free(&pane->tree);
    rows_free(&pane->rows);
    folds_free(&pane->folds);
    folds_free(&pane->filter_folds);
}

static struct folds *active_folds(struct pane *pane)
{
    return pane->filter.count > 0 ? &pane->filter_folds : &pane->folds;
}

uint32_t pane_folded_depth(const struct pane *pane)
{
    return pane->filter.count > 0 ? pane->filter_folds.depth : pane->folds.depth;
}

const struct item *pane_item_of_row(const struct pane *pane, uint32_t row)
{
    if (row >= pane->rows.count)
        return NULL;
    return &pane->tree.items.items[pane->rows.rows[row].item];
}

const struct item *pane_item(const struct pane *pane)
{
    return pane_item_of_row(pane, pane->cursor);
}

/* ---- the cursor stays with its item ---- */

static void add_identity(const struct pane *pane, uint32_t row, struct identity *out,
                         unsigned *count)
{
    const struct item *item = pane_item_of_row(pane, row);
    if (item)
        out[(*count)++] = (struct identity){.id = item->id, .kind = item->kind};
}

/* The item of the cursor, then its neighbours: alternately below and above. */
static unsigned remember(const struct pane *pane, struct identity out[2 * NEIGHBOURS + 1])
{
    unsigned count = 0;
    add_identity(pane, pane->cursor, out, &count);
    for (uint32_t i = 1; i <= NEIGHBOURS && count > 0; i++) {
        add_identity(pane, pane->cursor + i, out, &count);
        if (pane->cursor >= i)
            add_identity(pane, pane->cursor - i, out, &count);
    }
    return count;
}

/* The row of an item, or of what it is folded away in. */
static uint32_t row_of_item(const struct pane *pane, uint32_t item)
{
    while (item != ITEM_NONE) {
        uint32_t row = rows_find(&pane->rows, item);
        if (row != ITEM_NONE)
            return row;
        item = pane->tree.items.items[item].parent;
    }
    return ITEM_NONE;
}

/* Puts the cursor on a row without moving that row on the screen. */
static void place_cursor(struct pane *pane, uint32_t row, uint32_t line)
{
    pane->cursor = row;
    pane->top = row > line ? row - line : 0;
}

static void restore(struct pane *pane, const struct identity *remembered, unsigned count,
                    uint32_t line)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t item = tree_find(&pane->tree, remembered[i].kind, remembered[i].id);
        uint32_t row = row_of_item(pane, item);
        if (row != ITEM_NONE) {
            place_cursor(pane, row, line);
            return;
        }
    }
    if (pane->cursor >= pane->rows.count)
        pane->cursor = pane->rows.count > 0 ? pane->rows.count - 1 : 0;
}

static void go_to_newest(struct pane *pane, const struct model *model)
{
    uint32_t newest = pane->rows.count - 1;
    int64_t born = INT64_MIN;
    for (uint32_t i = 0; pane->view->born && i < pane->rows.count; i++) {
        int64_t of_row = pane->view->born(model, pane_item_of_row(pane, i));
        if (of_row >= born && of_row != SNAPSHOT_NEVER) {
            born = of_row;
            newest = i;
        }
    }
    pane->cursor = newest;
    pane_scroll(pane);
}

static void build_rows(struct pane *pane)
{
    rows_build(&pane->rows, &pane->tree, active_folds(pane));
}

void pane_refresh(struct pane *pane, const struct model *model)
{
    if (!pane->stale)
        return;
    struct identity remembered[2 * NEIGHBOURS + 1];
    unsigned count = remember(pane, remembered);
    uint32_t line = pane->cursor - pane->top;
    tree_build(&pane->tree, pane->view, model, &pane->filter, pane->order);
    build_rows(pane);
    restore(pane, remembered, count, line);
    pane->stale = false;
    if (pane->follows && pane->rows.count > 0)
        go_to_newest(pane, model);
    pane_scroll(pane);
}

/* ---- moving ---- */

void pane_scroll(struct pane *pane)
{
    uint32_t count = pane->rows.count, height = pane->height;
    if (pane->cursor >= count)
        pane->cursor = count > 0 ? count - 1 : 0;
    if (pane->top > pane->cursor)
        pane->top = pane->cursor;
    if (height > 0 && pane->cursor - pane->top >= height)
        pane->top = pane->cursor - height + 1;
    /* No empty lines at the end while there are rows above. */
    if (count <= height)
        pane->top = 0;
    else if (pane->top > count - height)
        pane->top = count - height;
    invariant(pane->cursor < count || (count == 0 && pane->cursor == 0));
    invariant(pane->top <= pane->cursor);
}

void pane_move_to(struct pane *pane, uint32_t row)
{
    pane->cursor = row;
    pane->follows = false;
    pane_scroll(pane);
}

void pane_move(struct pane *pane, int64_t rows)
{
    int64_t target = (int64_t)pane->cursor + rows;
    int64_t last = (int64_t)pane->rows.count - 1;
    if (target > last)
        target = last;
    pane_move_to(pane, target < 0 ? 0 : (uint32_t)target);
}

/* ---- folding ---- */

static void rebuild_rows(struct pane *pane)
{
    uint32_t line = pane->cursor - pane->top;
    uint32_t item = pane->rows.count > 0 ? pane->rows.rows[pane->cursor].item : ITEM_NONE;
    build_rows(pane);
    uint32_t row = row_of_item(pane, item);
    if (row != ITEM_NONE)
        place_cursor(pane, row, line);
    pane_scroll(pane);
}

void pane_set_folded(struct pane *pane, uint32_t row, bool folded)
{
    const struct item *item = pane_item_of_row(pane, row);
    if (!item || !pane->rows.rows[row].foldable)
        return;
    folds_set(active_folds(pane), item->kind, item->id, folded);
    rebuild_rows(pane);
}

void pane_fold_depth(struct pane *pane, uint32_t depth)
{
    folds_set_depth(active_folds(pane), depth);
    rebuild_rows(pane);
}

/* ---- filter and order ---- */

void pane_set_filter(struct pane *pane, const struct model *model, const char *text)
{
    filter_set(&pane->filter, text);
    folds_set_depth(&pane->filter_folds, FOLD_NOTHING);
    pane->stale = true;
    pane_refresh(pane, model);
}

void pane_set_order(struct pane *pane, const struct model *model, struct order order)
{
    pane->order = order;
    pane->stale = true;
    pane_refresh(pane, model);
}

/* ---- going somewhere ---- */

static bool show_item(struct pane *pane, uint32_t item)
{
    const struct item *items = pane->tree.items.items;
    for (uint32_t up = items[item].parent; up != ITEM_NONE; up = items[up].parent) {
        if (folds_is_folded(active_folds(pane), items[up].kind, items[up].id,
                            pane->tree.nodes[up].depth))
            folds_set(active_folds(pane), items[up].kind, items[up].id, false);
    }
    build_rows(pane);
    uint32_t row = rows_find(&pane->rows, item);
    if (row == ITEM_NONE)
        return false;
    pane_move_to(pane, row);
    return true;
}

bool pane_go_to(struct pane *pane, uint8_t kind, uint64_t id)
{
    uint32_t item = tree_find(&pane->tree, kind, id);
    return item != ITEM_NONE && pane->tree.nodes[item].shown && show_item(pane, item);
}

static uint32_t following_round(const struct tree *tree, uint32_t item)
{
    uint32_t next = tree_following(tree, item);
    return next == ITEM_NONE ? tree->first_root : next;
}

static bool is_match(const struct pane *pane, const struct model *model, uint32_t item)
{
    return filter_matches(&pane->search, pane->view, model, &pane->tree.items.items[item]);
}

bool pane_search(struct pane *pane, const struct model *model, bool forward, bool inclusive)
{
    if (pane->rows.count == 0 || pane->search.count == 0)
        return false;
    uint32_t start = pane->rows.rows[pane->cursor].item;
    if (inclusive && is_match(pane, model, start))
        return true;
    uint32_t found = ITEM_NONE;
    /* Backwards is the last match of one round. */
    for (uint32_t item = following_round(&pane->tree, start); item != start;
         item = following_round(&pane->tree, item)) {
        if (!is_match(pane, model, item))
            continue;
        found = item;
        if (forward)
            break;
    }
    if (found == ITEM_NONE)
        return is_match(pane, model, start);
    return show_item(pane, found);
}

void pane_set_follows(struct pane *pane, const struct model *model, bool follows)
{
    pane->follows = follows;
    if (follows && pane->rows.count > 0)
        go_to_newest(pane, model);
}
