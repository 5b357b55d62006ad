#include "golang/model/call_stacks.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

static const struct pc_info *frame_at(struct call_stacks *stacks, const struct go_program *program,
                                      uint64_t address)
{
    const struct pc_info *info = pc_info(program, address - 1);
    if (!info || !info->known)
        return NULL;
    stacks->failed |= !info->lines && !pc_info_lines(program, info);
    return info->line_count ? info : NULL;
}

/* How many functions of the runtime lead to an allocation or a goroutine depends on the release. */
static bool is_runtime(const struct pc_info *info)
{
    return strncmp(info->lines[0].function, "runtime.", 8) == 0;
}

uint32_t call_stacks_add(struct call_stacks *stacks, const struct go_program *program,
                         const uint64_t *addresses, size_t count)
{
    struct call_stack stack = {.first_frame = stacks->frame_count};
    if (stacks->count >= UINT32_MAX - 1 ||
        !ARRAY_ROOM(stacks->items, stacks->capacity, stacks->count + 1) ||
        !ARRAY_ROOM(stacks->frames, stacks->frame_capacity, stacks->frame_count + count)) {
        stacks->failed = true;
        return CALL_STACK_NONE;
    }
    for (size_t i = 0; i < count && !stack.complete; i++) {
        const struct pc_info *info = frame_at(stacks, program, addresses[i]);
        if (!info || (!stack.frame_count && is_runtime(info)))
            continue;
        stack.complete = i + 1 == count && info->function.flags & FUNCTION_TOP_FRAME;
        if (!stack.complete)
            stacks->frames[stacks->frame_count++] = info;
        stack.frame_count = (uint32_t)(stacks->frame_count - stack.first_frame);
    }
    if (!stack.frame_count)
        return CALL_STACK_NONE;
    stacks->items[stacks->count++] = stack;
    return (uint32_t)stacks->count;
}

void call_stacks_free(struct call_stacks *stacks)
{
    free(stacks->items);
    free(stacks->frames);
    *stacks = (struct call_stacks){0};
}
