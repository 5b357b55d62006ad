/* What is waited for, and below each object who waits. */
#include "base/count.h"
#include "ctxtop/detail.h"
#include "ctxtop/elapsed.h"
#include "ctxtop/json_parts.h"
#include "ctxtop/view_table.h"
#include "ctxtop/views/waits.h"

#include <string.h>

enum objects_column {
    COLUMN_OBJECT,
    COLUMN_OPERATION,
    COLUMN_WAITERS,
    COLUMN_SINCE,
    COLUMN_ENDS,
    COLUMN_CONTEXT,
    COLUMN_HOLDER,
    COLUMN_FINDING,
    COLUMN_SITE,
    COLUMNS
};

static const struct column columns[COLUMNS] = {
    [COLUMN_OBJECT] = {"WAITED FOR", "the object; below it the tasks that wait", ALIGN_LEFT,
                       .width = 20, .weight = 3, .tree = true, .ascending = true},
    [COLUMN_OPERATION] = {"OPERATION", "what the waiter does: receive, lock, done ...", ALIGN_LEFT,
                          .width = 11, .drop = 4, .ascending = true},
    [COLUMN_WAITERS] = {"WAIT", "how many wait", ALIGN_RIGHT, .width = 4},
    [COLUMN_SINCE] = {"WAITED", "how long; of an object the longest", ALIGN_RIGHT, .width = 7,
                      .drop = 1},
    [COLUMN_ENDS] = {"ENDS IN", "when the wait gives up, by its own limit or a deadline",
                     ALIGN_RIGHT, .width = 7, .drop = 5, .ascending = true},
    [COLUMN_CONTEXT] = {"CONTEXT", "the context whose end ends the wait, too", ALIGN_LEFT,
                        .width = 12, .weight = 1, .drop = 7, .ascending = true},
    [COLUMN_HOLDER] = {"HELD BY", "task that holds a mutex", ALIGN_LEFT, .width = 12, .drop = 6,
                       .ascending = true},
    [COLUMN_FINDING] = {"FINDING", "the worst finding about it, ! when proved", ALIGN_LEFT,
                        .width = 18, .drop = 3},
    [COLUMN_SITE] = {"AT", "where the task waits; of an object where it was created", ALIGN_LEFT,
                     .width = 22, .weight = 2, .drop = 2, .ascending = true},
};

static const struct snapshot_wait *wait_of_item(const struct model *model, const struct item *item)
{
    return &model->sample->snapshot->waits[item->index];
}

static uint64_t object_identity(const struct snapshot_object *object)
{
    uint64_t id = object->id != 0 ? object->id : object->address;
    if (object->kind == OBJECT_DESCRIPTOR)
        id = (uint64_t)object->descriptor;
    return id * 64 + object->kind;
}

static void add_object(const struct model *model, uint32_t index, struct items *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_object *object = &snapshot->objects[index];
    uint32_t parent = ITEM_NONE;
    uint32_t wait = object->first_waiter;
    for (; wait != SNAPSHOT_NONE; wait = snapshot->waits[wait].next_of_object) {
        if (task_is_hidden(model, snapshot->waits[wait].task))
            continue;
        if (parent == ITEM_NONE)
            parent = items_add(out, ITEM_OBJECT, object_identity(object), index, ITEM_NONE);
        if (out->failed)
            return;
        items_add(out, ITEM_WAIT, wait_identity(snapshot, wait), wait, parent);
    }
}

static void add_items(const struct model *model, struct items *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    for (uint32_t i = 0; i < snapshot->object_count && !out->failed; i++)
        add_object(model, i, out);
}

static int64_t longest_since(const struct snapshot *snapshot, uint32_t object)
{
    int64_t since = SNAPSHOT_NEVER;
    uint32_t wait = snapshot->objects[object].first_waiter;
    for (; wait != SNAPSHOT_NONE; wait = snapshot->waits[wait].next_of_object) {
        if (snapshot->waits[wait].since_ns < since)
            since = snapshot->waits[wait].since_ns;
    }
    return since;
}

static void show_object(const struct model *model, uint32_t index, unsigned column,
                        struct cell *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_object *object = &snapshot->objects[index];
    switch ((enum objects_column)column) {
    case COLUMN_OBJECT:
        cell_object(out, snapshot, index);
        out->meaning = MEANING_STRONG;
        break;
    case COLUMN_WAITERS:
        count_text_short(out->text, sizeof out->text, object->waiter_count);
        out->meaning = MEANING_WAITING;
        break;
    case COLUMN_SINCE:
        duration_since(longest_since(snapshot, index), model->now_ns, out->text, sizeof out->text);
        break;
    case COLUMN_HOLDER:
        if (object->owner_task_id != 0)
            label_task_or_id(snapshot, object->owner_task, object->owner_task_id, out->text,
                             sizeof out->text);
        break;
    case COLUMN_FINDING: {
        const struct finding *finding = sample_finding(model->sample, SUBJECT_OBJECT, index);
        if (!finding)
            finding = sample_finding(model->sample, SUBJECT_CONTEXT, object->context);
        cell_finding(out, finding);
        break;
    }
    case COLUMN_SITE:
        if (object->kind == OBJECT_CONTEXT && object->context != SNAPSHOT_NONE)
            cell_site(out, snapshot, snapshot->contexts[object->context].creation_stack);
        else
            cell_site(out, snapshot, object->creation_stack);
        break;
    default:
        break;
    }
}

static void show_wait(const struct model *model, const struct snapshot_wait *wait, unsigned column,
                      struct cell *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    switch ((enum objects_column)column) {
    case COLUMN_OBJECT:
        cell_task(out, snapshot, wait->task);
        break;
    case COLUMN_OPERATION:
        cell_print(out, "%s", wait_operation_name(wait->operation));
        break;
    case COLUMN_SINCE:
        wait_show_since(model, wait, out);
        break;
    case COLUMN_ENDS:
        wait_show_end(model, wait, out);
        break;
    case COLUMN_CONTEXT:
        if (wait->bounded_by != SNAPSHOT_NONE)
            cell_context(out, snapshot, wait->bounded_by);
        break;
    case COLUMN_FINDING:
        cell_finding(out, sample_finding(model->sample, SUBJECT_TASK, wait->task));
        break;
    case COLUMN_SITE:
        cell_site(out, snapshot, wait->stack);
        break;
    default:
        break;
    }
}

static void show(const struct model *model, const struct item *item, unsigned column, bool folded,
                 struct cell *out)
{
    (void)folded;
    if (item->kind == ITEM_OBJECT)
        show_object(model, item->index, column, out);
    else
        show_wait(model, wait_of_item(model, item), column, out);
}

static int compare_objects(const struct snapshot *snapshot, uint32_t a, uint32_t b, unsigned column)
{
    const struct snapshot_object *x = &snapshot->objects[a], *y = &snapshot->objects[b];
    char first[LABEL_SIZE], second[LABEL_SIZE];
    switch ((enum objects_column)column) {
    case COLUMN_OBJECT:
        label_object(snapshot, a, first, sizeof first);
        label_object(snapshot, b, second, sizeof second);
        return strverscmp(first, second);
    case COLUMN_WAITERS:
        return compare_numbers(x->waiter_count, y->waiter_count);
    case COLUMN_SINCE:
        return compare_numbers(longest_since(snapshot, b), longest_since(snapshot, a));
    case COLUMN_HOLDER:
        return compare_numbers((int64_t)x->owner_task_id, (int64_t)y->owner_task_id);
    case COLUMN_SITE:
        return compare_sites(snapshot, x->creation_stack, y->creation_stack);
    default:
        return 0;
    }
}

static int compare_waits(const struct snapshot *snapshot, const struct snapshot_wait *x,
                         const struct snapshot_wait *y, unsigned column)
{
    switch ((enum objects_column)column) {
    case COLUMN_OPERATION:
        return compare_numbers(x->operation, y->operation);
    case COLUMN_SINCE:
        return compare_numbers(y->since_ns, x->since_ns);
    case COLUMN_ENDS:
        return compare_numbers(wait_ends_ns(snapshot, x), wait_ends_ns(snapshot, y));
    case COLUMN_CONTEXT:
        return compare_numbers(x->bounded_by, y->bounded_by);
    case COLUMN_SITE:
        return compare_sites(snapshot, x->stack, y->stack);
    default:
        return 0;
    }
}

static int compare(const struct model *model, const struct item *a, const struct item *b,
                   unsigned column)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    if (column == COLUMN_FINDING) {
        enum subject_kind kind = a->kind == ITEM_OBJECT ? SUBJECT_OBJECT : SUBJECT_TASK;
        uint32_t x = a->kind == ITEM_OBJECT ? a->index : wait_of_item(model, a)->task;
        uint32_t y = a->kind == ITEM_OBJECT ? b->index : wait_of_item(model, b)->task;
        return compare_numbers(finding_rank(sample_finding(model->sample, kind, x)),
                               finding_rank(sample_finding(model->sample, kind, y)));
    }
    if (a->kind == ITEM_OBJECT)
        return compare_objects(snapshot, a->index, b->index, column);
    return compare_waits(snapshot, wait_of_item(model, a), wait_of_item(model, b), column);
}

static void add_words(const struct model *model, const struct item *item, struct words *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    if (item->kind == ITEM_OBJECT) {
        object_add_words(snapshot, item->index, out);
        return;
    }
    const struct snapshot_wait *wait = wait_of_item(model, item);
    wait_add_words(snapshot, wait, out);
    task_add_words(model, wait->task, out);
}

static void add_detail(const struct model *model, const struct item *item, struct lines *out)
{
    if (item->kind == ITEM_OBJECT)
        detail_object(model, item->index, out);
    else
        detail_wait(model, item->index, out);
}

static int64_t count(const struct model *model)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    int64_t waited_for = 0;
    for (uint32_t i = 0; i < snapshot->object_count; i++)
        waited_for += snapshot->objects[i].waiter_count > 0;
    return waited_for;
}

/* The youngest wait; objects themselves are not what one waits to see. */
static int64_t born(const struct model *model, const struct item *item)
{
    return item->kind == ITEM_WAIT ? wait_of_item(model, item)->since_ns : INT64_MIN;
}

static uint32_t context_concerned(const struct model *model, const struct item *item)
{
    if (item->kind == ITEM_OBJECT)
        return model->sample->snapshot->objects[item->index].context;
    return wait_of_item(model, item)->bounded_by;
}

static uint32_t task_concerned(const struct model *model, const struct item *item)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    if (item->kind == ITEM_WAIT)
        return wait_of_item(model, item)->task;
    const struct snapshot_object *object = &snapshot->objects[item->index];
    return object->kind == OBJECT_TASK ? object->task : object->owner_task;
}

static uint32_t json_count(const struct sample *sample)
{
    return sample->snapshot->object_count;
}

const struct view objects_view = {
    .name = "objects",
    .title = "Objects",
    .heading = "BLOCKED TASKS BY OBJECT",
    .help = "what is waited for, and below it who waits, since when and until when",
    .empty = "Nobody waits for anything.",
    .digit = "2",
    .key_name = "objects",
    .key_help = "to blocked tasks by object",
    .columns = columns,
    .column_count = COLUMNS,
    .folded_depth = UINT32_MAX,
    .in_batch = true,
    .items = add_items,
    .cell = show,
    .compare = compare,
    .words = add_words,
    .detail = add_detail,
    .count = count,
    .born = born,
    .context_of = context_concerned,
    .task_of = task_concerned,
    .json_name = "objects",
    .json_count = json_count,
    .json = json_object_waited_for,
};
