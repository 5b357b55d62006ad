#include "findings/growth_groups.h"

#include "base/hash.h"
#include "findings/context_tree.h"
#include "findings/evidence.h"

#include <stdlib.h>

static uint64_t site_fingerprint(const struct snapshot *snapshot, uint32_t stack)
{
    uint32_t site = stack == SNAPSHOT_NONE ? SNAPSHOT_NONE : snapshot->stacks[stack].site;
    return site == SNAPSHOT_NONE ? 0 : snapshot->sites[site].fingerprint;
}

static bool is_counted_task(const struct snapshot_task *task)
{
    return !task->system && task->state != TASK_EXITED;
}

/* ---- contexts ---- */

static bool is_held_by_parent(const struct snapshot *snapshot, uint32_t linking_parent)
{
    if (linking_parent == SNAPSHOT_NONE)
        return false;
    const struct snapshot_context *parent = &snapshot->contexts[linking_parent];
    return !context_is_root_kind(parent) && parent->kind != CONTEXT_WITHOUT_CANCEL;
}

static bool is_counted_context(const struct snapshot *snapshot,
                               const struct snapshot_context *context, uint32_t linking_parent)
{
    if (context->state != CONTEXT_OPEN)
        return false;
    if (!snapshot->program.collected || context->cancellable.value != FACT_UNKNOWN)
        return true;
    return context->kind == CONTEXT_DEADLINE ||
           ((context->kind == CONTEXT_CANCEL || context->kind == CONTEXT_AFTER_FUNC) &&
            is_held_by_parent(snapshot, linking_parent));
}

/* Parents come before their children: each takes what its parent has, and adds itself. */
static void name_paths(const struct snapshot *snapshot, uint64_t *paths)
{
    for (uint32_t i = snapshot->first_root; i != SNAPSHOT_NONE; i = tree_next(snapshot, i)) {
        uint32_t parent = snapshot->contexts[i].parent;
        uint64_t above = parent == SNAPSHOT_NONE ? 0 : paths[parent];
        uint64_t path = hash_scatter(above ^ likeness_of_context(snapshot, i));
        path ^= path >> 29;
        paths[i] = path ? path : 1;
    }
}

static bool group_contexts(const struct snapshot *snapshot, uint64_t *groups)
{
    if (snapshot->context_count == 0)
        return true;
    uint32_t *linking = tree_linking_parents(snapshot);
    if (!linking)
        return false;
    name_paths(snapshot, groups);
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        uint64_t site = site_fingerprint(snapshot, context_identifying_stack(context));
        if (!is_counted_context(snapshot, context, linking[i]))
            groups[i] = 0;
        else if (site)
            groups[i] = site;
    }
    free(linking);
    return true;
}

bool growth_groups_make(const struct snapshot *snapshot, struct growth_groups *groups)
{
    *groups = (struct growth_groups){
        .contexts = calloc(snapshot->context_count + (size_t)1, sizeof *groups->contexts),
        .tasks = calloc(snapshot->task_count + (size_t)1, sizeof *groups->tasks)};
    if (!groups->contexts || !groups->tasks || !group_contexts(snapshot, groups->contexts))
        return false;
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        if (is_counted_task(&snapshot->tasks[i]))
            groups->tasks[i] = site_fingerprint(snapshot, snapshot->tasks[i].creation_stack);
    return true;
}

void growth_groups_free(struct growth_groups *groups)
{
    free(groups->contexts);
    free(groups->tasks);
    *groups = (struct growth_groups){0};
}
