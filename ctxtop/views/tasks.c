/* All tasks, waiting or not. */
#include "ctxtop/json_parts.h"
#include "ctxtop/view_table.h"
#include "ctxtop/views/tasks_shared.h"
#include "ctxtop/views/waits.h"

/* clang-format off */
static const struct column columns[TASKS_COLUMNS] = {
    [COLUMN_TASK]       = {"TASK", "its name or number", ALIGN_LEFT, 22, 2, 0, true, true},
    [COLUMN_TID]        = {"THREAD", "number of the thread that it is or runs on", ALIGN_RIGHT, 7, 0, 8, false, true},
    [COLUMN_STATE]      = {"STATE", "in the words of the program's language", ALIGN_LEFT, 12, 1, 0, false, true},
    [COLUMN_AGE]        = {"AGE", "time since it was created", ALIGN_RIGHT, 6, 0, 2, false, false},
    [COLUMN_WAITS_FOR]  = {"WAITS FOR", "the object it is blocked on", ALIGN_LEFT, 18, 2, 3, false, true},
    [COLUMN_OPERATION]  = {"DOING", "what it does there: receive, lock, done ...", ALIGN_LEFT, 11, 0, 6, false, true},
    [COLUMN_SINCE]      = {"SINCE", "how long it has waited", ALIGN_RIGHT, 7, 0, 1, false, false},
    [COLUMN_ENDS]       = {"ENDS IN", "when the wait gives up, by its own limit or a deadline", ALIGN_RIGHT, 7, 0, 9, false, true},
    [COLUMN_CONTEXT]    = {"CONTEXT", "what ends its wait, or what it works under", ALIGN_LEFT, 12, 1, 5, false, true},
    [COLUMN_FINDING]    = {"FINDING", "the worst finding about it, ! when proved", ALIGN_LEFT, 18, 0, 4, false, false},
    [COLUMN_SITE]       = {"AT", "where it is", ALIGN_LEFT, 22, 2, 7, false, true},
    [COLUMN_CREATED_AT] = {"CREATED AT", "who started it, and where", ALIGN_LEFT, 22, 2, 10, false, true},
};
/* clang-format on */

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
