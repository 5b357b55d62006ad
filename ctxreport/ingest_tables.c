/*
 * The tables of a snapshot, row by row. The order of the columns is that of schema.sql.
 */
#include "ctxreport/ingest.h"
#include "ctxreport/insert.h"

#include <stdio.h>

/* ---- how a snapshot's ways to say "none" and "unknown" become NULL ---- */

static void reference(struct insert *insert, int64_t base, uint32_t index)
{
    insert_integer_if(insert, index != SNAPSHOT_NONE, base + index);
}

static void number_or_null(struct insert *insert, uint64_t number)
{
    insert_integer_if(insert, number != 0 && number != ID_UNRECORDED, (int64_t)number);
}

static void text(struct insert *insert, const struct ingest *ingest, snapshot_string string)
{
    insert_text(insert, snapshot_text(ingest->snapshot, string));
}

/*
 * From the program's clock to nanoseconds since 1970. A sum that a hostile time makes overflow is
 * unknown.
 */
static void moment(struct insert *insert, const struct ingest *ingest, int64_t ns)
{
    int64_t since_1970;
    bool known =
        ns != SNAPSHOT_NEVER && ns != SNAPSHOT_TIME_UNKNOWN &&
        !__builtin_add_overflow(ns, ingest->snapshot->program.realtime_offset_ns, &since_1970);
    insert_integer_if(insert, known, known ? since_1970 : 0);
}

/*
 * A time limit that is too far away for any date is there all the same: it is given as the last
 * date.
 */
static void limit(struct insert *insert, const struct ingest *ingest, int64_t ns)
{
    int64_t ignored;
    if (ns > 0 && ns != SNAPSHOT_NEVER &&
        __builtin_add_overflow(ns, ingest->snapshot->program.realtime_offset_ns, &ignored))
        insert_integer(insert, INT64_MAX);
    else
        moment(insert, ingest, ns);
}

static void fact(struct insert *insert, struct fact fact)
{
    insert_text_always(insert, fact_value_name(fact.value));
    insert_integer_if(insert,
                      fact.value == FACT_UNKNOWN && fact.missing > PRECONDITION_NONE &&
                          fact.missing < PRECONDITION_COUNT,
                      fact.missing);
}

/* ---- the tables ---- */

struct numbers {
    int64_t contexts_open, tasks_own, tasks_waiting;
};

static struct numbers numbers_of(const struct snapshot *snapshot)
{
    struct numbers numbers = {0};
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        numbers.contexts_open += snapshot->contexts[i].state == CONTEXT_OPEN;
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        numbers.tasks_own += !snapshot->tasks[i].system;
        numbers.tasks_waiting += !snapshot->tasks[i].system && snapshot->tasks[i].wait_count > 0;
    }
    return numbers;
}

static bool ingest_program_row(struct ingest *ingest)
{
    const struct numbers numbers = numbers_of(ingest->snapshot);
    const struct snapshot_program *program = &ingest->snapshot->program;
    struct insert insert;
    char ending[PROGRAM_ENDING_SIZE]; /* as long as the row is not inserted */
    insert_prepare(&insert, ingest->store, "programs");
    insert_integer(&insert, ingest->program_id);
    insert_integer(&insert, ingest->run_id);
    insert_integer(&insert, program->pid);
    number_or_null(&insert, (uint64_t)program->forked_from);
    insert_text_always(&insert, program_state_name(program->state));
    insert_integer(&insert, program->exited);
    insert_text(&insert, program->state == PROGRAM_DEAD ? program_ending(program, ending) : "");
    insert_text_always(&insert, snapshot_text(ingest->snapshot, program->executable));
    insert_text_always(&insert, snapshot_text(ingest->snapshot, program->command));
    insert_text_always(&insert, snapshot_text(ingest->snapshot, program->language));
    insert_text_always(&insert, snapshot_text(ingest->snapshot, program->version));
    insert_text_always(&insert, snapshot_text(ingest->snapshot, program->source));
    moment(&insert, ingest, program->started_ns);
    moment(&insert, ingest, program->taken_ns);
    insert_integer(&insert, program->taken_at_least);
    insert_integer_if(&insert, program->realtime_offset_ns != 0, program->realtime_offset_ns);
    insert_integer(&insert, program->pause_ns);
    insert_integer(&insert, (int64_t)program->contexts_unrecorded);
    insert_integer(&insert, (int64_t)program->contexts_missing);
    insert_integer(&insert, (int64_t)program->contexts_unheld);
    insert_integer_if(&insert, program->counts_contexts, (int64_t)program->contexts_created);
    insert_integer_if(&insert, program->counts_contexts, (int64_t)program->contexts_ended);
    insert_integer(&insert, ingest->snapshot->context_count);
    insert_integer(&insert, numbers.contexts_open);
    insert_integer(&insert, ingest->snapshot->task_count);
    insert_integer(&insert, numbers.tasks_own);
    insert_integer(&insert, numbers.tasks_waiting);
    insert_integer(&insert, ingest->snapshot->wait_count);
    insert_integer(&insert, program->complete);
    insert_row(&insert);
    return insert_finish(&insert, ingest->error);
}

static bool ingest_interventions(struct ingest *ingest)
{
    struct insert insert;
    insert_prepare(&insert, ingest->store, "interventions");
    for (unsigned kind = 0; kind < INTERVENTION_COUNT; kind++) {
        const struct snapshot_intervention *done = &ingest->snapshot->program.interventions[kind];
        if (done->count == 0)
            continue;
        insert_integer(&insert, ingest->program_id);
        insert_text_always(&insert, intervention_name(kind));
        insert_integer(&insert, (int64_t)done->count);
        insert_integer(&insert, done->total_ns);
        insert_integer(&insert, done->longest_ns);
        insert_integer(&insert, (int64_t)done->restarts.count);
        insert_integer(&insert, (int64_t)done->restarts.unbounded);
        insert_integer(&insert, done->restarts.latest_ns);
        insert_row(&insert);
    }
    return insert_finish(&insert, ingest->error);
}

static bool ingest_sites(struct ingest *ingest)
{
    struct insert insert;
    insert_prepare(&insert, ingest->store, "sites");
    for (uint32_t i = 0; i < ingest->snapshot->site_count; i++) {
        const struct snapshot_site *site = &ingest->snapshot->sites[i];
        const struct snapshot_frame *frame =
            site->top_frame == SNAPSHOT_NONE ? NULL : &ingest->snapshot->frames[site->top_frame];
        char fingerprint[17];
        snprintf(fingerprint, sizeof fingerprint, "%016llx", (unsigned long long)site->fingerprint);
        insert_integer(&insert, ingest->sites + i);
        insert_integer(&insert, ingest->program_id);
        insert_text(&insert, fingerprint);
        text(&insert, ingest, frame ? frame->function : 0);
        text(&insert, ingest, frame ? frame->file : 0);
        number_or_null(&insert, frame ? frame->line : 0);
        reference(&insert, ingest->stacks, site->stack);
        insert_integer(&insert, site->identified);
        insert_row(&insert);
    }
    return insert_finish(&insert, ingest->error);
}

static void stack_row(struct insert *insert, const struct ingest *ingest, uint32_t index)
{
    const struct snapshot_stack *stack = &ingest->snapshot->stacks[index];
    const struct snapshot_frame *top = snapshot_top_frame(ingest->snapshot, index);
    const struct snapshot_frame *first = &ingest->snapshot->frames[stack->first_frame];
    insert_integer(insert, ingest->stacks + index);
    insert_integer(insert, ingest->program_id);
    reference(insert, ingest->sites, stack->site);
    insert_integer_if(insert, top && top >= first && top < first + stack->frame_count,
                      top ? top - first : 0);
    insert_integer(insert, stack->truncated);
    insert_row(insert);
}

static void frame_row(struct insert *insert, const struct ingest *ingest, uint32_t stack,
                      uint32_t position)
{
    const struct snapshot_frame *frame =
        &ingest->snapshot->frames[ingest->snapshot->stacks[stack].first_frame + position];
    insert_integer(insert, ingest->stacks + stack);
    insert_integer(insert, position);
    text(insert, ingest, frame->function);
    text(insert, ingest, frame->linkage);
    text(insert, ingest, frame->file);
    number_or_null(insert, frame->line);
    text(insert, ingest, frame->module);
    number_or_null(insert, frame->module_offset);
    number_or_null(insert, frame->entry_offset);
    text(insert, ingest, frame->build_id);
    number_or_null(insert, frame->pc);
    insert_integer(insert, frame->inlined);
    insert_row(insert);
}

static bool ingest_stacks(struct ingest *ingest)
{
    struct insert stacks, frames;
    insert_prepare(&stacks, ingest->store, "stacks");
    insert_prepare(&frames, ingest->store, "frames");
    for (uint32_t i = 0; i < ingest->snapshot->stack_count; i++) {
        stack_row(&stacks, ingest, i);
        for (uint32_t k = 0; k < ingest->snapshot->stacks[i].frame_count; k++)
            frame_row(&frames, ingest, i, k);
    }
    bool good = insert_finish(&stacks, ingest->error);
    return insert_finish(&frames, ingest->error) && good;
}

static bool is_sampled(uint32_t stack, bool sampled)
{
    return sampled && stack != SNAPSHOT_NONE;
}

static bool ingest_contexts(struct ingest *ingest)
{
    struct insert insert;
    insert_prepare(&insert, ingest->store, "contexts");
    for (uint32_t i = 0; i < ingest->snapshot->context_count; i++) {
        if (ingest->wanted && !ingest->wanted->contexts[i])
            continue;
        const struct snapshot_context *context = &ingest->snapshot->contexts[i];
        bool ended = context_has_ended(context);
        insert_integer(&insert, ingest->contexts + i);
        insert_integer(&insert, ingest->program_id);
        insert_integer(&insert, (int64_t)context->id);
        reference(&insert, ingest->contexts, context->parent);
        number_or_null(&insert, context->parent_id);
        insert_integer(&insert, context->depth);
        insert_integer(&insert, context->depth_at_least);
        insert_text_always(&insert, context_kind_name(context->kind));
        insert_text_always(&insert, context_state_name(context->state));
        insert_text(&insert, ended ? context_end_name(context->ended_by) : NULL);
        insert_integer(&insert, context->born_ended);
        insert_integer_if(&insert, context->owners_counted, context->owners);
        insert_integer_if(&insert, context->owners_counted, context->observers);
        text(&insert, ingest, context->name);
        text(&insert, ingest, context->type);
        text(&insert, ingest, context->key);
        text(&insert, ingest, context->value);
        insert_integer_if(&insert, ended, context->cause_code);
        text(&insert, ingest, context->cause_text);
        insert_integer(&insert, context->losing_cancels);
        moment(&insert, ingest, context->created_ns);
        moment(&insert, ingest, ended ? context->ended_ns : SNAPSHOT_NEVER);
        limit(&insert, ingest, context->deadline_ns);
        limit(&insert, ingest, context->requested_deadline_ns);
        insert_integer(&insert, context->deadline_ns != SNAPSHOT_TIME_UNKNOWN);
        reference(&insert, ingest->tasks, context->creator_task);
        number_or_null(&insert, context->creator_task_id);
        reference(&insert, ingest->tasks, context->canceller_task);
        number_or_null(&insert, context->canceller_task_id);
        reference(&insert, ingest->stacks, context->creation_stack);
        insert_integer(&insert, is_sampled(context->creation_stack, context->creation_sampled));
        reference(&insert, ingest->stacks, context->cancel_stack);
        number_or_null(&insert, context->address);
        fact(&insert, context->cancellable);
        fact(&insert, context->held_only_by_parent);
        insert_row(&insert);
    }
    return insert_finish(&insert, ingest->error);
}

static bool ingest_tasks(struct ingest *ingest)
{
    struct insert insert;
    insert_prepare(&insert, ingest->store, "tasks");
    for (uint32_t i = 0; i < ingest->snapshot->task_count; i++) {
        if (ingest->wanted && !ingest->wanted->tasks[i])
            continue;
        const struct snapshot_task *task = &ingest->snapshot->tasks[i];
        insert_integer(&insert, ingest->tasks + i);
        insert_integer(&insert, ingest->program_id);
        insert_integer(&insert, (int64_t)task->id);
        number_or_null(&insert, task->tid);
        insert_text_always(&insert, task_kind_name(task->kind));
        insert_text_always(&insert, task_state_name(task->state));
        insert_integer(&insert, task->main);
        insert_integer(&insert, task->system);
        insert_integer(&insert, task->detached);
        insert_integer(&insert, task->joined);
        insert_integer(&insert, task->locked_to_thread);
        text(&insert, ingest, task->name);
        text(&insert, ingest, task->status);
        text(&insert, ingest, task->labels);
        reference(&insert, ingest->tasks, task->parent);
        number_or_null(&insert, task->parent_id);
        reference(&insert, ingest->contexts, task->current_context);
        reference(&insert, ingest->contexts, task->likely_context);
        reference(&insert, ingest->contexts, task->start_context);
        reference(&insert, ingest->stacks, task->creation_stack);
        reference(&insert, ingest->stacks, task->stack);
        moment(&insert, ingest, task->created_ns);
        moment(&insert, ingest, task->state == TASK_EXITED ? task->exited_ns : SNAPSHOT_NEVER);
        fact(&insert, task->wakeable);
        fact(&insert, task->wakeable_without_parent);
        insert_row(&insert);
    }
    return insert_finish(&insert, ingest->error);
}

static bool ingest_ancestors(struct ingest *ingest)
{
    const struct snapshot *snapshot = ingest->snapshot;
    struct insert insert;
    uint32_t position = 0;
    insert_prepare(&insert, ingest->store, "ancestors");
    for (uint32_t i = 0; i < snapshot->ancestor_count; i++) {
        const struct snapshot_ancestor *ancestor = &snapshot->ancestors[i];
        bool goes_on = i > 0 && ancestor[-1].task == ancestor->task;
        position = goes_on ? position + 1 : 0;
        if (ingest->wanted && !ingest->wanted->tasks[ancestor->task])
            continue;
        insert_integer(&insert, ingest->tasks + ancestor->task);
        insert_integer(&insert, position);
        insert_integer(&insert, (int64_t)ancestor->id);
        reference(&insert, ingest->stacks, ancestor->stack);
        insert_row(&insert);
    }
    return insert_finish(&insert, ingest->error);
}

static bool ingest_objects(struct ingest *ingest)
{
    struct insert insert;
    insert_prepare(&insert, ingest->store, "objects");
    for (uint32_t i = 0; i < ingest->snapshot->object_count; i++) {
        if (ingest->wanted && !ingest->wanted->objects[i])
            continue;
        const struct snapshot_object *object = &ingest->snapshot->objects[i];
        bool channel = object->kind == OBJECT_CHANNEL;
        insert_integer(&insert, ingest->objects + i);
        insert_integer(&insert, ingest->program_id);
        insert_integer(&insert, (int64_t)object->id);
        insert_text_always(&insert, object_kind_name(object->kind));
        text(&insert, ingest, object->name);
        text(&insert, ingest, object->type);
        reference(&insert, ingest->contexts, object->context);
        reference(&insert, ingest->tasks, object->task);
        reference(&insert, ingest->tasks, object->owner_task);
        number_or_null(&insert, object->owner_task_id);
        insert_integer_if(&insert, object->kind == OBJECT_DESCRIPTOR, object->descriptor);
        insert_integer_if(&insert, channel, object->capacity);
        insert_integer_if(&insert, channel, object->length);
        insert_integer(&insert, object->closed);
        number_or_null(&insert, object->references);
        insert_integer(&insert, object->waiter_count);
        reference(&insert, ingest->stacks, object->creation_stack);
        insert_integer(&insert, is_sampled(object->creation_stack, object->creation_sampled));
        number_or_null(&insert, object->address);
        fact(&insert, object->signalable);
        insert_row(&insert);
    }
    return insert_finish(&insert, ingest->error);
}

static bool ingest_waits(struct ingest *ingest)
{
    struct insert insert;
    insert_prepare(&insert, ingest->store, "waits");
    for (uint32_t i = 0; i < ingest->snapshot->wait_count; i++) {
        const struct snapshot_wait *wait = &ingest->snapshot->waits[i];
        insert_integer(&insert, ingest->waits + i);
        insert_integer(&insert, ingest->program_id);
        reference(&insert, ingest->tasks, wait->task);
        reference(&insert, ingest->objects, wait->object);
        insert_text_always(&insert, wait_operation_name(wait->operation));
        number_or_null(&insert, wait->group);
        moment(&insert, ingest, wait->since_ns);
        insert_integer(&insert, wait->since_at_least);
        limit(&insert, ingest, wait->until_ns);
        insert_integer(&insert, wait->until_ns != SNAPSHOT_TIME_UNKNOWN);
        reference(&insert, ingest->contexts, wait->bounded_by);
        reference(&insert, ingest->stacks, wait->stack);
        insert_row(&insert);
    }
    return insert_finish(&insert, ingest->error);
}

static bool ingest_events(struct ingest *ingest)
{
    struct insert insert;
    insert_prepare(&insert, ingest->store, "events");
    for (uint32_t i = 0; i < ingest->snapshot->event_count; i++) {
        const struct snapshot_event *event = &ingest->snapshot->events[i];
        insert_integer(&insert, ingest->events + i);
        insert_integer(&insert, ingest->program_id);
        moment(&insert, ingest, event->time_ns);
        insert_text_always(&insert, event_kind_name(event->kind));
        number_or_null(&insert, event->task_id);
        insert_integer(&insert, (int64_t)event->subject_id);
        number_or_null(&insert, event->parent_id);
        insert_text(&insert,
                    event->kind == EVENT_CONTEXT_ENDED ? context_end_name(event->ended_by) : NULL);
        insert_integer(&insert, event->code);
        text(&insert, ingest, event->text);
        reference(&insert, ingest->stacks, event->stack);
        insert_row(&insert);
    }
    return insert_finish(&insert, ingest->error);
}

static bool ingest_losses(struct ingest *ingest)
{
    struct insert insert;
    insert_prepare(&insert, ingest->store, "losses");
    for (uint32_t i = 0; i < ingest->snapshot->loss_count; i++) {
        const struct snapshot_loss *loss = &ingest->snapshot->losses[i];
        insert_integer(&insert, ingest->losses + i);
        insert_integer(&insert, ingest->run_id);
        insert_integer(&insert, ingest->program_id);
        insert_text_always(&insert, snapshot_text(ingest->snapshot, loss->what));
        insert_text_always(&insert, snapshot_text(ingest->snapshot, loss->why));
        insert_integer(&insert, (int64_t)loss->count);
        insert_integer(&insert, loss->expected);
        insert_row(&insert);
    }
    return insert_finish(&insert, ingest->error);
}

bool ingest_tables(struct ingest *ingest)
{
    return ingest_program_row(ingest) && ingest_interventions(ingest) && ingest_stacks(ingest) &&
           ingest_sites(ingest) && ingest_contexts(ingest) && ingest_tasks(ingest) &&
           ingest_ancestors(ingest) && ingest_objects(ingest) &&
           (ingest->wanted || (ingest_waits(ingest) && ingest_events(ingest))) &&
           ingest_losses(ingest);
}
