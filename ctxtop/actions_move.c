/* Moving, folding and sorting. */
#include "ctxtop/keys.h"

unsigned action_up(struct interface *interface)
{
    pane_move(interface->pane, -1);
    return REDRAW_ROWS;
}

unsigned action_down(struct interface *interface)
{
    pane_move(interface->pane, 1);
    return REDRAW_ROWS;
}

/* A line of the old page stays on the new one. */
static int64_t page(const struct interface *interface)
{
    return interface->pane->height > 1 ? (int64_t)interface->pane->height - 1 : 1;
}

unsigned action_page_up(struct interface *interface)
{
    pane_move(interface->pane, -page(interface));
    return REDRAW_ROWS;
}

unsigned action_page_down(struct interface *interface)
{
    pane_move(interface->pane, page(interface));
    return REDRAW_ROWS;
}

unsigned action_first(struct interface *interface)
{
    pane_move(interface->pane, INT32_MIN);
    return REDRAW_ROWS;
}

unsigned action_last(struct interface *interface)
{
    pane_move(interface->pane, INT32_MAX);
    if (interface->pane->view->follows)
        pane_set_follows(interface->pane, &interface->model, true);
    return REDRAW_ROWS;
}

unsigned action_follow(struct interface *interface)
{
    struct pane *pane = interface->pane;
    pane_set_follows(pane, &interface->model, !pane->follows);
    interface_say(interface, pane->follows ? "Following the newest; move to end that."
                                           : "Not following any more.");
    return REDRAW_ALL;
}

/* ---- folding ---- */

static const struct row *current_row(const struct interface *interface)
{
    const struct pane *pane = interface->pane;
    return pane->cursor < pane->rows.count ? &pane->rows.rows[pane->cursor] : NULL;
}

unsigned action_toggle_fold(struct interface *interface)
{
    const struct row *row = current_row(interface);
    if (!row || !row->foldable)
        return REDRAW_NOTHING;
    pane_set_folded(interface->pane, interface->pane->cursor, !row->folded);
    return REDRAW_ROWS;
}

unsigned action_fold_left(struct interface *interface)
{
    const struct row *row = current_row(interface);
    if (!row)
        return REDRAW_NOTHING;
    if (row->foldable && !row->folded)
        pane_set_folded(interface->pane, interface->pane->cursor, true);
    else if (row->parent != ITEM_NONE)
        pane_move_to(interface->pane, row->parent);
    return REDRAW_ROWS;
}

unsigned action_unfold_right(struct interface *interface)
{
    const struct row *row = current_row(interface);
    if (!row || !row->foldable)
        return REDRAW_NOTHING;
    if (row->folded)
        pane_set_folded(interface->pane, interface->pane->cursor, false);
    else
        pane_move(interface->pane, 1);
    return REDRAW_ROWS;
}

/* Below the roots, as a tree of which only `background` is left would say nothing. */
unsigned action_fold_all(struct interface *interface)
{
    pane_fold_depth(interface->pane, interface->pane->view->roots_depth);
    return REDRAW_ROWS;
}

unsigned action_unfold_all(struct interface *interface)
{
    pane_fold_depth(interface->pane, FOLD_NOTHING);
    return REDRAW_ROWS;
}

unsigned action_fold_more(struct interface *interface)
{
    struct pane *pane = interface->pane;
    uint32_t depth = pane_folded_depth(pane);
    if (depth > pane->rows.deepest)
        depth = pane->rows.deepest;
    else if (depth > 0)
        depth--;
    pane_fold_depth(pane, depth);
    return REDRAW_ROWS;
}

unsigned action_fold_less(struct interface *interface)
{
    uint32_t depth = pane_folded_depth(interface->pane);
    pane_fold_depth(interface->pane, depth >= FOLD_NOTHING - 1 ? FOLD_NOTHING : depth + 1);
    return REDRAW_ROWS;
}

/* ---- sorting ---- */

static unsigned sort_by(struct interface *interface, uint32_t column)
{
    struct pane *pane = interface->pane;
    struct order order = {.column = column};
    if (column != ORDER_NATURAL)
        order.descending = !pane->view->columns[column].ascending;
    pane_set_order(pane, &interface->model, order);
    /* Whoever sorts wants to see what comes first. */
    pane_move_to(pane, 0);
    if (column == ORDER_NATURAL)
        interface_say(interface, "Not sorted: in the order of creation.");
    else
        interface_say(interface, "Sorted by %s.", pane->view->columns[column].title);
    return REDRAW_ALL;
}

/* The next column that is on the screen; behind the last comes no order at all, then the first. */
static unsigned sort_beside(struct interface *interface, uint32_t step)
{
    const struct pane *pane = interface->pane;
    uint32_t count = pane->view->column_count;
    uint32_t column = pane->order.column == ORDER_NATURAL ? count : pane->order.column;
    do
        column = (column + step) % (count + 1);
    while (column < count && !(interface->shown_columns >> column & 1));
    return sort_by(interface, column == count ? ORDER_NATURAL : column);
}

unsigned action_sort_next(struct interface *interface)
{
    return sort_beside(interface, 1);
}

unsigned action_sort_previous(struct interface *interface)
{
    return sort_beside(interface, interface->pane->view->column_count);
}

unsigned action_sort_turn(struct interface *interface)
{
    struct order order = interface->pane->order;
    if (order.column == ORDER_NATURAL) {
        interface_say(interface, "Nothing is sorted; > sorts by the first column.");
        return REDRAW_FOOTER;
    }
    order.descending = !order.descending;
    pane_set_order(interface->pane, &interface->model, order);
    pane_move_to(interface->pane, 0);
    return REDRAW_ALL;
}

unsigned action_sort_none(struct interface *interface)
{
    return sort_by(interface, ORDER_NATURAL);
}
