#include "golang/export/export.h"

#include "base/clock.h"
#include "golang/export/export_contexts.h"
#include "golang/export/export_goroutines.h"
#include "golang/model/language.h"

#include <stdlib.h>

/* A living program has our clocks. */
static void export_our_time(struct exporting *export, struct snapshot_program *program)
{
    export->realtime_offset_ns = realtime_ns() - now_ns();
    program->started_ns = export->program->image->started_ns;
    program->taken_ns = export->model->taken_ns;
}

/*
 * Neither our clocks nor the file's date say anything about the times in a core: it may be read on
 * another machine or after a reboot, and may have been copied. When it was written is not known,
 * only that the program was alive at the latest moment that it noted.
 */
static void export_its_own_time(struct exporting *export, struct snapshot_program *program)
{
    export->realtime_offset_ns = export->model->clock.realtime_offset_ns;
    program->started_ns = export->model->clock.started_ns;
    program->taken_ns = export->model->clock.latest_ns;
    program->taken_at_least = true;
}

/* One or two may be on their way into their parent's map, or out of it. */
static bool too_many_missing(const struct model *model)
{
    return model->missing_children > 8 + model->contexts.count / 100;
}

static struct snapshot_intervention intervention_of(const struct intervention *done)
{
    const struct restarts *restarts = &done->restarts;
    return (struct snapshot_intervention){
        .count = done->count,
        .total_ns = done->total_ns,
        .longest_ns = done->longest_ns,
        .restarts = {restarts->count, restarts->unbounded, restarts->latest_ns}};
}

static void export_program(struct exporting *export)
{
    const struct image *image = export->program->image;
    struct snapshot_program *program = builder_program(export->builder);
    program->pid = image->pid;
    program->state = image->live ? PROGRAM_ALIVE : PROGRAM_CORE;
    program->executable = builder_string(export->builder, image->path);
    program->command = builder_string(export->builder, image->command);
    builder_language(export->builder, &go_language);
    program->version = builder_string(export->builder, export->program->version);
    program->source = builder_string(export->builder, image->live ? "go process" : "go core");
    program->pause_ns = export->model->pause_ns;
    program->interventions[INTERVENTION_STOP] = intervention_of(&image->stops);
    program->interventions[INTERVENTION_STOP_THREADS] = intervention_of(&image->thread_stops);
    program->interventions[INTERVENTION_CLONE] = intervention_of(&image->clones);
    program->searched_ns = export->model->searched_ns;
    if (image->live)
        export_our_time(export, program);
    else
        export_its_own_time(export, program);
    program->realtime_offset_ns = export->realtime_offset_ns;
    program->contexts_missing = export->model->missing_children;
    program->contexts_unheld = export->model->contexts_unheld;
    program->complete = !export->model->goroutines.unreadable && !image->truncated &&
                        !too_many_missing(export->model);
}

/* Once, because thousands of things may share one. */
static bool export_calls(struct exporting *export)
{
    const struct call_stacks *stacks = &export->model->calls;
    export->calls = calloc(stacks->count + 1, sizeof *export->calls);
    for (size_t i = 0; export->calls && i < stacks->count; i++)
        export->calls[i] =
            stack_names_add_calls(export->names, stacks->frames + stacks->items[i].first_frame,
                                  stacks->items[i].frame_count, stacks->items[i].complete);
    return export->calls != NULL;
}

struct snapshot *export_proof(const struct go_program *program, const struct context_types *types,
                              const struct proof *proof, bool want_system)
{
    struct exporting export = {.program = program,
                               .types = types,
                               .model = &proof->model,
                               .facts = &proof->facts,
                               .holders = &proof->holders,
                               .want_system = want_system};
    struct snapshot *snapshot = NULL;
    export.builder = builder_new();
    export.names = export.builder ? stack_names_new(program, export.builder) : NULL;
    if (export.names && export_calls(&export)) {
        export_program(&export);
        export_contexts(&export);
        export_goroutines(&export);
        if (program->damaged_debug)
            builder_add_loss(export.builder, "places in the debug information",
                             "it is damaged; what is known of the release was used instead",
                             program->layout.in_table - program->layout.answered);
        if (proof->why_not.sentence[0])
            builder_add_loss(export.builder, "proofs", proof->why_not.sentence, 1);
        if (proof->not_cloned.sentence[0])
            builder_add_loss(export.builder, "clones", proof->not_cloned.sentence, 1);
        snapshot = builder_finish(export.builder);
        export.builder = NULL;
    }
    builder_free(export.builder);
    stack_names_free(export.names);
    free(export.calls);
    return snapshot;
}
