/* How many tasks are at one place, and how many open contexts were made at one: the census. */
#include "base/count.h"
#include "ctxtop/detail.h"
#include "ctxtop/elapsed.h"
#include "ctxtop/json_parts.h"
#include "ctxtop/view_table.h"
#include "findings/census.h"

#include <string.h>

enum sites_column {
    COLUMN_PLACE,
    COLUMN_COUNT,
    COLUMN_WHAT,
    COLUMN_OPERATION,
    COLUMN_WAITING,
    COLUMN_OLDEST,
    COLUMN_ENDS,
    COLUMNS
};

static const struct column columns[COLUMNS] = {
    [COLUMN_PLACE] = {"PLACE",
                      "where the tasks are, or made the contexts; or what the contexts are",
                      ALIGN_LEFT, .width = 24, .weight = 2, .ascending = true},
    [COLUMN_COUNT] = {"COUNT", "how many there are", ALIGN_RIGHT, .width = 7},
    [COLUMN_WHAT] = {"WHAT", "tasks, or open contexts", ALIGN_LEFT, .width = 8, .ascending = true},
    [COLUMN_OPERATION] = {"OPERATION", "what the oldest of the tasks does", ALIGN_LEFT, .width = 11,
                          .drop = 3, .ascending = true},
    [COLUMN_WAITING] = {"WAITING", "how many of the tasks wait", ALIGN_RIGHT, .width = 7,
                        .drop = 4},
    [COLUMN_OLDEST] = {"OLDEST", "how long the oldest waits, or has been there", ALIGN_RIGHT,
                       .width = 7, .drop = 1},
    [COLUMN_ENDS] = {"ENDS IN", "when the first of them goes on by itself, or ends", ALIGN_RIGHT,
                     .width = 7, .drop = 2, .ascending = true},
};

static const struct census_group *group_of(const struct model *model, const struct item *item)
{
    return &model->sample->census->groups[item->index];
}

static void add_items(const struct model *model, struct items *out)
{
    const struct census *census = model->sample->census;
    for (uint32_t i = 0; i < census->count && !out->failed; i++)
        items_add(out, ITEM_SITE, census->groups[i].identity, i, ITEM_NONE);
}

static void place_of(const struct model *model, const struct census_group *group, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    census_place(&text, model->sample->snapshot, group);
    text_cut_broken_character(out);
    if (out[0] == ' ')
        memmove(out, out + 1, strlen(out));
}

static void show(const struct model *model, const struct item *item, unsigned column, bool folded,
                 struct cell *out)
{
    const struct census_group *group = group_of(model, item);
    (void)folded;
    switch ((enum sites_column)column) {
    case COLUMN_PLACE:
        place_of(model, group, out->text, sizeof out->text);
        break;
    case COLUMN_COUNT:
        count_text(out->text, sizeof out->text, group->count);
        break;
    case COLUMN_WHAT:
        cell_print(out, "%s", census_kind_name(group->kind));
        break;
    case COLUMN_OPERATION:
        cell_print(out, "%s", census_doing(model->sample->snapshot, group));
        break;
    case COLUMN_WAITING:
        if (group->kind == CENSUS_TASKS)
            count_text(out->text, sizeof out->text, group->waiting);
        out->meaning = MEANING_WAITING;
        break;
    case COLUMN_OLDEST:
        duration_since(group->since_ns, model->now_ns, out->text, sizeof out->text);
        break;
    case COLUMN_ENDS:
        if (group->until_ns != SNAPSHOT_NEVER)
            cell_until(out, model, group->until_ns);
        break;
    case COLUMNS:
        break;
    }
}

/* Times that are not known come after all that are. */
static int64_t known_or_last(int64_t moment)
{
    return moment == SNAPSHOT_TIME_UNKNOWN ? INT64_MAX : moment;
}

static int compare_places(const struct model *model, const struct census_group *a,
                          const struct census_group *b)
{
    char one[LABEL_SIZE], other[LABEL_SIZE];
    place_of(model, a, one, sizeof one);
    place_of(model, b, other, sizeof other);
    return strcmp(one, other);
}

static int compare(const struct model *model, const struct item *a, const struct item *b,
                   unsigned column)
{
    const struct census_group *x = group_of(model, a), *y = group_of(model, b);
    const struct snapshot *snapshot = model->sample->snapshot;
    switch ((enum sites_column)column) {
    case COLUMN_PLACE:
        return compare_places(model, x, y);
    case COLUMN_COUNT:
        return compare_numbers(x->count, y->count);
    case COLUMN_WHAT:
        return compare_numbers(x->kind, y->kind);
    case COLUMN_OPERATION:
        return strcmp(census_doing(snapshot, x), census_doing(snapshot, y));
    case COLUMN_WAITING:
        return compare_numbers(x->waiting, y->waiting);
    case COLUMN_OLDEST:
        return compare_numbers(known_or_last(y->since_ns), known_or_last(x->since_ns));
    case COLUMN_ENDS:
        return compare_numbers(x->until_ns, y->until_ns);
    case COLUMNS:
        break;
    }
    return 0;
}

static void add_words(const struct model *model, const struct item *item, struct words *out)
{
    const struct census_group *group = group_of(model, item);
    const struct snapshot *snapshot = model->sample->snapshot;
    words_add(out, "what", census_kind_name(group->kind));
    words_add(out, "doing", census_doing(snapshot, group));
    place_of(model, group, out->buffer, sizeof out->buffer);
    words_add(out, "place", out->buffer);
    if (group->site != SNAPSHOT_NONE)
        words_add_site(out, snapshot, snapshot->sites[group->site].stack);
}

static void add_detail(const struct model *model, const struct item *item, struct lines *out)
{
    const struct census_group *group = group_of(model, item);
    const struct snapshot *snapshot = model->sample->snapshot;
    char place[LABEL_SIZE];
    place_of(model, group, place, sizeof place);
    lines_add(out, MEANING_STRONG, "%u %s %s", group->count, census_kind_name(group->kind), place);
    if (group->kind == CENSUS_TASKS)
        lines_add_field(out, "waiting", "%u", group->waiting);
    detail_moment(model, group->kind == CENSUS_TASKS ? "oldest wait" : "oldest", group->since_ns,
                  out);
    if (group->site != SNAPSHOT_NONE)
        detail_stack(snapshot, "for example", snapshot->sites[group->site].stack, out);
    lines_add(out, MEANING_STRONG, "the oldest");
    if (group->kind == CENSUS_TASKS)
        detail_task(model, group->oldest, out);
    else
        detail_context(model, group->oldest, out);
}

static uint32_t context_of(const struct model *model, const struct item *item)
{
    const struct census_group *group = group_of(model, item);
    return group->kind == CENSUS_CONTEXTS ? group->oldest : SNAPSHOT_NONE;
}

static uint32_t task_of(const struct model *model, const struct item *item)
{
    const struct census_group *group = group_of(model, item);
    return group->kind == CENSUS_TASKS ? group->oldest : SNAPSHOT_NONE;
}

static uint32_t json_count(const struct sample *sample)
{
    return (uint32_t)sample->census->count;
}

const struct view sites_view = {
    .name = "sites",
    .title = "Sites",
    .heading = "TASKS AND CONTEXTS BY PLACE",
    .help = "how many tasks are at one place, how many open contexts were made at one",
    .empty = "There are neither tasks nor open contexts.",
    .digit = "8",
    .key_name = "sites",
    .key_help = "to the numbers of tasks and contexts by place",
    .columns = columns,
    .column_count = COLUMNS,
    .folded_depth = UINT32_MAX,
    .in_batch = false,
    .items = add_items,
    .cell = show,
    .compare = compare,
    .words = add_words,
    .detail = add_detail,
    .context_of = context_of,
    .task_of = task_of,
    .json_name = "sites",
    .json_count = json_count,
    .json = json_site,
};
