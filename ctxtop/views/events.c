/* History: what happened, oldest first. */
#include "base/hash.h"
#include "base/moment.h"
#include "base/times.h"
#include "ctxtop/detail.h"
#include "ctxtop/elapsed.h"
#include "ctxtop/json_parts.h"
#include "ctxtop/view_table.h"

enum events_column {
    COLUMN_TIME,
    COLUMN_AGO,
    COLUMN_EVENT,
    COLUMN_SUBJECT,
    COLUMN_TASK,
    COLUMN_CAUSE,
    COLUMN_SITE,
    COLUMNS
};

static const struct column columns[COLUMNS] = {
    [COLUMN_TIME] = {"TIME", "when it happened", ALIGN_LEFT, .width = 18, .ascending = true},
    [COLUMN_AGO] = {"AGO", "how long ago", ALIGN_RIGHT, .width = 6, .drop = 4},
    [COLUMN_EVENT] = {"EVENT", "what happened", ALIGN_LEFT, .width = 18, .ascending = true},
    [COLUMN_SUBJECT] = {"TO", "the context or task it happened to, which may be gone", ALIGN_LEFT,
                        .width = 16, .weight = 2, .drop = 1, .ascending = true},
    [COLUMN_TASK] = {"BY", "the task that did it", ALIGN_LEFT, .width = 14, .weight = 1, .drop = 3,
                     .ascending = true},
    [COLUMN_CAUSE] = {"CAUSE", "the reason that was given, or what ended it", ALIGN_LEFT,
                      .width = 12, .weight = 2, .drop = 2, .ascending = true},
    [COLUMN_SITE] = {"AT", "from where", ALIGN_LEFT, .width = 16, .weight = 2, .drop = 5,
                     .ascending = true},
};

static const struct snapshot_event *event_of(const struct model *model, const struct item *item)
{
    return &model->sample->snapshot->events[item->index];
}

static uint64_t identity(const struct snapshot_event *event)
{
    return hash_scatter((uint64_t)event->time_ns) ^ (event->subject_id << 4) ^ event->kind;
}

static void add_items(const struct model *model, struct items *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    for (uint32_t i = 0; i < snapshot->event_count && !out->failed; i++)
        items_add(out, ITEM_EVENT, identity(&snapshot->events[i]), i, ITEM_NONE);
}

static bool is_about_task(const struct snapshot_event *event)
{
    return event->kind == EVENT_TASK_CREATED || event->kind == EVENT_TASK_EXITED ||
           event->kind == EVENT_TASK_JOINED;
}

static uint32_t task_concerned(const struct model *model, const struct item *item)
{
    const struct snapshot_event *event = event_of(model, item);
    return snapshot_find_task(model->sample->snapshot,
                              is_about_task(event) ? event->subject_id : event->task_id);
}

static uint32_t context_concerned(const struct model *model, const struct item *item)
{
    const struct snapshot_event *event = event_of(model, item);
    if (is_about_task(event))
        return SNAPSHOT_NONE;
    return snapshot_find_context(model->sample->snapshot, event->subject_id);
}

static void show_subject(const struct model *model, const struct item *item, struct cell *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_event *event = event_of(model, item);
    uint32_t context = context_concerned(model, item);
    uint32_t task = is_about_task(event) ? task_concerned(model, item) : SNAPSHOT_NONE;
    if (context != SNAPSHOT_NONE)
        cell_context(out, snapshot, context);
    else if (task != SNAPSHOT_NONE)
        cell_task(out, snapshot, task);
    else
        label_id(event->subject_id, out->text, sizeof out->text);
}

static void show_cause(const struct model *model, const struct snapshot_event *event,
                       struct cell *out)
{
    if (event->text != 0)
        cell_print(out, "%s", snapshot_text(model->sample->snapshot, event->text));
    else if (event->kind == EVENT_CONTEXT_ENDED)
        cell_print(out, "%s", context_end_name(event->ended_by));
}

static enum meaning event_meaning(unsigned kind)
{
    if (kind == EVENT_CONTEXT_CREATED || kind == EVENT_TASK_CREATED)
        return MEANING_GOOD;
    if (kind == EVENT_CANCEL_TOO_LATE)
        return MEANING_WARNING;
    return MEANING_ENDED;
}

static void show(const struct model *model, const struct item *item, unsigned column, bool folded,
                 struct cell *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_event *event = event_of(model, item);
    (void)folded;
    switch ((enum events_column)column) {
    case COLUMN_TIME:
        moment_text_short(out->text, sizeof out->text,
                          time_plus(event->time_ns, snapshot->program.realtime_offset_ns));
        break;
    case COLUMN_AGO:
        duration_since(event->time_ns, model->now_ns, out->text, sizeof out->text);
        break;
    case COLUMN_EVENT:
        cell_print(out, "%s", event_kind_name(event->kind));
        out->meaning = event_meaning(event->kind);
        break;
    case COLUMN_SUBJECT:
        show_subject(model, item, out);
        break;
    case COLUMN_TASK:
        label_task_or_id(snapshot, snapshot_find_task(snapshot, event->task_id), event->task_id,
                         out->text, sizeof out->text);
        break;
    case COLUMN_CAUSE:
        show_cause(model, event, out);
        break;
    case COLUMN_SITE:
        cell_site(out, snapshot, event->stack);
        break;
    case COLUMNS:
        break;
    }
}

static int compare(const struct model *model, const struct item *a, const struct item *b,
                   unsigned column)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_event *x = event_of(model, a), *y = event_of(model, b);
    switch ((enum events_column)column) {
    case COLUMN_TIME:
        return compare_numbers(x->time_ns, y->time_ns);
    case COLUMN_AGO:
        return compare_numbers(y->time_ns, x->time_ns);
    case COLUMN_EVENT:
        return compare_numbers(x->kind, y->kind);
    case COLUMN_SUBJECT:
        return x->subject_id < y->subject_id ? -1 : x->subject_id > y->subject_id;
    case COLUMN_TASK:
        return x->task_id < y->task_id ? -1 : x->task_id > y->task_id;
    case COLUMN_CAUSE:
        return compare_texts(snapshot, x->text, y->text);
    case COLUMN_SITE:
        return compare_sites(snapshot, x->stack, y->stack);
    case COLUMNS:
        break;
    }
    return 0;
}

static void add_words(const struct model *model, const struct item *item, struct words *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_event *event = event_of(model, item);
    uint32_t context = context_concerned(model, item), task = task_concerned(model, item);
    words_add(out, "event", event_kind_name(event->kind));
    words_add_string(out, "cause", snapshot, event->text);
    if (event->kind == EVENT_CONTEXT_ENDED)
        words_add(out, "cause", context_end_name(event->ended_by));
    if (context != SNAPSHOT_NONE)
        words_add_string(out, "name", snapshot, snapshot->contexts[context].name);
    if (task != SNAPSHOT_NONE)
        words_add_string(out, "task", snapshot, snapshot->tasks[task].name);
    words_add_site(out, snapshot, event->stack);
    words_add_id(out, event->subject_id);
}

static void add_detail(const struct model *model, const struct item *item, struct lines *out)
{
    detail_event(model, item->index, out);
}

static uint32_t json_count(const struct sample *sample)
{
    return sample->snapshot->event_count;
}

const struct view events_view = {
    .name = "events",
    .title = "History",
    .heading = "HISTORY",
    .help = "what happened, as far back as the program's rings go",
    .empty = "No history: the program has done nothing yet, or its source keeps none.",
    .digit = "6",
    .key_name = "history",
    .key_help = "to the history",
    .columns = columns,
    .column_count = COLUMNS,
    .folded_depth = UINT32_MAX,
    .in_batch = false,
    .follows = true,
    .items = add_items,
    .cell = show,
    .compare = compare,
    .words = add_words,
    .detail = add_detail,
    .context_of = context_concerned,
    .task_of = task_concerned,
    .json_name = "events",
    .json_count = json_count,
    .json = json_event,
};
