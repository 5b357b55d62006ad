#include "ctxtop/sample.h"

#include "base/clock.h"
#include "base/invariant.h"
#include "base/times.h"
#include "findings/findings.h"
#include "findings/growth.h"

#include <stdlib.h>

uint32_t finding_rank(const struct finding *finding)
{
    if (!finding)
        return 0;
    return 1U + finding->confidence * SEVERITY_COUNT + finding->rule->severity;
}

static uint32_t *new_indexes(uint32_t count)
{
    return malloc(sizeof(uint32_t) * (count > 0 ? count : 1));
}

static void fill_with_none(uint32_t *indexes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        indexes[i] = SNAPSHOT_NONE;
}

static bool allocate(struct sample *sample)
{
    const struct snapshot *snapshot = sample->snapshot;
    uint32_t contexts = snapshot->context_count;
    sample->preorder = new_indexes(contexts);
    sample->waiters = calloc(contexts > 0 ? contexts : 1, sizeof *sample->waiters);
    sample->sums = calloc(contexts > 0 ? contexts : 1, sizeof *sample->sums);
    sample->finding_of_context = new_indexes(contexts);
    sample->finding_of_task = new_indexes(snapshot->task_count);
    sample->finding_of_object = new_indexes(snapshot->object_count);
    return sample->preorder && sample->waiters && sample->sums && sample->finding_of_context &&
           sample->finding_of_task && sample->finding_of_object != NULL;
}

/* Iterative: a chain of contexts can be deeper than the stack. */
static void order_contexts(struct sample *sample)
{
    const struct snapshot *snapshot = sample->snapshot;
    uint32_t at = snapshot->first_root;
    while (at != SNAPSHOT_NONE && sample->preorder_count < snapshot->context_count) {
        sample->preorder[sample->preorder_count++] = at;
        if (snapshot->contexts[at].first_child != SNAPSHOT_NONE) {
            at = snapshot->contexts[at].first_child;
            continue;
        }
        while (at != SNAPSHOT_NONE && snapshot->contexts[at].next_sibling == SNAPSHOT_NONE)
            at = snapshot->contexts[at].parent;
        if (at != SNAPSHOT_NONE)
            at = snapshot->contexts[at].next_sibling;
    }
}

static void count_waiters(struct sample *sample)
{
    const struct snapshot *snapshot = sample->snapshot;
    for (uint32_t i = 0; i < snapshot->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[i];
        uint32_t direct = SNAPSHOT_NONE;
        if (wait->object != SNAPSHOT_NONE)
            direct = snapshot->objects[wait->object].context;
        if (direct < snapshot->context_count)
            sample->waiters[direct]++;
        if (wait->bounded_by < snapshot->context_count && wait->bounded_by != direct)
            sample->waiters[wait->bounded_by]++;
    }
}

static const struct finding *finding_at(const struct findings *findings, uint32_t index)
{
    invariant(index == SNAPSHOT_NONE || index < findings->count);
    return index == SNAPSHOT_NONE ? NULL : &findings->items[index];
}

static void keep_worst(const struct findings *findings, uint32_t *slot, uint32_t finding)
{
    if (finding_rank(finding_at(findings, finding)) > finding_rank(finding_at(findings, *slot)))
        *slot = finding;
}

static void mark_subject(struct sample *sample, const struct claim *claim, uint32_t finding)
{
    const struct snapshot *snapshot = sample->snapshot;
    uint32_t *table = NULL;
    uint32_t count = 0;
    switch (claim->subject_kind) {
    case SUBJECT_CONTEXT:
        table = sample->finding_of_context;
        count = snapshot->context_count;
        break;
    case SUBJECT_TASK:
        table = sample->finding_of_task;
        count = snapshot->task_count;
        break;
    case SUBJECT_OBJECT:
        table = sample->finding_of_object;
        count = snapshot->object_count;
        break;
    default:
        return;
    }
    if (claim->subject < count)
        keep_worst(sample->findings, &table[claim->subject], finding);
}

static void mark_findings(struct sample *sample)
{
    const struct snapshot *snapshot = sample->snapshot;
    fill_with_none(sample->finding_of_context, snapshot->context_count);
    fill_with_none(sample->finding_of_task, snapshot->task_count);
    fill_with_none(sample->finding_of_object, snapshot->object_count);
    const struct findings *findings = sample->findings;
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        sample->proved_findings += finding->confidence == CONFIDENCE_PROVED;
        for (uint32_t j = 0; j < finding->count; j++)
            mark_subject(sample, &finding->claims[j], i);
    }
}

static void add_to_parent(const struct findings *findings, struct context_sums *parent,
                          const struct context_sums *child)
{
    parent->descendants += 1 + child->descendants;
    parent->open += child->open;
    parent->waiters += child->waiters;
    keep_worst(findings, &parent->finding, child->finding);
    if (child->nearest_deadline_ns < parent->nearest_deadline_ns)
        parent->nearest_deadline_ns = child->nearest_deadline_ns;
}

/* Backwards through the preorder: children are complete before their parents. */
static void sum_contexts(struct sample *sample)
{
    const struct snapshot *snapshot = sample->snapshot;
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        bool open = context->state == CONTEXT_OPEN;
        bool has_deadline = open && context->deadline_ns != SNAPSHOT_TIME_UNKNOWN;
        sample->sums[i] = (struct context_sums){
            .open = open,
            .waiters = sample->waiters[i],
            .finding = sample->finding_of_context[i],
            .nearest_deadline_ns = has_deadline ? context->deadline_ns : SNAPSHOT_NEVER,
        };
        sample->open_contexts += open;
    }
    for (uint32_t i = sample->preorder_count; i-- > 0;) {
        uint32_t context = sample->preorder[i];
        uint32_t parent = snapshot->contexts[context].parent;
        if (parent != SNAPSHOT_NONE)
            add_to_parent(sample->findings, &sample->sums[parent], &sample->sums[context]);
    }
}

static void count_tasks(struct sample *sample)
{
    const struct snapshot *snapshot = sample->snapshot;
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        const struct snapshot_task *task = &snapshot->tasks[i];
        if (task->system) {
            sample->system_tasks++;
            continue;
        }
        sample->shown_tasks++;
        sample->exited_tasks += task->state == TASK_EXITED;
        sample->blocked_tasks += task->wait_count > 0 || task->state == TASK_WAITING;
    }
}

static void derive_rates(struct sample *sample, const struct sample *previous)
{
    const struct snapshot_program *now = &sample->snapshot->program;
    if (!previous || !now->counts_contexts)
        return;
    const struct snapshot_program *before = &previous->snapshot->program;
    int64_t elapsed = time_between(before->taken_ns, now->taken_ns);
    if (!before->counts_contexts || before->pid != now->pid || elapsed <= 0 ||
        now->contexts_created < before->contexts_created ||
        now->contexts_ended < before->contexts_ended)
        return;
    double seconds = (double)elapsed / NS_PER_SECOND;
    sample->rates.known = true;
    sample->rates.created = (double)(now->contexts_created - before->contexts_created) / seconds;
    sample->rates.ended = (double)(now->contexts_ended - before->contexts_ended) / seconds;
}

struct sample *sample_new(struct snapshot *snapshot, struct growth *growth,
                          const struct sample *previous, int64_t received_ns)
{
    struct sample *sample = calloc(1, sizeof *sample);
    if (!sample) {
        snapshot_free(snapshot);
        return NULL;
    }
    sample->snapshot = snapshot;
    sample->received_ns = received_ns;
    sample->number = previous ? previous->number + 1 : 1;
    struct thresholds thresholds = thresholds_default();
    if (!growth || growth_look(growth, snapshot))
        sample->findings = findings_check_over_time(snapshot, growth, &thresholds, NULL);
    sample->census = census_take(snapshot);
    if (!sample->findings || !sample->census || !allocate(sample)) {
        sample_free(sample);
        return NULL;
    }
    order_contexts(sample);
    invariant(sample->preorder_count == snapshot->context_count);
    count_waiters(sample);
    mark_findings(sample);
    sum_contexts(sample);
    count_tasks(sample);
    derive_rates(sample, previous);
    return sample;
}

void sample_free(struct sample *sample)
{
    if (!sample)
        return;
    if (sample->findings)
        findings_free(sample->findings);
    census_free(sample->census);
    snapshot_free(sample->snapshot);
    free(sample->preorder);
    free(sample->waiters);
    free(sample->sums);
    free(sample->finding_of_context);
    free(sample->finding_of_task);
    free(sample->finding_of_object);
    free(sample);
}

int64_t sample_now(const struct sample *sample, int64_t our_ns)
{
    const struct snapshot_program *program = &sample->snapshot->program;
    if (program->state != PROGRAM_ALIVE || our_ns < sample->received_ns)
        return program->taken_ns;
    return time_plus(program->taken_ns, our_ns - sample->received_ns);
}

const struct finding *sample_finding(const struct sample *sample, enum subject_kind kind,
                                     uint32_t index)
{
    uint32_t finding = SNAPSHOT_NONE;
    if (index == SNAPSHOT_NONE)
        return NULL;
    if (kind == SUBJECT_CONTEXT)
        finding = sample->finding_of_context[index];
    else if (kind == SUBJECT_TASK)
        finding = sample->finding_of_task[index];
    else if (kind == SUBJECT_OBJECT)
        finding = sample->finding_of_object[index];
    return finding_at(sample->findings, finding);
}

const struct finding *sample_finding_below(const struct sample *sample, uint32_t context)
{
    invariant(context < sample->snapshot->context_count);
    return finding_at(sample->findings, sample->sums[context].finding);
}
