/* Tasks that wait, and below those in a select everything that they wait for. */
#include "ctxtop/json_parts.h"
#include "ctxtop/view_table.h"
#include "ctxtop/views/tasks_shared.h"
#include "ctxtop/views/waits.h"

enum { WAITERS_COLUMNS = 9 };

/* Which of the columns of tasks this view has, and where. */
static const enum tasks_column meaning_of[WAITERS_COLUMNS] = {
    COLUMN_TASK,    COLUMN_OPERATION, COLUMN_WAITS_FOR, COLUMN_SINCE,      COLUMN_ENDS,
    COLUMN_CONTEXT, COLUMN_FINDING,   COLUMN_SITE,      COLUMN_CREATED_AT,
};

static const struct column columns[WAITERS_COLUMNS] = {
    {"TASK", "who waits; below it the cases of its select", ALIGN_LEFT, .width = 22, .weight = 2,
     .tree = true, .ascending = true},
    {"OPERATION", "what it does: receive, lock, done ...", ALIGN_LEFT, .width = 11, .drop = 5,
     .ascending = true},
    {"WAITS FOR", "the object it is blocked on", ALIGN_LEFT, .width = 22, .weight = 2,
     .ascending = true},
    {"WAITED", "how long it has waited", ALIGN_RIGHT, .width = 7, .drop = 1},
    {"ENDS IN", "when the wait gives up, by its own limit or a deadline", ALIGN_RIGHT, .width = 7,
     .drop = 4, .ascending = true},
    {"CONTEXT", "the context whose end ends the wait, or that it works under", ALIGN_LEFT,
     .width = 12, .weight = 1, .drop = 6, .ascending = true},
    {"FINDING", "the worst finding about the task, ! when proved", ALIGN_LEFT, .width = 18,
     .drop = 3},
    {"AT", "where it waits", ALIGN_LEFT, .width = 22, .weight = 2, .drop = 2, .ascending = true},
    {"CREATED AT", "who started the task, and where", ALIGN_LEFT, .width = 22, .weight = 2,
     .drop = 7, .ascending = true},
};

static void add_task(const struct snapshot *snapshot, uint32_t index, struct items *out)
{
    const struct snapshot_task *task = &snapshot->tasks[index];
    uint32_t parent = items_add(out, ITEM_TASK, task->id, index, ITEM_NONE);
    for (uint32_t i = 0; task->wait_count > 1 && i < task->wait_count && !out->failed; i++) {
        uint32_t wait = task->first_wait + i;
        items_add(out, ITEM_WAIT, wait_identity(snapshot, wait), wait, parent);
    }
}

static void add_items(const struct model *model, struct items *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    for (uint32_t i = 0; i < snapshot->task_count && !out->failed; i++) {
        const struct snapshot_task *task = &snapshot->tasks[i];
        bool waits = task->wait_count > 0 || task->state == TASK_WAITING;
        if (waits && !task_is_hidden(model, i))
            add_task(snapshot, i, out);
    }
}

static void show(const struct model *model, const struct item *item, unsigned column, bool folded,
                 struct cell *out)
{
    (void)folded;
    tasks_show(model, item, meaning_of[column], out);
}

static int compare(const struct model *model, const struct item *a, const struct item *b,
                   unsigned column)
{
    return tasks_compare(model, a, b, meaning_of[column]);
}

static int64_t count(const struct model *model)
{
    return model->sample->blocked_tasks;
}

static int64_t born(const struct model *model, const struct item *item)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    if (item->kind == ITEM_WAIT)
        return snapshot->waits[item->index].since_ns;
    const struct snapshot_wait *wait = wait_of_task(snapshot, item->index);
    return wait ? wait->since_ns : INT64_MIN;
}

static uint32_t json_count(const struct sample *sample)
{
    return sample->snapshot->wait_count;
}

const struct view waiters_view = {
    .name = "waiters",
    .title = "Waiters",
    .heading = "BLOCKED TASKS",
    .help = "the tasks that wait, for what, since when and until when",
    .empty = "Nobody waits.",
    .digit = "3",
    .key_name = "waiters",
    .key_help = "to blocked tasks",
    .columns = columns,
    .column_count = WAITERS_COLUMNS,
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
    .json_name = "waits",
    .json_count = json_count,
    .json = json_wait,
};
