/* The list of what can be watched, to choose from. */
#include "ctxtop/targets.h"

#include "base/clock.h"
#include "base/hash.h"
#include "ctxtop/elapsed.h"
#include "ctxtop/view_table.h"

#include <string.h>

enum targets_column {
    COLUMN_COMMAND,
    COLUMN_PID,
    COLUMN_STATE,
    COLUMN_STARTED,
    COLUMN_SOURCE,
    COLUMN_TARGET,
    COLUMNS
};

static const struct column columns[COLUMNS] = {
    [COLUMN_COMMAND] = {"COMMAND", "the command line", ALIGN_LEFT, .width = 24, .weight = 3,
                        .ascending = true},
    [COLUMN_PID] = {"PID", "of the process, also of one that is gone", ALIGN_RIGHT, .width = 7,
                    .ascending = true},
    [COLUMN_STATE] = {"STATE", "alive or dead", ALIGN_LEFT, .width = 5, .drop = 1,
                      .ascending = true},
    [COLUMN_STARTED] = {"AGE", "since it was started", ALIGN_RIGHT, .width = 7, .drop = 2},
    [COLUMN_SOURCE] = {"SOURCE", "how it is watched", ALIGN_LEFT, .width = 10, .drop = 3,
                       .ascending = true},
    [COLUMN_TARGET] = {"TARGET", "what to give to ctxtop or ctxreport to get there at once",
                       ALIGN_LEFT, .width = 16, .weight = 2, .drop = 4, .ascending = true},
};

static const struct target_entry *entry_of(const struct model *model, const struct item *item)
{
    return &model->targets->entries[item->index];
}

static uint64_t identity(const struct target_entry *entry)
{
    return hash_text(HASH_START, entry->target);
}

static void add_items(const struct model *model, struct items *out)
{
    for (uint32_t i = 0; i < model->targets->count && !out->failed; i++)
        items_add(out, ITEM_TARGET, identity(&model->targets->entries[i]), i, ITEM_NONE);
}

static void show(const struct model *model, const struct item *item, unsigned column, bool folded,
                 struct cell *out)
{
    const struct target_entry *entry = entry_of(model, item);
    (void)folded;
    switch ((enum targets_column)column) {
    case COLUMN_COMMAND:
        cell_print(out, "%s", entry->command);
        out->meaning = entry->alive ? MEANING_NORMAL : MEANING_DIM;
        break;
    case COLUMN_PID:
        cell_print(out, "%d", entry->pid);
        break;
    case COLUMN_STATE:
        cell_print(out, "%s", entry->alive ? "alive" : "dead");
        out->meaning = entry->alive ? MEANING_GOOD : MEANING_ALARM;
        break;
    case COLUMN_STARTED:
        if (entry->started_realtime_ns != 0)
            duration_since(entry->started_realtime_ns, realtime_ns(), out->text, sizeof out->text);
        break;
    case COLUMN_SOURCE:
        cell_print(out, "%s", entry->source);
        break;
    case COLUMN_TARGET:
        text_clean(out->text, sizeof out->text, entry->target, strlen(entry->target));
        out->meaning = MEANING_DIM;
        break;
    case COLUMNS:
        break;
    }
}

static int compare(const struct model *model, const struct item *a, const struct item *b,
                   unsigned column)
{
    const struct target_entry *x = entry_of(model, a), *y = entry_of(model, b);
    switch ((enum targets_column)column) {
    case COLUMN_COMMAND:
        return strcmp(x->command, y->command);
    case COLUMN_PID:
        return compare_numbers(x->pid, y->pid);
    case COLUMN_STATE:
        return compare_numbers(y->alive, x->alive);
    case COLUMN_STARTED:
        return compare_numbers(y->started_realtime_ns, x->started_realtime_ns);
    case COLUMN_SOURCE:
        return strcmp(x->source, y->source);
    case COLUMN_TARGET:
        return strcmp(x->target, y->target);
    case COLUMNS:
        break;
    }
    return 0;
}

static void add_words(const struct model *model, const struct item *item, struct words *out)
{
    const struct target_entry *entry = entry_of(model, item);
    words_add(out, "command", entry->command);
    words_add(out, "state", entry->alive ? "alive" : "dead");
    words_add(out, "source", entry->source);
    words_add(out, "target", entry->target);
    words_add_id(out, (uint64_t)entry->pid);
}

static void add_detail(const struct model *model, const struct item *item, struct lines *out)
{
    const struct target_entry *entry = entry_of(model, item);
    char target[sizeof entry->target];
    text_clean(target, sizeof target, entry->target, strlen(entry->target));
    lines_add(out, MEANING_STRONG, "%s", entry->command);
    lines_add_field(out, "process", "%d, %s", entry->pid, entry->alive ? "alive" : "dead");
    lines_add_field(out, "watched as", "%s", entry->source);
    lines_add_field(out, "target", "%s", target);
}

static bool available(const struct model *model)
{
    return model->targets != NULL;
}

const struct view targets_view = {
    .name = "targets",
    .title = "Targets",
    .heading = "WHAT CAN BE WATCHED",
    .help = "the programs on this machine that can be watched; Enter watches one",
    .empty = "Nothing to watch: start a program with `ctxtop -- COMMAND`, or with CTXTRACE=1.",
    .columns = columns,
    .column_count = COLUMNS,
    .folded_depth = UINT32_MAX,
    .in_batch = false,
    .items = add_items,
    .cell = show,
    .compare = compare,
    .words = add_words,
    .detail = add_detail,
    .available = available,
};
