/*
 * What the command wrote to its standard output and standard error, and among it, where it came,
 * what was done to the program.
 */
#include "ctxtop/interventions.h"
#include "ctxtop/log_file.h"
#include "ctxtop/view_table.h"

#include <stdio.h>
#include <string.h>

static const struct column columns[] = {
    {"LOG", "the command's output, and what was done to the program", ALIGN_LEFT, .width = 20,
     .weight = 1, .ascending = true},
};

static uint32_t line_count(const struct model *model)
{
    return model->log ? model->log->count : 0;
}

static uint32_t done_count(const struct model *model)
{
    return model->done ? model->done->count : 0;
}

static void add_items(const struct model *model, struct items *out)
{
    uint32_t done = 0;
    for (uint32_t i = 0; i <= line_count(model) && !out->failed; i++) {
        bool is_line = i < line_count(model);
        while (done < done_count(model) &&
               (!is_line || model->done->lines[done].position <= model->log->lines[i].position)) {
            items_add(out, ITEM_INTERVENTION, model->done->forgotten + done, done, ITEM_NONE);
            done++;
        }
        if (is_line)
            items_add(out, ITEM_LOG_LINE, model->log->lines[i].position, i, ITEM_NONE);
    }
}

static void write_text(const struct model *model, const struct item *item, char *out, size_t size)
{
    if (item->kind == ITEM_INTERVENTION) {
        snprintf(out, size, "%s", model->done->lines[item->index].text);
        return;
    }
    const struct log_line *line = &model->log->lines[item->index];
    text_clean(out, size, model->log->bytes + line->start, line->length);
}

static void show(const struct model *model, const struct item *item, unsigned column, bool folded,
                 struct cell *out)
{
    (void)column;
    (void)folded;
    write_text(model, item, out->text, sizeof out->text);
    if (item->kind == ITEM_INTERVENTION)
        out->meaning = MEANING_WARNING;
}

static uint64_t position_of(const struct model *model, const struct item *item)
{
    return item->kind == ITEM_INTERVENTION ? model->done->lines[item->index].position
                                           : model->log->lines[item->index].position;
}

static int compare(const struct model *model, const struct item *a, const struct item *b,
                   unsigned column)
{
    (void)column;
    if (a->kind == b->kind)
        return compare_numbers(a->index, b->index);
    int order = compare_numbers((int64_t)position_of(model, a), (int64_t)position_of(model, b));
    return order != 0 ? order : a->kind == ITEM_INTERVENTION ? -1 : 1;
}

static void add_words(const struct model *model, const struct item *item, struct words *out)
{
    write_text(model, item, out->buffer, sizeof out->buffer);
    words_add(out, "text", out->buffer);
}

/* The whole line, as it may be longer than the screen is wide. */
static void add_detail(const struct model *model, const struct item *item, struct lines *out)
{
    char text[4096];
    write_text(model, item, text, sizeof text);
    lines_add_wrapped(out, MEANING_NORMAL, 0, text);
}

static bool available(const struct model *model)
{
    return model->log || done_count(model) > 0;
}

const struct view log_view = {
    .name = "log",
    .title = "Log",
    .heading = "OUTPUT OF THE COMMAND, AND WHAT WAS DONE TO THE PROGRAM",
    .help = "what the command that ctxtop started has written, and what was done to the program",
    .empty = "The command has written nothing yet.",
    .digit = "7",
    .key_name = "log",
    .key_help = "to the output of the command that was started, and what was done to the program",
    .columns = columns,
    .column_count = 1,
    .folded_depth = UINT32_MAX,
    .in_batch = false,
    .follows = true,
    .shows_log = true,
    .items = add_items,
    .cell = show,
    .compare = compare,
    .words = add_words,
    .detail = add_detail,
    .available = available,
};
