#include "ctxtop/json_parts.h"

#include <inttypes.h>
#include <stdio.h>

void json_set_time(json_t *object, const char *name, int64_t moment)
{
    if (moment == SNAPSHOT_NEVER)
        json_object_set_new(object, name, json_null());
    else if (moment != SNAPSHOT_TIME_UNKNOWN)
        json_object_set_new(object, name, json_integer(moment));
}

void json_set_text(json_t *object, const char *name, const char *text)
{
    if (text[0] != '\0')
        json_object_set_new(object, name, json_string(text));
}

void json_set_string(json_t *object, const char *name, const struct snapshot *snapshot,
                     snapshot_string string)
{
    json_set_text(object, name, snapshot_text(snapshot, string));
}

static void set_number(json_t *object, const char *name, uint64_t number)
{
    json_object_set_new(object, name, json_integer((json_int_t)number));
}

/* Ids of things that are not known are left out. */
static void set_id(json_t *object, const char *name, uint64_t id)
{
    if (id != 0 && id != ID_UNRECORDED)
        set_number(object, name, id);
}

static void set_index(json_t *object, const char *name, uint32_t index)
{
    if (index != SNAPSHOT_NONE)
        set_number(object, name, index);
}

static void set_fact(json_t *object, const char *name, struct fact fact)
{
    char missing[64];
    json_object_set_new(object, name, json_string(fact_value_name(fact.value)));
    if (fact.value != FACT_UNKNOWN || fact.missing == PRECONDITION_NONE)
        return;
    snprintf(missing, sizeof missing, "%s_missing", name);
    json_object_set_new(object, missing, json_string(precondition_text(fact.missing)));
}

static void set_stack(json_t *object, const char *name, const struct snapshot *snapshot,
                      uint32_t stack)
{
    char field[64], site[LABEL_SIZE];
    if (stack == SNAPSHOT_NONE)
        return;
    snprintf(field, sizeof field, "%s_stack", name);
    set_number(object, field, stack);
    snprintf(field, sizeof field, "%s_at", name);
    label_site(snapshot, stack, site, sizeof site);
    json_set_text(object, field, site);
}

static void set_creation(json_t *object, const struct snapshot *snapshot, uint32_t stack,
                         bool sampled)
{
    set_stack(object, "created", snapshot, stack);
    if (stack != SNAPSHOT_NONE && sampled)
        json_object_set_new(object, "creation_sampled", json_true());
}

static void set_finding(json_t *object, const struct sample *sample, enum subject_kind kind,
                        uint32_t index)
{
    const struct finding *finding = sample_finding(sample, kind, index);
    if (finding)
        json_object_set_new(object, "finding", json_string(finding->rule->name));
}

static uint64_t context_id(const struct snapshot *snapshot, uint32_t index)
{
    return index == SNAPSHOT_NONE ? 0 : snapshot->contexts[index].id;
}

static uint64_t task_id(const struct snapshot *snapshot, uint32_t index)
{
    return index == SNAPSHOT_NONE ? 0 : snapshot->tasks[index].id;
}

/* What was done to the program, beside reading it, since it was looked at first. */
static json_t *interventions(const struct snapshot_program *program)
{
    json_t *array = json_array();
    for (unsigned kind = 0; kind < INTERVENTION_COUNT; kind++) {
        const struct snapshot_intervention *done = &program->interventions[kind];
        if (done->count == 0)
            continue;
        json_t *object = json_object();
        json_object_set_new(object, "what", json_string(intervention_name(kind)));
        set_number(object, "count", done->count);
        set_number(object, "total_ns", (uint64_t)done->total_ns);
        set_number(object, "longest_ns", (uint64_t)done->longest_ns);
        set_number(object, "restarts", done->restarts.count);
        set_number(object, "restarts_unbounded", done->restarts.unbounded);
        set_number(object, "restarts_late_ns", (uint64_t)done->restarts.latest_ns);
        json_array_append_new(array, object);
    }
    return array;
}

json_t *json_program(const struct sample *sample)
{
    const struct snapshot *snapshot = sample->snapshot;
    const struct snapshot_program *program = &snapshot->program;
    char ending[PROGRAM_ENDING_SIZE];
    json_t *object = json_object();
    set_number(object, "pid", (uint64_t)program->pid);
    json_object_set_new(object, "state", json_string(program_state_name(program->state)));
    json_object_set_new(object, "exited", json_boolean(program->exited));
    if (program->state == PROGRAM_DEAD)
        json_object_set_new(object, "ended", json_string(program_ending(program, ending)));
    json_object_set_new(object, "taken_at_least", json_boolean(program->taken_at_least));
    set_id(object, "forked_from", (uint64_t)program->forked_from);
    json_set_string(object, "executable", snapshot, program->executable);
    json_set_string(object, "command", snapshot, program->command);
    json_set_string(object, "language", snapshot, program->language);
    json_set_string(object, "version", snapshot, program->version);
    json_set_string(object, "source", snapshot, program->source);
    json_set_time(object, "started_ns", program->started_ns);
    json_set_time(object, "taken_ns", program->taken_ns);
    if (snapshot_knows_real_time(program))
        json_set_time(object, "realtime_offset_ns", program->realtime_offset_ns);
    set_number(object, "pause_ns", (uint64_t)program->pause_ns);
    json_object_set_new(object, "interventions", interventions(program));
    if (program->searched_ns != 0)
        json_set_time(object, "searched_ns", program->searched_ns);
    json_object_set_new(object, "complete", json_boolean(program->complete));
    return object;
}

json_t *json_counts(const struct sample *sample)
{
    const struct snapshot_program *program = &sample->snapshot->program;
    json_t *object = json_object();
    set_number(object, "contexts", sample->snapshot->context_count);
    set_number(object, "open_contexts", sample->open_contexts);
    set_number(object, "contexts_unrecorded", program->contexts_unrecorded);
    set_number(object, "contexts_missing", program->contexts_missing);
    set_number(object, "contexts_unheld", program->contexts_unheld);
    if (program->counts_contexts) {
        set_number(object, "contexts_created", program->contexts_created);
        set_number(object, "contexts_ended", program->contexts_ended);
    }
    if (sample->rates.known) {
        json_object_set_new(object, "created_per_second", json_real(sample->rates.created));
        json_object_set_new(object, "ended_per_second", json_real(sample->rates.ended));
    }
    set_number(object, "tasks", sample->shown_tasks);
    set_number(object, "system_tasks", sample->system_tasks);
    set_number(object, "blocked_tasks", sample->blocked_tasks);
    set_number(object, "findings", sample->findings->count);
    set_number(object, "proved_findings", sample->proved_findings);
    return object;
}

json_t *json_loss(const struct sample *sample, uint32_t index)
{
    const struct snapshot_loss *loss = &sample->snapshot->losses[index];
    json_t *object = json_object();
    set_number(object, "count", loss->count);
    json_set_string(object, "what", sample->snapshot, loss->what);
    json_set_string(object, "why", sample->snapshot, loss->why);
    json_object_set_new(object, "expected", json_boolean(loss->expected));
    return object;
}

static void set_context_end(json_t *object, const struct snapshot *snapshot,
                            const struct snapshot_context *context)
{
    if (!context_has_ended(context))
        return;
    json_object_set_new(object, "ended_by", json_string(context_end_name(context->ended_by)));
    json_set_time(object, "ended_ns", context->ended_ns);
    json_set_string(object, "cause", snapshot, context->cause_text);
    json_object_set_new(object, "cause_code", json_integer(context->cause_code));
    set_id(object, "canceller_task", context->canceller_task_id);
    set_stack(object, "cancelled", snapshot, context->cancel_stack);
    json_object_set_new(object, "born_ended", json_boolean(context->born_ended));
}

json_t *json_context(const struct sample *sample, uint32_t index)
{
    const struct snapshot *snapshot = sample->snapshot;
    const struct snapshot_context *context = &snapshot->contexts[index];
    json_t *object = json_object();
    set_number(object, "id", context->id);
    set_id(object, "parent", context->parent_id);
    set_number(object, "depth", context->depth);
    if (context->depth_at_least)
        json_object_set_new(object, "depth_at_least", json_true());
    json_object_set_new(object, "kind", json_string(context_kind_name(context->kind)));
    json_object_set_new(object, "state", json_string(context_state_name(context->state)));
    json_set_string(object, "name", snapshot, context->name);
    json_set_string(object, "type", snapshot, context->type);
    json_set_string(object, "key", snapshot, context->key);
    json_set_string(object, "value", snapshot, context->value);
    json_set_time(object, "created_ns", context->created_ns);
    json_set_time(object, "deadline_ns", context->deadline_ns);
    if (context->requested_deadline_ns != context->deadline_ns)
        json_set_time(object, "requested_deadline_ns", context->requested_deadline_ns);
    set_id(object, "creator_task", context->creator_task_id);
    set_creation(object, snapshot, context->creation_stack, context->creation_sampled);
    set_context_end(object, snapshot, context);
    if (context->losing_cancels > 0)
        set_number(object, "cancels_too_late", context->losing_cancels);
    if (context->owners_counted) {
        set_number(object, "owners", context->owners);
        set_number(object, "observers", context->observers);
    }
    set_number(object, "waiters", sample->waiters[index]);
    set_number(object, "descendants", sample->sums[index].descendants);
    set_fact(object, "cancellable", context->cancellable);
    set_fact(object, "held_only_by_parent", context->held_only_by_parent);
    set_finding(object, sample, SUBJECT_CONTEXT, index);
    return object;
}

static void set_ancestors(json_t *object, const struct snapshot *snapshot, uint32_t task)
{
    uint32_t count;
    const struct snapshot_ancestor *ancestors = snapshot_ancestors_of(snapshot, task, &count);
    json_t *array = count ? json_array() : NULL;
    for (uint32_t i = 0; i < count; i++) {
        json_t *ancestor = json_object();
        set_id(ancestor, "task", ancestors[i].id);
        set_stack(ancestor, "creating", snapshot, ancestors[i].stack);
        json_array_append_new(array, ancestor);
    }
    if (array)
        json_object_set_new(object, "ancestors", array);
}

json_t *json_task(const struct sample *sample, uint32_t index)
{
    const struct snapshot *snapshot = sample->snapshot;
    const struct snapshot_task *task = &snapshot->tasks[index];
    json_t *object = json_object();
    set_number(object, "id", task->id);
    set_id(object, "tid", task->tid);
    json_object_set_new(object, "kind", json_string(task_kind_name(task->kind)));
    json_object_set_new(object, "state", json_string(task_state_name(task->state)));
    json_set_string(object, "status", snapshot, task->status);
    json_set_string(object, "name", snapshot, task->name);
    json_set_string(object, "labels", snapshot, task->labels);
    json_object_set_new(object, "main", json_boolean(task->main));
    json_object_set_new(object, "system", json_boolean(task->system));
    json_object_set_new(object, "detached", json_boolean(task->detached));
    json_object_set_new(object, "joined", json_boolean(task->joined));
    set_id(object, "parent", task->parent_id);
    set_id(object, "current_context", context_id(snapshot, task->current_context));
    set_id(object, "likely_context", context_id(snapshot, task->likely_context));
    set_id(object, "start_context", context_id(snapshot, task->start_context));
    json_set_time(object, "created_ns", task->created_ns);
    json_set_time(object, "exited_ns", task->exited_ns);
    set_stack(object, "created", snapshot, task->creation_stack);
    set_ancestors(object, snapshot, index);
    set_stack(object, "is", snapshot, task->stack);
    set_number(object, "waits", task->wait_count);
    set_fact(object, "wakeable", task->wakeable);
    set_finding(object, sample, SUBJECT_TASK, index);
    return object;
}

json_t *json_object_waited_for(const struct sample *sample, uint32_t index)
{
    const struct snapshot *snapshot = sample->snapshot;
    const struct snapshot_object *waited_for = &snapshot->objects[index];
    char label[LABEL_SIZE];
    json_t *object = json_object();
    label_object(snapshot, index, label, sizeof label);
    set_number(object, "index", index);
    json_object_set_new(object, "kind", json_string(object_kind_name(waited_for->kind)));
    json_set_text(object, "label", label);
    set_id(object, "id", waited_for->id);
    set_id(object, "address", waited_for->address);
    set_id(object, "context", context_id(snapshot, waited_for->context));
    set_id(object, "task", task_id(snapshot, waited_for->task));
    set_id(object, "owner_task", waited_for->owner_task_id);
    if (waited_for->kind == OBJECT_CHANNEL) {
        set_number(object, "capacity", waited_for->capacity);
        set_number(object, "length", waited_for->length);
        json_object_set_new(object, "closed", json_boolean(waited_for->closed));
    }
    set_number(object, "waiters", waited_for->waiter_count);
    set_creation(object, snapshot, waited_for->creation_stack, waited_for->creation_sampled);
    set_fact(object, "signalable", waited_for->signalable);
    set_finding(object, sample, SUBJECT_OBJECT, index);
    return object;
}

json_t *json_wait(const struct sample *sample, uint32_t index)
{
    const struct snapshot *snapshot = sample->snapshot;
    const struct snapshot_wait *wait = &snapshot->waits[index];
    json_t *object = json_object();
    set_id(object, "task", task_id(snapshot, wait->task));
    set_index(object, "object", wait->object);
    json_object_set_new(object, "operation", json_string(wait_operation_name(wait->operation)));
    set_id(object, "group", wait->group);
    json_set_time(object, "since_ns", wait->since_ns);
    json_object_set_new(object, "since_at_least", json_boolean(wait->since_at_least));
    json_set_time(object, "until_ns", wait->until_ns);
    set_id(object, "bounded_by", context_id(snapshot, wait->bounded_by));
    set_stack(object, "waits", snapshot, wait->stack);
    return object;
}

static uint64_t subject_id(const struct snapshot *snapshot, const struct claim *claim)
{
    if (claim->subject_kind == SUBJECT_CONTEXT)
        return context_id(snapshot, claim->subject);
    if (claim->subject_kind == SUBJECT_TASK)
        return task_id(snapshot, claim->subject);
    return claim->subject;
}

static json_t *claim_value(const struct snapshot *snapshot, const struct claim *claim)
{
    json_t *object = json_object();
    json_object_set_new(object, "kind", json_string(subject_kind_name(claim->subject_kind)));
    if (claim->subject != SNAPSHOT_NONE)
        set_number(object, claim->subject_kind == SUBJECT_OBJECT ? "index" : "id",
                   subject_id(snapshot, claim));
    json_set_time(object, "since_ns", claim->since_ns);
    json_t *stacks = json_object();
    for (int i = 0; i < CLAIM_STACKS && claim->stacks[i].label; i++)
        set_index(stacks, claim->stacks[i].label, claim->stacks[i].stack);
    json_object_set_new(object, "stacks", stacks);
    return object;
}

json_t *json_finding(const struct sample *sample, uint32_t index)
{
    const struct snapshot *snapshot = sample->snapshot;
    const struct finding *finding = &sample->findings->items[index];
    char fingerprint[24];
    json_t *object = json_object();
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, finding->fingerprint);
    json_set_text(object, "rule", finding->rule->name);
    json_set_text(object, "confidence", confidence_name(finding->confidence));
    json_set_text(object, "severity", severity_name(finding->rule->severity));
    if (finding->missing != PRECONDITION_NONE)
        json_set_text(object, "missing", precondition_text(finding->missing));
    json_set_text(object, "fingerprint", fingerprint);
    json_set_text(object, "sentence", finding->sentence);
    json_set_text(object, "advice", finding->rule->advice);
    if (finding->site != SNAPSHOT_NONE)
        set_stack(object, "site", snapshot, snapshot->sites[finding->site].stack);
    json_t *claims = json_array();
    for (uint32_t i = 0; i < finding->count; i++)
        json_array_append_new(claims, claim_value(snapshot, &finding->claims[i]));
    json_object_set_new(object, "claims", claims);
    return object;
}

json_t *json_site(const struct sample *sample, uint32_t index)
{
    const struct snapshot *snapshot = sample->snapshot;
    const struct census_group *group = &sample->census->groups[index];
    char place[CELL_SIZE];
    struct text text = text_into(place, sizeof place);
    json_t *object = json_object();
    census_place(&text, snapshot, group);
    text_cut_broken_character(place);
    json_set_text(object, "kind", census_kind_name(group->kind));
    set_number(object, "count", group->count);
    if (group->kind == CENSUS_TASKS)
        set_number(object, "waiting", group->waiting);
    json_set_text(object, "place", place + (place[0] == ' '));
    json_set_text(object, "doing", census_doing(snapshot, group));
    if (group->since_ns != SNAPSHOT_TIME_UNKNOWN)
        json_set_time(object, "since_ns", group->since_ns);
    json_object_set_new(object, "since_at_least", json_boolean(group->since_at_least));
    json_set_time(object, "until_ns", group->until_ns);
    if (group->site != SNAPSHOT_NONE)
        set_stack(object, "site", snapshot, snapshot->sites[group->site].stack);
    return object;
}

json_t *json_event(const struct sample *sample, uint32_t index)
{
    const struct snapshot *snapshot = sample->snapshot;
    const struct snapshot_event *event = &snapshot->events[index];
    json_t *object = json_object();
    json_set_time(object, "time_ns", event->time_ns);
    json_set_text(object, "event", event_kind_name(event->kind));
    set_id(object, "subject", event->subject_id);
    set_id(object, "parent", event->parent_id);
    set_id(object, "task", event->task_id);
    if (event->kind == EVENT_CONTEXT_ENDED)
        json_set_text(object, "ended_by", context_end_name(event->ended_by));
    if (event->code != 0)
        json_object_set_new(object, "code", json_integer(event->code));
    json_set_string(object, "text", snapshot, event->text);
    set_stack(object, "happened", snapshot, event->stack);
    return object;
}

json_t *json_stack(const struct sample *sample, uint32_t index)
{
    const struct snapshot *snapshot = sample->snapshot;
    const struct snapshot_stack *stack = &snapshot->stacks[index];
    json_t *frames = json_array();
    for (uint32_t i = 0; i < stack->frame_count; i++) {
        const struct snapshot_frame *frame = &snapshot->frames[stack->first_frame + i];
        json_t *object = json_object();
        json_set_string(object, "function", snapshot, frame->function);
        json_set_string(object, "file", snapshot, frame->file);
        set_id(object, "line", frame->line);
        json_set_string(object, "module", snapshot, frame->module);
        set_id(object, "module_offset", frame->module_offset);
        if (frame->inlined)
            json_object_set_new(object, "inlined", json_true());
        json_array_append_new(frames, object);
    }
    return frames;
}
