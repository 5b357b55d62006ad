#include "ctxtop/layout.h"

unsigned layout_width(const struct view *view, const struct layout *layout)
{
    unsigned total = 0;
    for (unsigned i = 0; i < view->column_count; i++) {
        if (layout->width[i] > 0)
            total += layout->width[i] + (total > 0);
    }
    return total;
}

/* Drops the shown column that can be spared most; false if none can. */
static bool drop_one(const struct view *view, struct layout *layout)
{
    unsigned spared = 0;
    unsigned drop = 0;
    for (unsigned i = 0; i < view->column_count; i++) {
        if (layout->width[i] > 0 && view->columns[i].drop > drop) {
            drop = view->columns[i].drop;
            spared = i;
        }
    }
    if (drop == 0)
        return false;
    layout->width[spared] = 0;
    return true;
}

static void share_out(const struct view *view, struct layout *layout, unsigned room)
{
    unsigned weights = 0;
    for (unsigned i = 0; i < view->column_count; i++) {
        if (layout->width[i] > 0)
            weights += view->columns[i].weight;
    }
    for (unsigned i = 0; i < view->column_count && weights > 0; i++) {
        unsigned weight = layout->width[i] > 0 ? view->columns[i].weight : 0;
        unsigned share = room * weight / weights;
        layout->width[i] += share;
        room -= share;
        weights -= weight;
    }
}

struct layout layout_fit(const struct view *view, unsigned width)
{
    struct layout layout = {{0}};
    for (unsigned i = 0; i < view->column_count && i < LAYOUT_COLUMNS; i++)
        layout.width[i] = view->columns[i].width;
    unsigned used = layout_width(view, &layout);
    while (used > width && drop_one(view, &layout))
        used = layout_width(view, &layout);
    if (used < width) {
        share_out(view, &layout, width - used);
        return layout;
    }
    /* Too narrow even for what must stay: the first column gives way, then the screen's edge. */
    unsigned excess = used - width;
    if (layout.width[0] > excess + 4)
        layout.width[0] -= excess;
    return layout;
}
