#include "ctxtop/tree.h"

#include "base/array.h"
#include "base/invariant.h"

#include <stdlib.h>

uint32_t items_add(struct items *items, enum item_kind kind, uint64_t id, uint32_t index,
                   uint32_t parent)
{
    invariant(parent == ITEM_NONE || parent < items->count || items->failed);
    if (items->failed)
        return ITEM_NONE;
    if (!ARRAY_ROOM(items->items, items->room, (size_t)items->count + 1)) {
        items->failed = true;
        return ITEM_NONE;
    }
    items->items[items->count] =
        (struct item){.id = id, .index = index, .parent = parent, .kind = (uint8_t)kind};
    return items->count++;
}

/* ---- filter ---- */

/* Marks what matches, and what is shown: matches and what they are below. */
static void apply_filter(struct tree *tree, const struct view *view, const struct model *model,
                         const struct filter *filter)
{
    for (uint32_t i = 0; i < tree->items.count; i++) {
        struct node *node = &tree->nodes[i];
        node->matches = filter_matches(filter, view, model, &tree->items.items[i]);
        if (!node->matches)
            continue;
        tree->matches++;
        for (uint32_t up = i; up != ITEM_NONE && !tree->nodes[up].shown;
             up = tree->items.items[up].parent)
            tree->nodes[up].shown = true;
    }
}

/* ---- links ---- */

/* Backwards, so that siblings end up in the order of the items. */
static void link_nodes(struct tree *tree)
{
    tree->first_root = ITEM_NONE;
    for (uint32_t i = 0; i < tree->items.count; i++) {
        uint32_t parent = tree->items.items[i].parent;
        invariant(parent == ITEM_NONE || parent < i); /* its depth is known already */
        tree->nodes[i].first_child = ITEM_NONE;
        tree->nodes[i].depth = parent == ITEM_NONE ? 0 : tree->nodes[parent].depth + 1;
    }
    for (uint32_t i = tree->items.count; i-- > 0;) {
        if (!tree->nodes[i].shown)
            continue;
        uint32_t parent = tree->items.items[i].parent;
        uint32_t *head = parent == ITEM_NONE ? &tree->first_root : &tree->nodes[parent].first_child;
        tree->nodes[i].next_sibling = *head;
        *head = i;
    }
}

/* ---- order ---- */

struct comparison {
    const struct view *view;
    const struct model *model;
    const struct item *items;
    struct order order;
};

static int compare_items(const void *a, const void *b, void *state)
{
    const struct comparison *comparison = state;
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    int result = comparison->view->compare(comparison->model, &comparison->items[first],
                                           &comparison->items[second], comparison->order.column);
    if (comparison->order.descending)
        result = -result;
    /* Equal ones keep their order, so that rows do not jump from one sample to the next. */
    if (result == 0)
        result = first < second ? -1 : 1;
    return result;
}

static void sort_siblings(struct tree *tree, uint32_t *head, struct comparison *comparison,
                          uint32_t *scratch)
{
    uint32_t count = 0;
    for (uint32_t i = *head; i != ITEM_NONE; i = tree->nodes[i].next_sibling)
        scratch[count++] = i;
    if (count < 2)
        return;
    qsort_r(scratch, count, sizeof *scratch, compare_items, comparison);
    *head = scratch[0];
    for (uint32_t i = 0; i < count; i++)
        tree->nodes[scratch[i]].next_sibling = i + 1 < count ? scratch[i + 1] : ITEM_NONE;
}

static void apply_order(struct tree *tree, const struct view *view, const struct model *model,
                        struct order order, uint32_t *scratch)
{
    if (order.column >= view->column_count || !view->compare)
        return;
    struct comparison comparison = {
        .view = view, .model = model, .items = tree->items.items, .order = order};
    sort_siblings(tree, &tree->first_root, &comparison, scratch);
    for (uint32_t i = 0; i < tree->items.count; i++)
        sort_siblings(tree, &tree->nodes[i].first_child, &comparison, scratch);
}

/* ---- the whole ---- */

void tree_build(struct tree *tree, const struct view *view, const struct model *model,
                const struct filter *filter, struct order order)
{
    tree->items.count = 0;
    tree->items.failed = false;
    tree->failed = false;
    tree->matches = 0;
    tree->first_root = ITEM_NONE;
    view->items(model, &tree->items);
    size_t count = tree->items.count + 1;
    free(tree->nodes);
    tree->nodes = calloc(count, sizeof *tree->nodes);
    uint32_t *scratch = malloc(count * sizeof *scratch);
    if (!tree->nodes || !scratch) {
        tree->items.count = 0;
        tree->failed = true;
    } else {
        apply_filter(tree, view, model, filter);
        link_nodes(tree);
        apply_order(tree, view, model, order, scratch);
        tree->failed = tree->items.failed;
    }
    free(scratch);
}

void tree_free(struct tree *tree)
{
    free(tree->items.items);
    free(tree->nodes);
    *tree = (struct tree){.first_root = ITEM_NONE};
}

static uint32_t next_beside_or_above(const struct tree *tree, uint32_t item)
{
    while (item != ITEM_NONE && tree->nodes[item].next_sibling == ITEM_NONE)
        item = tree->items.items[item].parent;
    return item == ITEM_NONE ? ITEM_NONE : tree->nodes[item].next_sibling;
}

uint32_t tree_following(const struct tree *tree, uint32_t item)
{
    invariant(item < tree->items.count);
    if (tree->nodes[item].first_child != ITEM_NONE)
        return tree->nodes[item].first_child;
    return next_beside_or_above(tree, item);
}

uint32_t tree_find(const struct tree *tree, uint8_t kind, uint64_t id)
{
    for (uint32_t i = 0; i < tree->items.count; i++) {
        if (tree->items.items[i].id == id && tree->items.items[i].kind == kind)
            return i;
    }
    return ITEM_NONE;
}
