#include "ctxtop/draw_rows.h"

#include "ctxtop/layout.h"
#include "ctxtop/pen.h"
#include "ctxtop/terminal.h"

#include <ncurses.h>
#include <stdio.h>
#include <string.h>

#define PREFIX_BYTES 512

/* A long tree must leave room for the names. */
static unsigned prefix_room(unsigned width)
{
    return width > 20 ? width - 8 : width / 2;
}

static void draw_titles(const struct pane *pane, const struct layout *layout, int line)
{
    struct pen pen = pen_at(line);
    bool first = true;
    for (unsigned i = 0; i < pane->view->column_count; i++) {
        const struct column *column = &pane->view->columns[i];
        char title[64], fitted[512];
        if (layout->width[i] == 0)
            continue;
        bool sorted = pane->order.column == i;
        const char *arrow = "";
        if (sorted)
            arrow = theme_glyph(pane->order.descending ? GLYPH_DESCENDING : GLYPH_ASCENDING);
        snprintf(title, sizeof title, "%s%s", column->title, arrow);
        text_fit(fitted, sizeof fitted, title, layout->width[i], column->align, true);
        if (!first)
            pen_write(&pen, MEANING_TITLE, " ");
        pen_write(&pen, sorted ? MEANING_SORTED : MEANING_TITLE, fitted);
        first = false;
    }
    pen_fill(&pen, MEANING_TITLE);
}

/* How a cell looks in its row: the row's own look goes before the cell's. */
static enum meaning cell_meaning(enum meaning row, enum meaning cell)
{
    return row == MEANING_NORMAL ? cell : row;
}

static void draw_cell(struct pen *pen, const struct interface *interface, uint32_t row,
                      unsigned column, unsigned width, enum meaning row_meaning)
{
    const struct pane *pane = interface->pane;
    const struct column *about = &pane->view->columns[column];
    struct cell cell = {.text = "", .meaning = MEANING_NORMAL};
    char fitted[CELL_SIZE * 2], prefix[PREFIX_BYTES] = "";
    unsigned used = 0;
    pane->view->cell(&interface->model, pane_item_of_row(pane, row), column,
                     pane->rows.rows[row].folded, &cell);
    if (about->tree) {
        rows_prefix(&pane->rows, &pane->tree, row, prefix_room(width), prefix, sizeof prefix);
        used = text_fit(fitted, sizeof fitted, prefix, width, ALIGN_LEFT, false);
        pen_write(pen, cell_meaning(row_meaning, MEANING_TREE), fitted);
    }
    text_fit(fitted, sizeof fitted, cell.text, width - used, about->align, true);
    pen_write(pen, cell_meaning(row_meaning, cell.meaning), fitted);
}

static enum meaning row_meaning(const struct interface *interface, uint32_t row)
{
    const struct pane *pane = interface->pane;
    uint32_t item = pane->rows.rows[row].item;
    if (row == pane->cursor)
        return MEANING_CURSOR;
    if (pane->search.count > 0 &&
        filter_matches(&pane->search, pane->view, &interface->model, &pane->tree.items.items[item]))
        return MEANING_MATCH;
    return pane->tree.nodes[item].matches ? MEANING_NORMAL : MEANING_DIM;
}

static void draw_row(const struct interface *interface, const struct layout *layout, uint32_t row,
                     int line)
{
    struct pen pen = pen_at(line);
    enum meaning meaning = row_meaning(interface, row);
    bool first = true;
    for (unsigned i = 0; i < interface->pane->view->column_count; i++) {
        if (layout->width[i] == 0)
            continue;
        if (!first)
            pen_write(&pen, meaning == MEANING_CURSOR ? meaning : MEANING_NORMAL, " ");
        draw_cell(&pen, interface, row, i, layout->width[i], meaning);
        first = false;
    }
    if (meaning == MEANING_CURSOR)
        pen_fill(&pen, meaning);
}

static void draw_emptiness(const struct interface *interface, int line)
{
    const struct pane *pane = interface->pane;
    const char *why =
        pane->filter.count > 0 ? "Nothing passes the filter. Esc lifts it." : pane->view->empty;
    if (pane->tree.failed || pane->rows.failed)
        why = "out of memory";
    struct pen pen = pen_at(line);
    pen_write(&pen, MEANING_DIM, why);
}

/* A sentence below the rows, as far as there is room. */
static void draw_footnote(const struct interface *interface, int line, int end)
{
    const struct view *view = interface->pane->view;
    char text[CELL_SIZE];
    struct lines lines = {.width = (unsigned)COLS};
    if (!view->footnote || !view->footnote(&interface->model, text, sizeof text))
        return;
    lines_add_wrapped(&lines, MEANING_DIM, 0, text);
    for (size_t i = 0; i < lines.count && line < end; i++) {
        struct pen pen = pen_at(line++);
        pen_write(&pen, lines.lines[i].meaning, lines.lines[i].text);
    }
    lines_free(&lines);
}

/* ---- details ---- */

static void draw_rule(int line, uint32_t below)
{
    struct pen pen = pen_at(line);
    char text[96];
    snprintf(text, sizeof text, " Details (J K scroll, Enter closes)%s ",
             below > 0 ? ", more below" : "");
    pen_write(&pen, MEANING_DIM, theme_glyph(GLYPH_RULE));
    pen_write(&pen, MEANING_DIM, text);
    while (pen.used < pen.width)
        pen_write(&pen, MEANING_DIM, theme_glyph(GLYPH_RULE));
}

/* What keeps it alive, if that was asked of this item. */
static void add_answer(struct interface *interface, const struct item *item)
{
    uint64_t id = interface_subject(interface, item);
    if (id == 0 || id != interface->asked_id)
        return;
    lines_add(&interface->detail, MEANING_STRONG, "Kept alive by");
    if (id != interface->answered_id || !interface->answer) {
        lines_add(&interface->detail, MEANING_DIM, "    ... looking for it");
        return;
    }
    char line[CELL_SIZE];
    for (const char *at = interface->answer; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        text_clean(line, sizeof line, at, length);
        lines_add(&interface->detail, MEANING_NORMAL, "    %s", line);
        at += length + (at[length] == '\n');
    }
}

static void draw_detail(struct interface *interface, const struct geometry *geometry)
{
    struct lines *detail = &interface->detail;
    const struct item *item = pane_item(interface->pane);
    uint32_t room = (uint32_t)geometry->detail_height - 1;
    lines_clear(detail);
    detail->width = (unsigned)COLS;
    if (item) {
        add_answer(interface, item);
        interface->pane->view->detail(&interface->model, item, detail);
    }
    uint32_t last = detail->count > room ? (uint32_t)detail->count - room : 0;
    if (interface->detail_top > last)
        interface->detail_top = last;
    draw_rule(geometry->detail, last - interface->detail_top);
    for (uint32_t i = 0; i < room; i++) {
        struct pen pen = pen_at(geometry->detail + 1 + (int)i);
        size_t index = interface->detail_top + i;
        if (index < detail->count)
            pen_write(&pen, detail->lines[index].meaning, detail->lines[index].text);
    }
}

void draw_rows(struct interface *interface, const struct geometry *geometry)
{
    struct pane *pane = interface->pane;
    struct layout layout = layout_fit(pane->view, (unsigned)COLS);
    interface->shown_columns = 0;
    for (unsigned i = 0; i < pane->view->column_count; i++)
        interface->shown_columns |= (layout.width[i] > 0 ? 1U : 0U) << i;
    pane->height = (uint32_t)geometry->body_height;
    pane_scroll(pane);
    if (geometry->titles >= 0)
        draw_titles(pane, &layout, geometry->titles);
    int line = geometry->body, end = geometry->body + geometry->body_height;
    for (uint32_t row = pane->top; row < pane->rows.count && line < end; row++)
        draw_row(interface, &layout, row, line++);
    for (int rest = line; rest < end; rest++)
        pen_at(rest);
    if (view_available(pane->view, &interface->model)) {
        if (pane->rows.count == 0)
            draw_emptiness(interface, line++);
        draw_footnote(interface, line + 1, end);
    }
    if (geometry->detail_height > 0)
        draw_detail(interface, geometry);
}
