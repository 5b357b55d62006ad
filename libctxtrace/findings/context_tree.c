#include "findings/context_tree.h"

#include <stdlib.h>
#include <string.h>

uint32_t tree_next(const struct snapshot *snapshot, uint32_t context)
{
    const struct snapshot_context *contexts = snapshot->contexts;
    if (contexts[context].first_child != SNAPSHOT_NONE)
        return contexts[context].first_child;
    while (context != SNAPSHOT_NONE && contexts[context].next_sibling == SNAPSHOT_NONE)
        context = contexts[context].parent;
    return context == SNAPSHOT_NONE ? SNAPSHOT_NONE : contexts[context].next_sibling;
}

bool context_is_root_kind(const struct snapshot_context *context)
{
    return context->kind == CONTEXT_BACKGROUND || context->kind == CONTEXT_TODO;
}

static uint32_t *array_of_none(uint32_t count)
{
    uint32_t *array = malloc(count * sizeof *array);
    if (array)
        memset(array, 0xff, count * sizeof *array);
    return array;
}

uint32_t *tree_linking_parents(const struct snapshot *snapshot)
{
    uint32_t *linking = array_of_none(snapshot->context_count);
    if (!linking)
        return NULL;
    uint32_t context = snapshot->first_root;
    for (; context != SNAPSHOT_NONE; context = tree_next(snapshot, context)) {
        uint32_t parent = snapshot->contexts[context].parent;
        if (parent != SNAPSHOT_NONE && snapshot->contexts[parent].kind == CONTEXT_VALUE)
            linking[context] = linking[parent];
        else
            linking[context] = parent;
    }
    return linking;
}

uint32_t *tree_deadline_setters(const struct snapshot *snapshot)
{
    uint32_t *setters = array_of_none(snapshot->context_count);
    if (!setters)
        return NULL;
    uint32_t context = snapshot->first_root;
    for (; context != SNAPSHOT_NONE; context = tree_next(snapshot, context)) {
        const struct snapshot_context *it = &snapshot->contexts[context];
        if (it->deadline_ns == SNAPSHOT_NEVER || it->deadline_ns == SNAPSHOT_TIME_UNKNOWN)
            continue;
        if (it->kind == CONTEXT_DEADLINE && it->requested_deadline_ns == it->deadline_ns)
            setters[context] = context;
        else if (it->parent != SNAPSHOT_NONE)
            setters[context] = setters[it->parent];
    }
    return setters;
}

/* Marks a context and all above it; stops at the first marked one, so all marks cost O(n). */
static void mark_upwards(const struct snapshot *snapshot, bool *marks, uint32_t context)
{
    while (context != SNAPSHOT_NONE && !marks[context]) {
        marks[context] = true;
        context = snapshot->contexts[context].parent;
    }
}

bool *tree_waited_for(const struct snapshot *snapshot)
{
    bool *marks = calloc(snapshot->context_count, sizeof *marks);
    if (!marks)
        return NULL;
    for (uint32_t i = 0; i < snapshot->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[i];
        mark_upwards(snapshot, marks, wait->bounded_by);
        if (snapshot->objects[wait->object].kind == OBJECT_CONTEXT)
            mark_upwards(snapshot, marks, snapshot->objects[wait->object].context);
    }
    return marks;
}

bool *tree_in_use(const struct snapshot *snapshot)
{
    bool *marks = tree_waited_for(snapshot);
    if (!marks)
        return NULL;
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        if (snapshot->tasks[i].state == TASK_EXITED)
            continue;
        mark_upwards(snapshot, marks, snapshot->tasks[i].current_context);
        mark_upwards(snapshot, marks, snapshot->tasks[i].likely_context);
        mark_upwards(snapshot, marks, snapshot->tasks[i].start_context);
    }
    return marks;
}
