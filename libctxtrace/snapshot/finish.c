/* From a builder's heaps of things to a snapshot: linking in order, handing over, reporting. */
#include "base/invariant.h"
#include "snapshot/builder_state.h"
#include "snapshot/soundness.h"

#include <stdlib.h>

static void report_repairs(struct snapshot_builder *builder, const struct repairs *repairs)
{
    builder_add_loss(builder, "contexts", "their ids were 0 or appeared twice",
                     repairs->repeated_contexts);
    builder_add_loss(builder, "tasks", "their ids were 0 or appeared twice",
                     repairs->repeated_tasks);
    builder_add_loss(builder, "parents of contexts", "they formed a cycle", repairs->cut_parents);
    builder_add_loss(builder, "parents of tasks", "they formed a cycle", repairs->cut_task_parents);
    builder_add_loss(builder, "waits", "their task or object is not known", repairs->lost_waits);
    builder_add_loss(builder, "stacks", "references to them led nowhere", repairs->stray_stacks);
}

static const struct language *language_of(const struct snapshot_builder *builder)
{
    return builder->language ? builder->language : &native_language;
}

/* A source that knows the language by its name only has given that already. */
static void take_language(struct snapshot_builder *builder)
{
    const struct language *language = language_of(builder);
    if (builder->program.language == 0)
        builder->program.language = builder_string(builder, language->name);
    builder->program.collected = language->collected;
    builder->program.main_may_block = language->main_may_block;
}

/* A count that was copied at another moment than the contexts, or by an older recorder, may lag. */
static void raise_count(struct snapshot_program *program, size_t contexts)
{
    if (program->counts_contexts && program->contexts_created < contexts)
        program->contexts_created = contexts;
}

static bool make_sites(struct snapshot_builder *builder)
{
    const struct fingerprint_source source = {.texts = builder->strings.bytes,
                                              .executable = builder->program.executable,
                                              .language = language_of(builder)};
    return stacks_make_sites(&builder->stacks, &source);
}

static bool link_all(struct snapshot_builder *builder, struct tables *tables)
{
    struct repairs repairs = {0};
    take_language(builder);
    tables->snapshot.program = builder->program;
    bool linked =
        !builder->failed && link_contexts(builder, tables, &repairs) &&
        link_holders(builder, tables, &repairs) && link_tasks(builder, tables, &repairs) &&
        link_ancestors(builder, tables, &repairs) && link_waits(builder, tables, &repairs) &&
        link_events(builder, tables) && make_sites(builder);
    if (!linked)
        return false;
    tables->snapshot.program = builder->program;
    if (builder->derive_task_facts &&
        !derive_task_facts(tables, (enum precondition)builder->derive_missing))
        return false;
    report_repairs(builder, &repairs);
    return !builder->failed;
}

/* What the builder still owned becomes the snapshot's. */
static void hand_over(struct snapshot_builder *builder, struct tables *tables)
{
    tables->stacks = builder->stacks.stacks;
    tables->frames = builder->stacks.frames;
    tables->sites = builder->stacks.sites;
    tables->losses = builder->losses;
    tables->texts = builder->strings.bytes;
    builder->stacks.stacks = NULL;
    builder->stacks.frames = NULL;
    builder->stacks.sites = NULL;
    builder->losses = NULL;
    builder->strings.bytes = NULL;
}

static void publish(const struct snapshot_builder *builder, struct tables *tables)
{
    invariant(builder->stacks.site_count <= builder->stacks.stack_count);
    struct snapshot *snapshot = &tables->snapshot;
    if (snapshot->program.state >= PROGRAM_STATE_COUNT)
        snapshot->program.state = PROGRAM_DEAD;
    raise_count(&snapshot->program, snapshot->context_count);
    snapshot->contexts = tables->contexts;
    snapshot->tasks = tables->tasks;
    snapshot->waits = tables->waits;
    snapshot->objects = tables->objects;
    snapshot->stacks = tables->stacks;
    snapshot->frames = tables->frames;
    snapshot->sites = tables->sites;
    snapshot->events = tables->events;
    snapshot->losses = tables->losses;
    snapshot->holders = tables->holders;
    snapshot->ancestors = tables->ancestors;
    snapshot->can_end = tables->can_end;
    snapshot->texts = tables->texts;
    snapshot->stack_count = (uint32_t)builder->stacks.stack_count;
    snapshot->frame_count = (uint32_t)builder->stacks.frame_count;
    snapshot->site_count = (uint32_t)builder->stacks.site_count;
    snapshot->loss_count = (uint32_t)builder->loss_count;
    snapshot->texts_size = builder->strings.size;
}

struct snapshot *builder_finish(struct snapshot_builder *builder)
{
    struct tables *tables = calloc(1, sizeof *tables);
    if (tables && link_all(builder, tables)) {
        hand_over(builder, tables);
        publish(builder, tables);
        if (INVARIANTS)
            snapshot_assert_sound(&tables->snapshot);
    } else if (tables) {
        snapshot_free(&tables->snapshot);
        tables = NULL;
    }
    builder_free(builder);
    return tables ? &tables->snapshot : NULL;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    struct tables *tables = (struct tables *)snapshot; /* its first member */
    free(tables->contexts);
    free(tables->tasks);
    free(tables->waits);
    free(tables->objects);
    free(tables->stacks);
    free(tables->frames);
    free(tables->sites);
    free(tables->events);
    free(tables->losses);
    free(tables->holders);
    free(tables->ancestors);
    free(tables->can_end);
    free(tables->texts);
    free(tables);
}
