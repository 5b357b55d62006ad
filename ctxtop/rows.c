#include "base/array.h"
#include "base/invariant.h"
#include "ctxtop/tree.h"

#include <stdio.h>
#include <stdlib.h>

static bool add_row(struct rows *rows, const struct tree *tree, const struct folds *folds,
                    uint32_t item, uint32_t parent)
{
    invariant(parent == ITEM_NONE || parent < rows->count);
    invariant(tree->nodes[item].shown);
    if (!ARRAY_ROOM(rows->rows, rows->room, (size_t)rows->count + 1)) {
        rows->failed = true;
        return false;
    }
    const struct node *node = &tree->nodes[item];
    const struct item *what = &tree->items.items[item];
    bool foldable = node->first_child != ITEM_NONE;
    bool folded = foldable && folds_is_folded(folds, what->kind, what->id, node->depth);
    if (foldable && !folded && node->depth > rows->deepest)
        rows->deepest = node->depth;
    rows->rows[rows->count++] = (struct row){
        .item = item,
        .parent = parent,
        .last = node->next_sibling == ITEM_NONE,
        .foldable = foldable,
        .folded = folded,
    };
    return true;
}

void rows_build(struct rows *rows, const struct tree *tree, const struct folds *folds)
{
    rows->count = 0;
    rows->deepest = 0;
    rows->failed = false;
    uint32_t item = tree->failed ? ITEM_NONE : tree->first_root;
    uint32_t parent = ITEM_NONE;
    while (item != ITEM_NONE && add_row(rows, tree, folds, item, parent)) {
        uint32_t row = rows->count - 1;
        if (rows->rows[row].foldable && !rows->rows[row].folded) {
            parent = row;
            item = tree->nodes[item].first_child;
            continue;
        }
        while (tree->nodes[item].next_sibling == ITEM_NONE && parent != ITEM_NONE) {
            item = rows->rows[parent].item;
            parent = rows->rows[parent].parent;
        }
        item = tree->nodes[item].next_sibling;
    }
}

void rows_free(struct rows *rows)
{
    free(rows->rows);
    *rows = (struct rows){0};
}

uint32_t rows_find(const struct rows *rows, uint32_t item)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        if (rows->rows[i].item == item)
            return i;
    }
    return ITEM_NONE;
}

/* ---- the lines of the tree ---- */

#define LEVEL_WIDTH 3
#define LEVELS_MAX  64

static enum glyph own_glyph(const struct row *row)
{
    if (row->folded)
        return row->last ? GLYPH_FOLDED_CORNER : GLYPH_FOLDED_BRANCH;
    return row->last ? GLYPH_CORNER : GLYPH_BRANCH;
}

void rows_prefix(const struct rows *rows, const struct tree *tree, uint32_t index, unsigned width,
                 char *out, size_t size)
{
    invariant(index < rows->count);
    const struct row *row = &rows->rows[index];
    uint32_t depth = tree->nodes[row->item].depth;
    if (depth == 0) {
        snprintf(out, size, "%s", row->folded ? theme_glyph(GLYPH_FOLDED_ROOT) : "");
        return;
    }
    char number[16] = "";
    uint32_t levels = depth;
    if (depth * LEVEL_WIDTH > width || depth > LEVELS_MAX) {
        /* Room for the number and one blank; at least the row's own level is drawn. */
        unsigned digits = (unsigned)snprintf(number, sizeof number, "%u ", depth);
        levels = width > digits ? (width - digits) / LEVEL_WIDTH : 0;
        levels = levels == 0 ? 1 : levels > LEVELS_MAX ? LEVELS_MAX : levels;
    }
    enum glyph glyphs[LEVELS_MAX];
    glyphs[levels - 1] = own_glyph(row);
    for (uint32_t level = levels - 1; level-- > 0;) {
        row = &rows->rows[row->parent];
        glyphs[level] = row->last ? GLYPH_BLANK : GLYPH_BAR;
    }
    size_t used = (size_t)snprintf(out, size, "%s", number);
    for (uint32_t level = 0; level < levels && used < size; level++)
        used += (size_t)snprintf(out + used, size - used, "%s", theme_glyph(glyphs[level]));
}
