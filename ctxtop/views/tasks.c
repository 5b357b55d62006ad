/* All tasks, waiting or not. */
#include "ctxtop/json_parts.h"
#include "ctxtop/view_table.h"
#include "ctxtop/views/tasks_shared.h"
#include "ctxtop/views/waits.h"

static const struct column columns[TASKS_COLUMNS] = {
    [COLUMN_TASK] = {"TASK", "its name or number", ALIGN_LEFT, .width = 22, .weight = 2,
                     .tree = true, .ascending = true},
    [COLUMN_TID] = {"THREAD", "number of the thread that it is or runs on", ALIGN_RIGHT, .width = 7,
                    .drop = 8, .ascending = true},
    [COLUMN_STATE] = {"STATE", "in the words of the program's language", ALIGN_LEFT, .width = 12,
                      .weight = 1, .ascending = true},
    [COLUMN_AGE] = {"AGE", "time since it was created", ALIGN_RIGHT, .width = 6, .drop = 2},
    [COLUMN_WAITS_FOR] = {"WAITS FOR", "the object it is blocked on", ALIGN_LEFT, .width = 18,
                          .weight = 2, .drop = 3, .ascending = true},
    [COLUMN_OPERATION] = {"OPERATION", "what it does there: receive, lock, done ...", ALIGN_LEFT,
                          .width = 11, .drop = 6, .ascending = true},
    [COLUMN_SINCE] = {"WAITED", "how long it has waited", ALIGN_RIGHT, .width = 7, .drop = 1},
    [COLUMN_ENDS] = {"ENDS IN", "when the wait gives up, by its own limit or a deadline",
                     ALIGN_RIGHT, .width = 7, .drop = 9, .ascending = true},
    [COLUMN_CONTEXT] = {"CONTEXT", "what ends its wait, or what it works under", ALIGN_LEFT,
                        .width = 12, .weight = 1, .drop = 5, .ascending = true},
    [COLUMN_FINDING] = {"FINDING", "the worst finding about it, ! when proved", ALIGN_LEFT,
                        .width = 18, .drop = 4},
    [COLUMN_SITE] = {"AT", "where it is", ALIGN_LEFT, .width = 22, .weight = 2, .drop = 7,
                     .ascending = true},
    [COLUMN_CREATED_AT] = {"CREATED AT", "who started it, and where", ALIGN_LEFT, .width = 22,
                           .weight = 2, .drop = 10, .ascending = true},
};

static void add_items(const struct model *model, struct items *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        if (!task_is_hidden(model, i))
            items_add(out, ITEM_TASK, snapshot->tasks[i].id, i, ITEM_NONE);
    }
}

static void show(const struct model *model, const struct item *item, unsigned column, bool folded,
                 struct cell *out)
{
    (void)folded;
    tasks_show(model, item, (enum tasks_column)column, out);
}

static int compare(const struct model *model, const struct item *a, const struct item *b,
                   unsigned column)
{
    return tasks_compare(model, a, b, (enum tasks_column)column);
}

static int64_t count(const struct model *model)
{
    const struct sample *sample = model->sample;
    return sample->shown_tasks + (model->show_system ? sample->system_tasks : 0);
}

static int64_t born(const struct model *model, const struct item *item)
{
    return model->sample->snapshot->tasks[item->index].created_ns;
}

static uint32_t json_count(const struct sample *sample)
{
    return sample->snapshot->task_count;
}

const struct view tasks_view = {
    .name = "tasks",
    .title = "Tasks",
    .heading = "TASKS",
    .help = "threads or goroutines: state, wait, context, where they are and who started them",
    .empty = "No tasks.",
    .digit = "4",
    .key_name = "tasks",
    .key_help = "to all tasks",
    .columns = columns,
    .column_count = TASKS_COLUMNS,
    .folded_depth = UINT32_MAX,
    .in_batch = false,
    .items = add_items,
    .cell = show,
    .compare = compare,
    .words = tasks_words,
    .detail = tasks_detail,
    .count = count,
    .born = born,
    .context_of = tasks_context,
    .task_of = tasks_task,
    .json_name = "tasks",
    .json_count = json_count,
    .json = json_task,
};
