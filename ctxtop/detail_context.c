#include "base/duration.h"
#include "base/times.h"
#include "ctxtop/detail.h"
#include "ctxtop/elapsed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Nobody reads further than this. */
#define WAITERS_SHOWN 20
#define CANCELS_SHOWN 10

static void add_identity(const struct model *model, uint32_t index, struct lines *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_context *context = &snapshot->contexts[index];
    char label[LABEL_SIZE], id[LABEL_SIZE], parent[LABEL_SIZE];
    label_context(snapshot, index, label, sizeof label);
    label_id(context->id, id, sizeof id);
    bool has_label = strcmp(label, id) != 0;
    lines_add(out, MEANING_STRONG, "Context %s%s%s", id, has_label ? " " : "",
              has_label ? label : "");
    lines_add_field(out, "kind", "%s", context_kind_name(context->kind));
    if (context->type != 0)
        lines_add_field(out, "type", "%s", snapshot_text(snapshot, context->type));
    if (context->key != 0)
        lines_add_field(out, "key", "%s", snapshot_text(snapshot, context->key));
    if (context->value != 0)
        lines_add_field(out, "value", "%s", snapshot_text(snapshot, context->value));
    if (context->parent != SNAPSHOT_NONE) {
        label_context(snapshot, context->parent, parent, sizeof parent);
        lines_add_field(out, "parent", "%s", parent);
    } else if (context->parent_id == ID_UNRECORDED) {
        bool recorded = !snapshot->program.collected;
        lines_add_field(out, "parent", recorded ? "not recorded" : "not known");
    } else if (context->parent_id != 0) {
        label_id(context->parent_id, parent, sizeof parent);
        lines_add_field(out, "parent", "%s (gone)", parent);
    }
    if (context->address != 0)
        lines_add_field(out, "address", "0x%" PRIx64, context->address);
}

static void add_deadline(const struct model *model, const struct snapshot_context *context,
                         struct lines *out)
{
    char left[DURATION_SIZE], difference[DURATION_SIZE];
    if (context->deadline_ns == SNAPSHOT_TIME_UNKNOWN)
        lines_add_field(out, "deadline", "not known");
    if (context->deadline_ns == SNAPSHOT_NEVER || context->deadline_ns == SNAPSHOT_TIME_UNKNOWN)
        return;
    duration_until(context->deadline_ns, model->now_ns, left, sizeof left);
    if (context->deadline_ns < model->now_ns)
        lines_add_meaning(out, "deadline", MEANING_TIMED_OUT, "passed (%s)", left);
    else
        lines_add_meaning(out, "deadline", MEANING_WARNING, "in %s", left);
    if (context->requested_deadline_ns != SNAPSHOT_NEVER &&
        context->requested_deadline_ns != SNAPSHOT_TIME_UNKNOWN &&
        context->requested_deadline_ns > context->deadline_ns) {
        duration_text(difference, sizeof difference,
                      time_between(context->deadline_ns, context->requested_deadline_ns));
        lines_add_meaning(out, "", MEANING_WARNING,
                          "it asked for %s more than its parent has: that has no effect",
                          difference);
    }
}

static void add_end(const struct model *model, const struct snapshot_context *context,
                    struct lines *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    char canceller[LABEL_SIZE];
    enum meaning meaning = context->state == CONTEXT_OPEN            ? MEANING_GOOD
                           : context->state == CONTEXT_STATE_UNKNOWN ? MEANING_NORMAL
                                                                     : MEANING_ENDED;
    lines_add_meaning(out, "state", meaning, "%s%s", context_state_name(context->state),
                      context->born_ended ? ", since it was created" : "");
    if (!context_has_ended(context))
        return;
    lines_add_field(out, "ended by", "%s", context_end_name(context->ended_by));
    detail_moment(model, "ended", context->ended_ns, out);
    if (context->cause_text != 0 || context->cause_code != 0)
        lines_add_field(out, "cause", "%s (code %d)", snapshot_text(snapshot, context->cause_text),
                        context->cause_code);
    if (context->canceller_task_id != 0) {
        label_task_or_id(snapshot, context->canceller_task, context->canceller_task_id, canceller,
                         sizeof canceller);
        lines_add_field(out, "cancelled by", "%s", canceller);
    }
}

static void add_holders(const struct snapshot_context *context, const struct context_sums *sums,
                        struct lines *out)
{
    if (context->owners_counted)
        lines_add_field(out, "held by", "%u owner%s, %u observer%s", context->owners,
                        context->owners == 1 ? "" : "s", context->observers,
                        context->observers == 1 ? "" : "s");
    if (sums->descendants > 0)
        lines_add_field(out, "below it", "%u contexts; %u of the whole are open", sums->descendants,
                        sums->open);
    if (context->state != CONTEXT_OPEN)
        return;
    detail_fact("cancellable", context->cancellable, out);
    detail_fact("only parent", context->held_only_by_parent, out);
}

static bool concerns(const struct snapshot *snapshot, const struct snapshot_wait *wait,
                     uint32_t context)
{
    return wait->bounded_by == context ||
           (wait->object != SNAPSHOT_NONE && snapshot->objects[wait->object].context == context);
}

static void add_waiters(const struct model *model, uint32_t context, struct lines *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    uint32_t waiters = model->sample->waiters[context];
    if (waiters == 0)
        return;
    lines_add(out, MEANING_STRONG, "Waiters: %u", waiters);
    uint32_t shown = 0;
    for (uint32_t i = 0; i < snapshot->wait_count && shown < WAITERS_SHOWN; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[i];
        if (!concerns(snapshot, wait, context))
            continue;
        char task[LABEL_SIZE], object[LABEL_SIZE], since[DURATION_SIZE], site[LABEL_SIZE];
        label_task(snapshot, wait->task, task, sizeof task);
        label_object(snapshot, wait->object, object, sizeof object);
        duration_since(wait->since_ns, model->now_ns, since, sizeof since);
        label_site(snapshot, wait->stack, site, sizeof site);
        lines_add(out, MEANING_WAITING, "    %-20s %s %s for %s  %s", task,
                  wait_operation_name(wait->operation), object, since, site);
        shown++;
    }
    if (shown < waiters)
        lines_add(out, MEANING_DIM, "    ... and %u more", waiters - shown);
}

/* Cancels that came too late are in the history; the context itself only counts them. */
static void add_losing_cancels(const struct model *model, const struct snapshot_context *context,
                               struct lines *out)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    if (context->losing_cancels == 0)
        return;
    lines_add(out, MEANING_STRONG, "Cancels that came too late: %u", context->losing_cancels);
    uint32_t shown = 0;
    for (uint32_t i = snapshot->event_count; i-- > 0 && shown < CANCELS_SHOWN;) {
        const struct snapshot_event *event = &snapshot->events[i];
        if (event->kind != EVENT_CANCEL_TOO_LATE || event->subject_id != context->id)
            continue;
        char ago[DURATION_SIZE], task[LABEL_SIZE], heading[2 * LABEL_SIZE + 96];
        duration_since(event->time_ns, model->now_ns, ago, sizeof ago);
        label_task_or_id(snapshot, snapshot_find_task(snapshot, event->task_id), event->task_id,
                         task, sizeof task);
        snprintf(heading, sizeof heading, "  by %s, %s ago, code %d %s", task, ago, event->code,
                 snapshot_text(snapshot, event->text));
        if (event->stack == SNAPSHOT_NONE)
            lines_add(out, MEANING_NORMAL, "%s", heading);
        detail_stack(snapshot, heading, event->stack, out);
        shown++;
    }
}

void detail_context(const struct model *model, uint32_t index, struct lines *out)
{
    if (index == SNAPSHOT_NONE)
        return;
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_context *context = &snapshot->contexts[index];
    char creator[LABEL_SIZE];
    add_identity(model, index, out);
    add_end(model, context, out);
    add_deadline(model, context, out);
    detail_moment(model, "created", context->created_ns, out);
    label_task_or_id(snapshot, context->creator_task, context->creator_task_id, creator,
                     sizeof creator);
    lines_add_field(out, "created by", "%s", creator);
    add_holders(context, &model->sample->sums[index], out);
    detail_finding_of(model, SUBJECT_CONTEXT, index, out);
    add_waiters(model, index, out);
    detail_creation(snapshot, context->creation_stack, context->creation_sampled, out);
    detail_stack(snapshot, "Cancelled at", context->cancel_stack, out);
    add_losing_cancels(model, context, out);
}
