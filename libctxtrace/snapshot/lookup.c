#include "base/keys.h"
#include "base/sorted.h"
#include "snapshot/snapshot.h"

const char *snapshot_text(const struct snapshot *snapshot, snapshot_string string)
{
    return string < snapshot->texts_size ? snapshot->texts + string : "";
}

uint32_t snapshot_find_context(const struct snapshot *snapshot, uint64_t id)
{
    struct key_column ids = {.first = snapshot->contexts ? &snapshot->contexts->id : NULL,
                             .stride = sizeof *snapshot->contexts,
                             .count = snapshot->context_count};
    return keys_find(&ids, id);
}

uint32_t snapshot_find_task(const struct snapshot *snapshot, uint64_t id)
{
    struct key_column ids = {.first = snapshot->tasks ? &snapshot->tasks->id : NULL,
                             .stride = sizeof *snapshot->tasks,
                             .count = snapshot->task_count};
    return keys_find(&ids, id);
}

const struct snapshot_frame *snapshot_top_frame(const struct snapshot *snapshot, uint32_t stack)
{
    if (stack >= snapshot->stack_count)
        return NULL;
    uint32_t top = snapshot->stacks[stack].top_frame;
    return top == SNAPSHOT_NONE ? NULL : &snapshot->frames[top];
}

const struct snapshot_ancestor *snapshot_ancestors_of(const struct snapshot *snapshot,
                                                      uint32_t task, uint32_t *count)
{
    const struct snapshot_ancestor *all = snapshot->ancestors;
    size_t first = SORTED_FIRST(i, 0, snapshot->ancestor_count, all[i].task >= task);
    size_t behind = SORTED_FIRST(i, first, snapshot->ancestor_count, all[i].task > task);
    *count = (uint32_t)(behind - first);
    return *count ? &all[first] : NULL;
}

const struct snapshot_holder *snapshot_holder_of(const struct snapshot *snapshot, uint32_t context)
{
    size_t i = SORTED_FIRST(j, 0, snapshot->holder_count, snapshot->holders[j].context >= context);
    bool found = i < snapshot->holder_count && snapshot->holders[i].context == context;
    return found ? &snapshot->holders[i] : NULL;
}

struct fact snapshot_can_end(const struct snapshot *snapshot, uint32_t context)
{
    if (context >= snapshot->context_count || !snapshot->can_end)
        return (struct fact){.value = FACT_UNKNOWN, .missing = PRECONDITION_NOT_OBSERVABLE};
    return snapshot->can_end[context];
}
