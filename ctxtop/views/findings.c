/* What the rules found, and below each finding its claims. */
#include "base/count.h"
#include "base/hash.h"
#include "ctxtop/detail.h"
#include "ctxtop/elapsed.h"
#include "ctxtop/json_parts.h"
#include "ctxtop/view_table.h"

#include <stdio.h>
#include <string.h>

enum findings_column {
    COLUMN_FINDING,
    COLUMN_CONFIDENCE,
    COLUMN_SEVERITY,
    COLUMN_COUNT,
    COLUMN_SINCE,
    COLUMN_SITE,
    COLUMN_SENTENCE,
    COLUMNS
};

static const struct column columns[COLUMNS] = {
    [COLUMN_FINDING] = {"FINDING", "the rule; below it what it is about", ALIGN_LEFT, .width = 22,
                        .weight = 1, .tree = true, .ascending = true},
    [COLUMN_CONFIDENCE] = {"CONFIDENCE", "proved, likely or suspect", ALIGN_LEFT, .width = 10},
    [COLUMN_SEVERITY] = {"SEVERITY", "critical, high, medium or low", ALIGN_LEFT, .width = 8,
                         .drop = 4},
    [COLUMN_COUNT] = {"COUNT", "how many of one kind and place", ALIGN_RIGHT, .width = 5,
                      .drop = 1},
    [COLUMN_SINCE] = {"AGE", "how long it has been so; the oldest", ALIGN_RIGHT, .width = 7,
                      .drop = 3},
    [COLUMN_SITE] = {"AT", "the place in the source that makes them", ALIGN_LEFT, .width = 18,
                     .weight = 2, .drop = 2, .ascending = true},
    [COLUMN_SENTENCE] = {"WHAT", "the claim in a sentence", ALIGN_LEFT, .width = 20, .weight = 4,
                         .drop = 5, .ascending = true},
};

/* Claims are items whose index counts through all findings; this turns it back. */
static const struct claim *claim_of(const struct findings *findings, uint32_t index,
                                    const struct finding **finding)
{
    for (uint32_t i = 0; i < findings->count; i++) {
        if (index < findings->items[i].count) {
            *finding = &findings->items[i];
            return &findings->items[i].claims[index];
        }
        index -= findings->items[i].count;
    }
    *finding = NULL;
    return NULL;
}

static uint64_t subject_id(const struct snapshot *snapshot, const struct claim *claim)
{
    uint64_t id = claim->subject;
    if (claim->subject == SNAPSHOT_NONE)
        return id;
    if (claim->subject_kind == SUBJECT_CONTEXT)
        id = snapshot->contexts[claim->subject].id;
    else if (claim->subject_kind == SUBJECT_TASK)
        id = snapshot->tasks[claim->subject].id;
    else if (snapshot->objects[claim->subject].id != 0)
        id = snapshot->objects[claim->subject].id;
    return id;
}

/* A rule can make findings of one site at several confidences; each is its own row. */
static uint64_t finding_identity(const struct finding *finding)
{
    return finding->fingerprint * 4 + finding->confidence;
}

static void add_items(const struct model *model, struct items *out)
{
    const struct findings *findings = model->sample->findings;
    uint32_t claims = 0;
    for (uint32_t i = 0; i < findings->count && !out->failed; i++) {
        const struct finding *finding = &findings->items[i];
        uint64_t identity = finding_identity(finding);
        uint32_t parent = items_add(out, ITEM_FINDING, identity, i, ITEM_NONE);
        for (uint32_t j = 0; j < finding->count && !out->failed; j++) {
            uint64_t subject = subject_id(model->sample->snapshot, &finding->claims[j]);
            items_add(out, ITEM_CLAIM, identity ^ hash_scatter(subject), claims + j, parent);
        }
        claims += finding->count;
    }
}

static enum meaning confidence_meaning(unsigned confidence)
{
    if (confidence == CONFIDENCE_PROVED)
        return MEANING_ALARM;
    return confidence == CONFIDENCE_LIKELY ? MEANING_WARNING : MEANING_NORMAL;
}

static uint32_t stack_of(const struct claim *claim)
{
    return claim->stacks[0].label ? claim->stacks[0].stack : SNAPSHOT_NONE;
}

static void show_site(const struct model *model, const struct finding *finding, struct cell *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    if (finding->site != SNAPSHOT_NONE)
        cell_site(out, snapshot, snapshot->sites[finding->site].stack);
    else if (finding->count > 0)
        cell_site(out, snapshot, stack_of(&finding->claims[0]));
}

static void show_finding(const struct model *model, const struct finding *finding,
                         enum findings_column column, struct cell *out)
{
    switch (column) {
    case COLUMN_FINDING:
        cell_print(out, "%s", finding->rule->name);
        out->meaning = MEANING_STRONG;
        break;
    case COLUMN_CONFIDENCE:
        cell_print(out, "%s", confidence_name(finding->confidence));
        out->meaning = confidence_meaning(finding->confidence);
        break;
    case COLUMN_SEVERITY:
        cell_print(out, "%s", severity_name(finding->rule->severity));
        break;
    case COLUMN_COUNT:
        count_text_short(out->text, sizeof out->text, finding->count);
        break;
    case COLUMN_SINCE:
        if (finding->count > 0)
            duration_since(finding->claims[0].since_ns, model->now_ns, out->text, sizeof out->text);
        break;
    case COLUMN_SITE:
        show_site(model, finding, out);
        break;
    case COLUMN_SENTENCE:
        cell_print(out, "%s", finding->sentence);
        break;
    case COLUMNS:
        break;
    }
}

static void show_claim(const struct model *model, const struct claim *claim,
                       enum findings_column column, struct cell *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    switch (column) {
    case COLUMN_FINDING:
        if (claim->subject_kind == SUBJECT_CONTEXT)
            cell_context(out, snapshot, claim->subject);
        else if (claim->subject_kind == SUBJECT_TASK)
            cell_task(out, snapshot, claim->subject);
        else
            cell_object(out, snapshot, claim->subject);
        break;
    case COLUMN_SINCE:
        duration_since(claim->since_ns, model->now_ns, out->text, sizeof out->text);
        break;
    case COLUMN_SITE:
        cell_site(out, snapshot, stack_of(claim));
        break;
    default:
        break;
    }
}

static void show(const struct model *model, const struct item *item, unsigned column, bool folded,
                 struct cell *out)
{
    const struct findings *findings = model->sample->findings;
    const struct finding *finding;
    (void)folded;
    if (item->kind == ITEM_FINDING) {
        show_finding(model, &findings->items[item->index], (enum findings_column)column, out);
        return;
    }
    const struct claim *claim = claim_of(findings, item->index, &finding);
    if (claim)
        show_claim(model, claim, (enum findings_column)column, out);
}

static int64_t oldest(const struct finding *finding)
{
    return finding->count == 0 ? SNAPSHOT_NEVER : finding->claims[0].since_ns;
}

static int compare(const struct model *model, const struct item *a, const struct item *b,
                   unsigned column)
{
    const struct findings *findings = model->sample->findings;
    if (a->kind != ITEM_FINDING)
        return 0;
    const struct finding *x = &findings->items[a->index], *y = &findings->items[b->index];
    switch ((enum findings_column)column) {
    case COLUMN_FINDING:
        return strcmp(x->rule->name, y->rule->name);
    case COLUMN_CONFIDENCE:
        return compare_numbers(x->confidence, y->confidence);
    case COLUMN_SEVERITY:
        return compare_numbers(x->rule->severity, y->rule->severity);
    case COLUMN_COUNT:
        return compare_numbers(x->count, y->count);
    case COLUMN_SINCE:
        return compare_numbers(oldest(y), oldest(x));
    case COLUMN_SENTENCE:
        return strcmp(x->sentence, y->sentence);
    default:
        return 0;
    }
}

static void add_words(const struct model *model, const struct item *item, struct words *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct findings *findings = model->sample->findings;
    const struct finding *finding;
    if (item->kind == ITEM_FINDING) {
        finding = &findings->items[item->index];
        words_add(out, "finding", finding->rule->name);
        words_add(out, "certain", confidence_name(finding->confidence));
        words_add(out, "severity", severity_name(finding->rule->severity));
        words_add(out, "what", finding->sentence);
        if (finding->site != SNAPSHOT_NONE)
            words_add_site(out, snapshot, snapshot->sites[finding->site].stack);
        return;
    }
    const struct claim *claim = claim_of(findings, item->index, &finding);
    if (!claim)
        return;
    words_add_site(out, snapshot, stack_of(claim));
    if (claim->subject_kind == SUBJECT_CONTEXT)
        label_context(snapshot, claim->subject, out->buffer, sizeof out->buffer);
    else if (claim->subject_kind == SUBJECT_TASK)
        label_task(snapshot, claim->subject, out->buffer, sizeof out->buffer);
    else
        label_object(snapshot, claim->subject, out->buffer, sizeof out->buffer);
    words_add(out, "name", out->buffer);
}

static void add_detail(const struct model *model, const struct item *item, struct lines *out)
{
    const struct findings *findings = model->sample->findings;
    const struct finding *finding;
    if (item->kind == ITEM_FINDING) {
        detail_finding(model, &findings->items[item->index], out);
        return;
    }
    const struct claim *claim = claim_of(findings, item->index, &finding);
    if (!claim)
        return;
    detail_claim(model, finding, claim, out);
    if (claim->subject_kind == SUBJECT_CONTEXT)
        detail_context(model, claim->subject, out);
    else if (claim->subject_kind == SUBJECT_TASK)
        detail_task(model, claim->subject, out);
    else
        detail_object(model, claim->subject, out);
}

/* Claims that could not be made, and why: that nothing was found may mean nothing. */
static bool footnote(const struct model *model, char *out, size_t size)
{
    const struct findings *findings = model->sample->findings;
    size_t used = 0;
    for (unsigned i = 1; i < PRECONDITION_COUNT && used < size; i++) {
        if (findings->withheld[i] > 0)
            used += (size_t)snprintf(out + used, size - used, "%s%u because %s",
                                     used == 0 ? "Claims lowered or not made: " : "; ",
                                     findings->withheld[i], precondition_text(i));
    }
    bool can_prove = findings->withheld[PRECONDITION_STOPPED_PROGRAM] > 0;
    if (can_prove && used < size)
        snprintf(out + used, size - used, " (the key P or --proofs stops it briefly)");
    return used > 0;
}

static int64_t count(const struct model *model)
{
    return model->sample->findings->count;
}

static const struct claim *claim_of_item(const struct model *model, const struct item *item)
{
    const struct findings *findings = model->sample->findings;
    const struct finding *finding;
    if (item->kind == ITEM_CLAIM)
        return claim_of(findings, item->index, &finding);
    finding = &findings->items[item->index];
    return finding->count > 0 ? &finding->claims[0] : NULL;
}

static uint32_t context_concerned(const struct model *model, const struct item *item)
{
    const struct claim *claim = claim_of_item(model, item);
    if (!claim || claim->subject == SNAPSHOT_NONE)
        return SNAPSHOT_NONE;
    const struct snapshot *snapshot = model->sample->snapshot;
    if (claim->subject_kind == SUBJECT_CONTEXT)
        return claim->subject;
    return claim->subject_kind == SUBJECT_TASK ? task_works_under(&snapshot->tasks[claim->subject])
                                               : snapshot->objects[claim->subject].context;
}

static uint32_t task_concerned(const struct model *model, const struct item *item)
{
    const struct claim *claim = claim_of_item(model, item);
    if (!claim || claim->subject == SNAPSHOT_NONE)
        return SNAPSHOT_NONE;
    const struct snapshot *snapshot = model->sample->snapshot;
    if (claim->subject_kind == SUBJECT_TASK)
        return claim->subject;
    return claim->subject_kind == SUBJECT_CONTEXT ? snapshot->contexts[claim->subject].creator_task
                                                  : snapshot->objects[claim->subject].owner_task;
}

static uint32_t json_count(const struct sample *sample)
{
    return sample->findings->count;
}

const struct view findings_view = {
    .name = "findings",
    .title = "Findings",
    .heading = "FINDINGS",
    .help = "defects that the rules see now, with the evidence; the worst first",
    .empty = "Nothing found.",
    .digit = "5",
    .key_name = "findings",
    .key_help = "to the findings",
    .columns = columns,
    .column_count = COLUMNS,
    .folded_depth = 0,
    .note_column = COLUMN_SENTENCE,
    .in_batch = true,
    .items = add_items,
    .cell = show,
    .compare = compare,
    .words = add_words,
    .detail = add_detail,
    .footnote = footnote,
    .count = count,
    .context_of = context_concerned,
    .task_of = task_concerned,
    .json_name = "findings",
    .json_count = json_count,
    .json = json_finding,
};
