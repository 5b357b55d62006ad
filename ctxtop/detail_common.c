/* The parts that the details of all things share. */
#include "base/base_name.h"
#include "base/duration.h"
#include "base/moment.h"
#include "base/times.h"
#include "ctxtop/detail.h"
#include "ctxtop/elapsed.h"

#include <inttypes.h>

static void add_frame(const struct snapshot *snapshot, const struct snapshot_frame *frame,
                      struct lines *out)
{
    const char *function = snapshot_text(snapshot, frame->function);
    const char *file = snapshot_text(snapshot, frame->file);
    const char *module = base_name(snapshot_text(snapshot, frame->module));
    const char *inlined = frame->inlined ? "  (inlined)" : "";
    if (function[0] == '\0')
        function = "?";
    if (file[0] != '\0')
        lines_add(out, MEANING_NORMAL, "    %-32s %s:%u%s", function, file, frame->line, inlined);
    else if (module[0] != '\0')
        lines_add(out, MEANING_NORMAL, "    %-32s %s+0x%" PRIx64 "%s", function, module,
                  frame->module_offset, inlined);
    else
        lines_add(out, MEANING_NORMAL, "    %-32s 0x%" PRIx64, function, frame->pc);
}

void detail_stack(const struct snapshot *snapshot, const char *heading, uint32_t index,
                  struct lines *out)
{
    if (index == SNAPSHOT_NONE)
        return;
    const struct snapshot_stack *stack = &snapshot->stacks[index];
    lines_add(out, MEANING_STRONG, "%s", heading);
    for (uint32_t i = 0; i < stack->frame_count; i++)
        add_frame(snapshot, &snapshot->frames[stack->first_frame + i], out);
    if (stack->truncated)
        lines_add(out, MEANING_DIM, "    ... the stack goes deeper than was recorded");
}

void detail_creation(const struct snapshot *snapshot, uint32_t stack, bool sampled,
                     struct lines *out)
{
    detail_stack(snapshot,
                 sampled ? "Created at (sampled by the program's memory profiler)" : "Created at",
                 stack, out);
}

void detail_moment(const struct model *model, const char *label, int64_t moment, struct lines *out)
{
    if (moment == SNAPSHOT_NEVER)
        return;
    if (moment == SNAPSHOT_TIME_UNKNOWN) {
        lines_add_field(out, label, "unknown when");
        return;
    }
    const struct snapshot_program *program = &model->sample->snapshot->program;
    char clock[MOMENT_SIZE], ago[DURATION_SIZE];
    duration_since(moment, model->now_ns, ago, sizeof ago);
    if (!snapshot_knows_real_time(program)) {
        lines_add_field(out, label, "%s ago", ago);
        return;
    }
    moment_text_short(clock, sizeof clock, time_plus(moment, program->realtime_offset_ns));
    lines_add_field(out, label, "%s ago, at %s", ago, clock);
}

void detail_fact(const char *label, struct fact fact, struct lines *out)
{
    if (fact.value != FACT_UNKNOWN)
        lines_add_field(out, label, "%s", fact_value_name(fact.value));
    else if (fact.missing != PRECONDITION_NONE)
        lines_add_field(out, label, "unknown: %s", precondition_text(fact.missing));
}

static enum meaning finding_meaning(const struct finding *finding)
{
    return finding->confidence == CONFIDENCE_PROVED ? MEANING_ALARM : MEANING_WARNING;
}

void detail_finding_of(const struct model *model, enum subject_kind kind, uint32_t index,
                       struct lines *out)
{
    const struct finding *finding = sample_finding(model->sample, kind, index);
    if (!finding)
        return;
    lines_add_meaning(out, "finding", finding_meaning(finding), "%s (%s)", finding->rule->name,
                      confidence_name(finding->confidence));
    lines_add_wrapped(out, MEANING_NORMAL, 15, finding->sentence);
}

void detail_finding(const struct model *model, const struct finding *finding, struct lines *out)
{
    lines_add(out, finding_meaning(finding), "%s: %s", finding->rule->name, finding->rule->title);
    lines_add_wrapped(out, MEANING_NORMAL, 0, finding->sentence);
    lines_add_wrapped(out, MEANING_NORMAL, 0, finding->rule->advice);
    lines_add_field(out, "confidence", "%s", confidence_name(finding->confidence));
    if (finding->missing != PRECONDITION_NONE)
        lines_add_field(out, "not proved as", "%s", precondition_text(finding->missing));
    lines_add_field(out, "severity", "%s", severity_name(finding->rule->severity));
    lines_add_field(out, "catalogue", "%s", finding->rule->catalogue);
    lines_add_field(out, "fingerprint", "%016" PRIx64, finding->fingerprint);
    if (finding->count > 0)
        detail_claim(model, finding, &finding->claims[0], out);
}

static void add_subject(const struct model *model, const struct claim *claim, struct lines *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    char label[LABEL_SIZE];
    if (claim->subject == SNAPSHOT_NONE)
        return;
    if (claim->subject_kind == SUBJECT_CONTEXT)
        label_context(snapshot, claim->subject, label, sizeof label);
    else if (claim->subject_kind == SUBJECT_TASK)
        label_task(snapshot, claim->subject, label, sizeof label);
    else
        label_object(snapshot, claim->subject, label, sizeof label);
    lines_add_field(out, subject_kind_name(claim->subject_kind), "%s", label);
}

void detail_claim(const struct model *model, const struct finding *finding,
                  const struct claim *claim, struct lines *out)
{
    if (finding->count > 1)
        lines_add(out, MEANING_STRONG, "One of %u", finding->count);
    add_subject(model, claim, out);
    detail_moment(model, "since", claim->since_ns, out);
    for (int i = 0; i < CLAIM_STACKS && claim->stacks[i].label; i++)
        detail_stack(model->sample->snapshot, claim->stacks[i].label, claim->stacks[i].stack, out);
}
