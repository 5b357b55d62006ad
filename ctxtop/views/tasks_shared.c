#include "ctxtop/views/tasks_shared.h"

#include "ctxtop/detail.h"
#include "ctxtop/elapsed.h"
#include "ctxtop/views/waits.h"

#include <string.h>

/* The wait that a row is about: a row of a task is about its only or longest wait. */
static const struct snapshot_wait *wait_of_item(const struct model *model, const struct item *item)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    if (item->kind == ITEM_WAIT)
        return &snapshot->waits[item->index];
    return wait_of_task(snapshot, item->index);
}

static const struct snapshot_task *task_of_item(const struct model *model, const struct item *item)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    uint32_t task = tasks_task(model, item);
    return task == SNAPSHOT_NONE ? NULL : &snapshot->tasks[task];
}

static void show_wait(const struct model *model, const struct item *item, enum tasks_column column,
                      struct cell *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_wait *wait = wait_of_item(model, item);
    if (!wait)
        return;
    uint32_t others = 0;
    char label[LABEL_SIZE];
    if (item->kind == ITEM_TASK)
        others = snapshot->tasks[item->index].wait_count - 1;
    switch (column) {
    case COLUMN_WAITS_FOR:
        label_object(snapshot, wait->object, label, sizeof label);
        if (others > 0)
            cell_print(out, "%s or %u more", label, others);
        else
            cell_print(out, "%s", label);
        out->meaning = MEANING_WAITING;
        break;
    case COLUMN_OPERATION:
        cell_print(out, "%s", others > 0 ? "select" : wait_operation_name(wait->operation));
        break;
    case COLUMN_SINCE:
        wait_show_since(model, wait, out);
        break;
    case COLUMN_ENDS:
        wait_show_end(model, wait, out);
        break;
    default:
        break;
    }
}

static uint32_t stack_of_item(const struct model *model, const struct item *item)
{
    const struct snapshot_wait *wait = wait_of_item(model, item);
    const struct snapshot_task *task = task_of_item(model, item);
    if (wait && wait->stack != SNAPSHOT_NONE)
        return wait->stack;
    return task ? task->stack : SNAPSHOT_NONE;
}

static void show_state(const struct model *model, const struct snapshot_task *task,
                       struct cell *out)
{
    const char *status = snapshot_text(model->sample->snapshot, task->status);
    bool waits = task->wait_count > 0 || task->state == TASK_WAITING;
    if (status[0] != '\0')
        cell_print(out, "%s", status);
    else if (waits && task->state == TASK_STATE_UNKNOWN)
        cell_print(out, "%s", task_state_name(TASK_WAITING));
    else
        cell_print(out, "%s", task_state_name(task->state));
    if (waits)
        out->meaning = MEANING_WAITING;
    else if (task->state == TASK_EXITED)
        out->meaning = MEANING_ENDED;
    else
        out->meaning = MEANING_GOOD;
}

static void show_task(const struct model *model, const struct item *item, enum tasks_column column,
                      struct cell *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_task *task = task_of_item(model, item);
    if (!task)
        return;
    switch (column) {
    case COLUMN_TASK:
        cell_task(out, snapshot, item->index);
        out->meaning = task->system || task->state == TASK_EXITED ? MEANING_DIM : MEANING_NORMAL;
        break;
    case COLUMN_TID:
        if (task->tid != 0)
            cell_print(out, "%u", task->tid);
        break;
    case COLUMN_STATE:
        show_state(model, task, out);
        break;
    case COLUMN_AGE:
        duration_since(task->created_ns, model->now_ns, out->text, sizeof out->text);
        break;
    case COLUMN_FINDING:
        cell_finding(out, sample_finding(model->sample, SUBJECT_TASK, item->index));
        break;
    case COLUMN_CREATED_AT:
        cell_site(out, snapshot, task->creation_stack);
        break;
    default:
        break;
    }
}

void tasks_show(const struct model *model, const struct item *item, enum tasks_column column,
                struct cell *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    switch (column) {
    case COLUMN_WAITS_FOR:
    case COLUMN_OPERATION:
    case COLUMN_SINCE:
    case COLUMN_ENDS:
        show_wait(model, item, column, out);
        break;
    case COLUMN_CONTEXT: {
        uint32_t context = tasks_context(model, item);
        if (context != SNAPSHOT_NONE)
            cell_context(out, snapshot, context);
        break;
    }
    case COLUMN_SITE:
        cell_site(out, snapshot, stack_of_item(model, item));
        break;
    default:
        if (item->kind == ITEM_TASK)
            show_task(model, item, column, out);
        else if (column == COLUMN_TASK)
            cell_print(out, "or");
        break;
    }
}

static int64_t since(const struct snapshot_wait *wait)
{
    return wait ? wait->since_ns : SNAPSHOT_NEVER;
}

static int compare_task_labels(const struct snapshot *snapshot, uint32_t a, uint32_t b)
{
    char first[LABEL_SIZE], second[LABEL_SIZE];
    label_task(snapshot, a, first, sizeof first);
    label_task(snapshot, b, second, sizeof second);
    return strverscmp(first, second);
}

static int compare_waits(const struct snapshot *snapshot, const struct snapshot_wait *x,
                         const struct snapshot_wait *y, enum tasks_column column)
{
    if (column == COLUMN_SINCE)
        return compare_numbers(since(y), since(x));
    if (!x || !y)
        return (x != NULL) - (y != NULL);
    if (column == COLUMN_OPERATION)
        return compare_numbers(x->operation, y->operation);
    if (column == COLUMN_ENDS)
        return compare_numbers(wait_ends_ns(snapshot, x), wait_ends_ns(snapshot, y));
    return compare_numbers(x->object, y->object);
}

int tasks_compare(const struct model *model, const struct item *a, const struct item *b,
                  enum tasks_column column)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_task *x = task_of_item(model, a), *y = task_of_item(model, b);
    if (!x || !y)
        return (x != NULL) - (y != NULL);
    switch (column) {
    case COLUMN_TASK:
        return compare_task_labels(snapshot, tasks_task(model, a), tasks_task(model, b));
    case COLUMN_TID:
        return compare_numbers(x->tid, y->tid);
    case COLUMN_STATE:
        return compare_numbers(x->state, y->state);
    case COLUMN_AGE:
        return compare_numbers(y->created_ns, x->created_ns);
    case COLUMN_WAITS_FOR:
    case COLUMN_OPERATION:
    case COLUMN_SINCE:
    case COLUMN_ENDS:
        return compare_waits(snapshot, wait_of_item(model, a), wait_of_item(model, b), column);
    case COLUMN_CONTEXT:
        return compare_numbers(tasks_context(model, a), tasks_context(model, b));
    case COLUMN_FINDING:
        return compare_numbers(
            finding_rank(sample_finding(model->sample, SUBJECT_TASK, tasks_task(model, a))),
            finding_rank(sample_finding(model->sample, SUBJECT_TASK, tasks_task(model, b))));
    case COLUMN_SITE:
        return compare_sites(snapshot, stack_of_item(model, a), stack_of_item(model, b));
    case COLUMN_CREATED_AT:
        return compare_sites(snapshot, x->creation_stack, y->creation_stack);
    case TASKS_COLUMNS:
        break;
    }
    return 0;
}

void tasks_words(const struct model *model, const struct item *item, struct words *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    uint32_t task = tasks_task(model, item);
    const struct snapshot_wait *wait = wait_of_item(model, item);
    task_add_words(model, task, out);
    if (wait) {
        wait_add_words(snapshot, wait, out);
        object_add_words(snapshot, wait->object, out);
    }
    if (item->kind == ITEM_TASK)
        words_add_site(out, snapshot, snapshot->tasks[task].creation_stack);
}

void tasks_detail(const struct model *model, const struct item *item, struct lines *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    detail_task(model, tasks_task(model, item), out);
    if (item->kind == ITEM_WAIT)
        detail_object(model, snapshot->waits[item->index].object, out);
}

uint32_t tasks_task(const struct model *model, const struct item *item)
{
    if (item->kind == ITEM_WAIT)
        /* NOLINTNEXTLINE(*NullDereference): an item of a wait comes from a snapshot with waits */
        return model->sample->snapshot->waits[item->index].task;
    return item->index;
}

/* What bounds or is the wait; else what the task works under. */
uint32_t tasks_context(const struct model *model, const struct item *item)
{
    const struct snapshot_wait *wait = wait_of_item(model, item);
    if (wait && wait->bounded_by != SNAPSHOT_NONE)
        return wait->bounded_by;
    const struct snapshot_task *task = task_of_item(model, item);
    return task ? task_works_under(task) : SNAPSHOT_NONE;
}
