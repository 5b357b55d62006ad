/* The context tree. */
#include "base/clock.h"
#include "base/count.h"
#include "base/duration.h"
#include "base/times.h"
#include "ctxtop/detail.h"
#include "ctxtop/elapsed.h"
#include "ctxtop/json_parts.h"
#include "ctxtop/view_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum contexts_column {
    COLUMN_CONTEXT,
    COLUMN_ID,
    COLUMN_KIND,
    COLUMN_STATE,
    COLUMN_AGE,
    COLUMN_LEFT,
    COLUMN_OWNERS,
    COLUMN_OBSERVERS,
    COLUMN_WAITERS,
    COLUMN_BELOW,
    COLUMN_FINDING,
    COLUMN_SITE,
    COLUMNS
};

static const struct column columns[COLUMNS] = {
    [COLUMN_CONTEXT] = {"CONTEXT", "its name, or what else identifies it", ALIGN_LEFT, .width = 26,
                        .weight = 1, .tree = true, .ascending = true},
    [COLUMN_ID] = {"ID", "its number; in Go the end of its address", ALIGN_RIGHT, .width = 7,
                   .drop = 10},
    [COLUMN_KIND] = {"KIND", "cancel, deadline, value ...", ALIGN_LEFT, .width = 14, .drop = 8,
                     .ascending = true},
    [COLUMN_STATE] = {"STATE",
                      "open, canceled or timed out; of a folded row how many of how many are open",
                      ALIGN_LEFT, .width = 9, .ascending = true},
    [COLUMN_AGE] = {"AGE", "time since it was created", ALIGN_RIGHT, .width = 6, .drop = 1},
    [COLUMN_LEFT] = {"LEFT", "time to its deadline; of a folded row the nearest one", ALIGN_RIGHT,
                     .width = 6, .drop = 2, .ascending = true},
    [COLUMN_OWNERS] = {"OWN", "owners: who has the duty to cancel it", ALIGN_RIGHT, .width = 3,
                       .drop = 6},
    [COLUMN_OBSERVERS] = {"OBS", "observers: who merely uses it", ALIGN_RIGHT, .width = 3,
                          .drop = 7},
    [COLUMN_WAITERS] = {"WAIT", "tasks whose wait ends when it ends; with a sum sign: of all below",
                        ALIGN_RIGHT, .width = 5, .drop = 3},
    [COLUMN_BELOW] = {"BELOW", "contexts below it", ALIGN_RIGHT, .width = 5, .drop = 9},
    [COLUMN_FINDING] = {"FINDING", "the worst finding about it, ! when proved", ALIGN_LEFT,
                        .width = 18, .drop = 4},
    [COLUMN_SITE] = {"CREATED AT", "function and line", ALIGN_LEFT, .width = 22, .weight = 1,
                     .drop = 5, .ascending = true},
};

static const struct snapshot_context *context_of_item(const struct model *model,
                                                      const struct item *item)
{
    return &model->sample->snapshot->contexts[item->index];
}

/* An ended context that still has open ones below it stays: they would hang in the air. */
static bool is_hidden(const struct model *model, uint32_t context)
{
    return model->hide_ended && model->sample->sums[context].open == 0;
}

static void add_items(const struct model *model, struct items *out)
{
    const struct sample *sample = model->sample;
    const struct snapshot *snapshot = sample->snapshot;
    uint32_t *item_of = malloc(sizeof *item_of * ((size_t)snapshot->context_count + 1));
    if (!item_of) {
        out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < sample->preorder_count; i++) {
        uint32_t index = sample->preorder[i];
        const struct snapshot_context *context = &snapshot->contexts[index];
        uint32_t parent = context->parent == SNAPSHOT_NONE ? ITEM_NONE : item_of[context->parent];
        /* What is below a hidden one is hidden for the same reason. */
        item_of[index] = is_hidden(model, index)
                             ? ITEM_NONE
                             : items_add(out, ITEM_CONTEXT, context->id, index, parent);
    }
    free(item_of);
}

/* The end of an address: that is where addresses differ. */
static void show_id(uint64_t id, struct cell *out)
{
    if (id > UINT32_MAX)
        cell_print(out, "~%06x", (unsigned)(id & 0xffffff));
    else
        label_id(id, out->text, sizeof out->text);
    out->meaning = MEANING_DIM;
}

static enum meaning state_meaning(unsigned state)
{
    if (state == CONTEXT_OPEN)
        return MEANING_GOOD;
    if (state == CONTEXT_STATE_UNKNOWN)
        return MEANING_NORMAL;
    return state == CONTEXT_TIMED_OUT ? MEANING_TIMED_OUT : MEANING_ENDED;
}

static void show_state(const struct model *model, const struct item *item, bool folded,
                       struct cell *out)
{
    const struct snapshot_context *context = context_of_item(model, item);
    const struct context_sums *sums = &model->sample->sums[item->index];
    out->meaning = state_meaning(context->state);
    if (!folded) {
        cell_print(out, "%s", context_state_name(context->state));
        return;
    }
    char open[DURATION_SIZE], all[DURATION_SIZE];
    count_text_short(open, sizeof open, sums->open);
    count_text_short(all, sizeof all, (uint64_t)sums->descendants + 1);
    cell_print(out, "%s/%s", open, all);
}

static void show_deadline(const struct model *model, const struct item *item, bool folded,
                          struct cell *out)
{
    const struct snapshot_context *context = context_of_item(model, item);
    int64_t deadline = folded ? model->sample->sums[item->index].nearest_deadline_ns
                       : context->state == CONTEXT_OPEN ? context->deadline_ns
                                                        : SNAPSHOT_NEVER;
    cell_until(out, model, deadline);
    bool near = deadline != SNAPSHOT_NEVER && deadline != SNAPSHOT_TIME_UNKNOWN &&
                time_between(model->now_ns, deadline) < NS_PER_SECOND;
    if (near)
        out->meaning = MEANING_WARNING;
}

static void show_holders(const struct snapshot_context *context, uint32_t count, struct cell *out)
{
    if (context->owners_counted)
        count_text_short(out->text, sizeof out->text, count);
    else
        cell_print(out, "-");
    bool lost = context->owners_counted && count == 0;
    out->meaning = lost || context->owners_counted ? MEANING_NORMAL : MEANING_DIM;
}

static void show_waiters(const struct model *model, const struct item *item, bool folded,
                         struct cell *out)
{
    uint32_t own = model->sample->waiters[item->index];
    uint32_t count = folded ? model->sample->sums[item->index].waiters : own;
    char number[DURATION_SIZE];
    count_text_short(number, sizeof number, count);
    cell_print(out, "%s%s", folded && count != own ? theme_glyph(GLYPH_SUM) : "",
               count == 0 ? "-" : number);
    out->meaning = count > 0 ? MEANING_WAITING : MEANING_DIM;
}

static void show_below(const struct model *model, const struct item *item, struct cell *out)
{
    uint32_t below = model->sample->sums[item->index].descendants;
    out->meaning = below == 0 ? MEANING_DIM : MEANING_NORMAL;
    if (below == 0)
        cell_print(out, "-");
    else
        count_text_short(out->text, sizeof out->text, below);
}

static void show_finding(const struct model *model, const struct item *item, bool folded,
                         struct cell *out)
{
    const struct finding *own = sample_finding(model->sample, SUBJECT_CONTEXT, item->index);
    const struct finding *below = sample_finding_below(model->sample, item->index);
    struct cell name = {.meaning = MEANING_NORMAL};
    if (!folded || below == own) {
        cell_finding(out, own);
        return;
    }
    cell_finding(&name, below);
    cell_print(out, "%s%s", theme_glyph(GLYPH_SUM), name.text);
    out->meaning = name.meaning;
}

static void show(const struct model *model, const struct item *item, unsigned column, bool folded,
                 struct cell *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_context *context = context_of_item(model, item);
    switch ((enum contexts_column)column) {
    case COLUMN_CONTEXT:
        cell_context(out, snapshot, item->index);
        out->meaning = context->state == CONTEXT_OPEN ? MEANING_NORMAL : MEANING_DIM;
        break;
    case COLUMN_ID:
        show_id(context->id, out);
        break;
    case COLUMN_KIND:
        cell_print(out, "%s", context_kind_name(context->kind));
        break;
    case COLUMN_STATE:
        show_state(model, item, folded, out);
        break;
    case COLUMN_AGE:
        duration_since(context->created_ns, model->now_ns, out->text, sizeof out->text);
        break;
    case COLUMN_LEFT:
        show_deadline(model, item, folded, out);
        break;
    case COLUMN_OWNERS:
        show_holders(context, context->owners, out);
        break;
    case COLUMN_OBSERVERS:
        show_holders(context, context->observers, out);
        break;
    case COLUMN_WAITERS:
        show_waiters(model, item, folded, out);
        break;
    case COLUMN_BELOW:
        show_below(model, item, out);
        break;
    case COLUMN_FINDING:
        show_finding(model, item, folded, out);
        break;
    case COLUMN_SITE:
        cell_site(out, snapshot, context->creation_stack);
        break;
    case COLUMNS:
        break;
    }
}

static int compare_labels(const struct snapshot *snapshot, uint32_t a, uint32_t b)
{
    char first[LABEL_SIZE], second[LABEL_SIZE];
    label_context(snapshot, a, first, sizeof first);
    label_context(snapshot, b, second, sizeof second);
    return strverscmp(first, second);
}

static int compare(const struct model *model, const struct item *a, const struct item *b,
                   unsigned column)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct context_sums *sums = model->sample->sums;
    const struct snapshot_context *x = context_of_item(model, a), *y = context_of_item(model, b);
    switch ((enum contexts_column)column) {
    case COLUMN_CONTEXT:
        return compare_labels(snapshot, a->index, b->index);
    case COLUMN_ID:
        return x->id < y->id ? -1 : x->id > y->id;
    case COLUMN_KIND:
        return compare_numbers(x->kind, y->kind);
    case COLUMN_STATE:
        return compare_numbers(x->state, y->state);
    case COLUMN_AGE:
        return compare_numbers(y->created_ns, x->created_ns);
    case COLUMN_LEFT:
        return compare_numbers(sums[a->index].nearest_deadline_ns,
                               sums[b->index].nearest_deadline_ns);
    case COLUMN_OWNERS:
        return compare_numbers(x->owners, y->owners);
    case COLUMN_OBSERVERS:
        return compare_numbers(x->observers, y->observers);
    case COLUMN_WAITERS:
        return compare_numbers(sums[a->index].waiters, sums[b->index].waiters);
    case COLUMN_BELOW:
        return compare_numbers(sums[a->index].descendants, sums[b->index].descendants);
    case COLUMN_FINDING:
        return compare_numbers(finding_rank(sample_finding_below(model->sample, a->index)),
                               finding_rank(sample_finding_below(model->sample, b->index)));
    case COLUMN_SITE:
        return compare_sites(snapshot, x->creation_stack, y->creation_stack);
    case COLUMNS:
        break;
    }
    return 0;
}

static void add_words(const struct model *model, const struct item *item, struct words *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_context *context = context_of_item(model, item);
    const struct finding *finding = sample_finding(model->sample, SUBJECT_CONTEXT, item->index);
    words_add_string(out, "name", snapshot, context->name);
    words_add(out, "kind", context_kind_name(context->kind));
    words_add(out, "state", context_state_name(context->state));
    words_add_string(out, "key", snapshot, context->key);
    words_add_string(out, "type", snapshot, context->type);
    words_add_string(out, "cause", snapshot, context->cause_text);
    words_add_site(out, snapshot, context->creation_stack);
    if (finding)
        words_add(out, "finding", finding->rule->name);
    words_add_id(out, context->id);
}

static void add_detail(const struct model *model, const struct item *item, struct lines *out)
{
    detail_context(model, item->index, out);
}

static int64_t count(const struct model *model)
{
    return model->sample->snapshot->context_count;
}

static int64_t born(const struct model *model, const struct item *item)
{
    return context_of_item(model, item)->created_ns;
}

static uint32_t context_concerned(const struct model *model, const struct item *item)
{
    (void)model;
    return item->index;
}

static uint32_t task_concerned(const struct model *model, const struct item *item)
{
    return context_of_item(model, item)->creator_task;
}

static uint32_t json_count(const struct sample *sample)
{
    return sample->snapshot->context_count;
}

const struct view contexts_view = {
    .name = "contexts",
    .title = "Contexts",
    .heading = "CONTEXTS",
    .help = "the tree of contexts: who was derived from whom, in which state, until when",
    .empty = "No contexts.",
    .digit = "1",
    .key_name = "contexts",
    .key_help = "to the tree of contexts",
    .columns = columns,
    .column_count = COLUMNS,
    .folded_depth = UINT32_MAX,
    .roots_depth = 1,
    .in_batch = true,
    .contexts_first = true,
    .items = add_items,
    .cell = show,
    .compare = compare,
    .words = add_words,
    .detail = add_detail,
    .count = count,
    .born = born,
    .context_of = context_concerned,
    .task_of = task_concerned,
    .json_name = "contexts",
    .json_count = json_count,
    .json = json_context,
};
