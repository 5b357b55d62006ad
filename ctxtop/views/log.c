/* What the command wrote to its standard output and standard error. */
#include "ctxtop/log_file.h"
#include "ctxtop/view.h"

#include <string.h>

static const struct column columns[] = {
    {"OUTPUT OF THE COMMAND", "standard output and standard error", ALIGN_LEFT, 20, 1, 0, false,
     true},
};

static const struct log_line *line_of(const struct model *model, const struct item *item)
{
    return &model->log->lines[item->index];
}

static void add_items(const struct model *model, struct items *out)
{
    for (uint32_t i = 0; i < model->log->count && !out->failed; i++)
        items_add(out, ITEM_LOG_LINE, model->log->lines[i].position, i, ITEM_NONE);
}

static void show(const struct model *model, const struct item *item, unsigned column, bool folded,
                 struct cell *out)
{
    const struct log_line *line = line_of(model, item);
    (void)column;
    (void)folded;
    text_clean(out->text, sizeof out->text, model->log->bytes + line->start, line->length);
}

static int compare(const struct model *model, const struct item *a, const struct item *b,
                   unsigned column)
{
    (void)model;
    (void)column;
    return compare_numbers(a->index, b->index);
}

static void add_words(const struct model *model, const struct item *item, struct words *out)
{
    const struct log_line *line = line_of(model, item);
    text_clean(out->buffer, sizeof out->buffer, model->log->bytes + line->start, line->length);
    words_add(out, "text", out->buffer);
}

/* The whole line, as it may be longer than the screen is wide. */
static void add_detail(const struct model *model, const struct item *item, struct lines *out)
{
    const struct log_line *line = line_of(model, item);
    char text[4096];
    text_clean(text, sizeof text, model->log->bytes + line->start, line->length);
    lines_add_wrapped(out, MEANING_NORMAL, 0, text);
}

static bool available(const struct model *model)
{
    return model->log != NULL;
}

const struct view log_view = {
    .name = "log",
    .title = "Output",
    .heading = "OUTPUT OF THE COMMAND",
    .help = "what the command that ctxtop started has written",
    .empty = "The command has written nothing yet.",
    .columns = columns,
    .column_count = 1,
    .folded_depth = UINT32_MAX,
    .in_batch = false,
    .follows = true,
    .items = add_items,
    .cell = show,
    .compare = compare,
    .words = add_words,
    .detail = add_detail,
    .available = available,
};
