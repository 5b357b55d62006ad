#include "ctxtop/batch.h"

#include "ctxtop/layout.h"
#include "ctxtop/tree.h"
#include "ctxtop/view_table.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Wider than this no column becomes by its content alone. */
#define COLUMN_LIMIT 60
#define NOTE_WIDTH   100
#define NOTE_INDENT  4
#define CELL_BYTES   2048
#define TREE_COLUMNS 96

struct page {
    const struct view *view;
    const struct model *model;
    struct tree tree;
    struct rows rows;
    struct layout layout;
    const char *separator; /* of columns; one blank is what layout_fit() counts with */
};

/* Writes the text behind the first `used` bytes, as far as there is room; returns its end. */
static size_t append(char *out, size_t size, size_t used, const char *text)
{
    size_t length = strlen(text);
    if (length >= size - used)
        length = size - used - 1;
    memcpy(out + used, text, length);
    out[used + length] = '\0';
    return used + length;
}

/* The text of a cell with the tree in front of it. */
static void cell_text(const struct page *page, uint32_t row, unsigned column, char *out,
                      size_t size)
{
    const struct row *shown = &page->rows.rows[row];
    struct cell cell;
    cell.text[0] = '\0';
    cell.meaning = MEANING_NORMAL;
    page->view->cell(page->model, &page->tree.items.items[shown->item], column, shown->folded,
                     &cell);
    out[0] = '\0';
    if (page->view->columns[column].tree)
        rows_prefix(&page->rows, &page->tree, row, TREE_COLUMNS, out, size);
    append(out, size, strlen(out), cell.text);
}

static bool is_note(const struct view *view, unsigned column)
{
    return column > 0 && column == view->note_column;
}

/* Wider ones are cut, so that those beside them are not far away. */
static unsigned widest_of(const struct view *view, unsigned column)
{
    if (view->column_count == 1)
        return UINT_MAX;
    return view->columns[column].tree ? TREE_COLUMNS + COLUMN_LIMIT : COLUMN_LIMIT;
}

static void measure(struct page *page)
{
    const struct view *view = page->view;
    char text[CELL_BYTES];
    for (unsigned column = 0; column < view->column_count; column++) {
        unsigned limit = widest_of(view, column), widest = 0;
        if (is_note(view, column))
            continue;
        for (uint32_t row = 0; row < page->rows.count; row++) {
            cell_text(page, row, column, text, sizeof text);
            unsigned width = text_width(text);
            if (width > widest)
                widest = width;
        }
        unsigned title = text_width(view->columns[column].title);
        /* A column in which no row has anything is left out. */
        if (widest > 0 && widest < title)
            widest = title;
        page->layout.width[column] = widest > limit ? limit : widest;
    }
}

/* Cells of one line; the last is not padded, so that no line ends in blanks. */
static void print_line(FILE *out, const struct page *page, uint32_t row)
{
    char text[CELL_BYTES], fitted[CELL_BYTES], line[LAYOUT_COLUMNS * CELL_BYTES];
    size_t used = 0;
    line[0] = '\0';
    for (unsigned column = 0; column < page->view->column_count; column++) {
        const struct column *about = &page->view->columns[column];
        if (page->layout.width[column] == 0)
            continue;
        if (row == ITEM_NONE)
            append(text, sizeof text, 0, about->title);
        else
            cell_text(page, row, column, text, sizeof text);
        text_fit(fitted, sizeof fitted, text, page->layout.width[column], about->align, true);
        used = append(line, sizeof line, used, used > 0 ? page->separator : "");
        used = append(line, sizeof line, used, fitted);
    }
    while (used > 0 && line[used - 1] == ' ')
        used--;
    line[used] = '\n';
    fwrite(line, 1, used + 1, out);
}

/* Prints the lines and gives them back. False when memory ran out. */
static bool print_lines(FILE *out, struct lines *lines)
{
    bool complete = !lines->failed;
    for (size_t i = 0; i < lines->count; i++)
        fprintf(out, "%s\n", lines->lines[i].text);
    lines_free(lines);
    return complete;
}

/* What would not fit into a column: a paragraph below the row. */
static bool print_note(FILE *out, const struct page *page, uint32_t row, unsigned width)
{
    char text[CELL_BYTES];
    struct lines lines = {.width = width == 0 ? NOTE_WIDTH : width};
    cell_text(page, row, page->view->note_column, text, sizeof text);
    lines_add_wrapped(&lines, MEANING_NORMAL, NOTE_INDENT, text);
    return print_lines(out, &lines);
}

/* `width` 0: the whole. */
static void print_cut(FILE *out, const char *before, const char *text, unsigned width)
{
    char fitted[HEADER_SPANS * LABEL_SIZE];
    text_fit(fitted, sizeof fitted, text, width == 0 ? sizeof fitted : width, ALIGN_LEFT, false);
    fprintf(out, "%s%s\n", before, fitted);
}

static bool print_footnote(FILE *out, const struct page *page, unsigned width)
{
    char text[CELL_BYTES];
    struct lines lines = {.width = width == 0 ? NOTE_WIDTH : width};
    if (!page->view->footnote || !page->view->footnote(page->model, text, sizeof text))
        return true;
    lines_add_wrapped(&lines, MEANING_NORMAL, 0, text);
    return print_lines(out, &lines);
}

static bool print_rows(FILE *out, struct page *page, const struct text_options *options)
{
    if (page->rows.count == 0) {
        print_cut(out, "",
                  options->filter[0] != '\0' ? "Nothing passes the filter." : page->view->empty,
                  options->width);
        return true;
    }
    if (options->width == 0)
        measure(page);
    else
        page->layout = layout_fit(page->view, options->width);
    if (page->view->note_column != 0)
        page->layout.width[page->view->note_column] = 0;
    print_line(out, page, ITEM_NONE);
    bool complete = true;
    for (uint32_t row = 0; row < page->rows.count; row++) {
        print_line(out, page, row);
        if (page->view->note_column != 0)
            complete &= print_note(out, page, row, options->width);
    }
    return complete;
}

bool text_print_view(FILE *out, const struct model *model, const struct view *view,
                     const struct text_options *options)
{
    struct page page = {
        .view = view, .model = model, .separator = options->width == 0 ? "  " : " "};
    struct filter filter;
    struct folds folds = {.depth = options->folds ? options->fold_depth : view->folded_depth};
    struct order order = {.column = ORDER_NATURAL};
    filter_set(&filter, options->filter);
    tree_build(&page.tree, view, model, &filter, order);
    rows_build(&page.rows, &page.tree, &folds);
    bool complete = !page.tree.failed && !page.rows.failed;
    complete = complete && print_rows(out, &page, options);
    complete = complete && print_footnote(out, &page, options->width);
    rows_free(&page.rows);
    tree_free(&page.tree);
    return complete;
}

static void print_header(FILE *out, const struct model *model,
                         const struct sampling_state *sampling, unsigned width)
{
    struct header_line lines[HEADER_LINES];
    unsigned count = header_make(model, sampling, lines);
    for (unsigned i = 0; i < count; i++) {
        char text[HEADER_SPANS * LABEL_SIZE];
        size_t used = 0;
        for (unsigned j = 0; j < lines[i].count && used < sizeof text; j++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s", lines[i].spans[j].text);
        print_cut(out, "", text, width);
    }
}

bool text_print_sample(FILE *out, const struct model *model, const struct sampling_state *sampling,
                       const struct text_options *options)
{
    print_header(out, model, sampling, options->width);
    for (const struct view *const *view = options->views; *view; view++) {
        if (!view_available(*view, model))
            continue;
        print_cut(out, "\n", (*view)->heading, options->width);
        if (!text_print_view(out, model, *view, options))
            return false;
    }
    return true;
}
