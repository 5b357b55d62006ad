#include "golang/model/goroutine_stacks.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

bool goroutine_stacks_begin(struct goroutine_stacks *stacks)
{
    *stacks = (struct goroutine_stacks){.stack = malloc(sizeof(struct go_stack)),
                                        .room = malloc(sizeof(struct go_waits))};
    return stacks->stack && stacks->room;
}

void goroutine_stacks_free(struct goroutine_stacks *stacks)
{
    free(stacks->frames);
    free(stacks->waits);
    free(stacks->sudogs);
    free(stacks->stack);
    free(stacks->room);
    *stacks = (struct goroutine_stacks){0};
}

static bool reserve(struct goroutine_stacks *stacks)
{
    size_t frames = stacks->frame_count + stacks->stack->count;
    size_t waits = stacks->wait_count + stacks->room->count;
    size_t sudogs = stacks->sudog_count + stacks->room->sudog_count;
    return frames <= UINT32_MAX && waits <= UINT32_MAX && sudogs <= UINT32_MAX &&
           ARRAY_ROOM(stacks->frames, stacks->frame_capacity, frames) &&
           ARRAY_ROOM(stacks->waits, stacks->wait_capacity, waits) &&
           ARRAY_ROOM(stacks->sudogs, stacks->sudog_capacity, sudogs);
}

static void keep(struct goroutine_stacks *stacks, struct goroutine *goroutine)
{
    const struct go_stack *stack = stacks->stack;
    const struct go_waits *waits = stacks->room;
    goroutine->stack = (struct stack_summary){.first_frame = (uint32_t)stacks->frame_count,
                                              .frame_count = (uint32_t)stack->count,
                                              .first_wait = (uint32_t)stacks->wait_count,
                                              .wait_count = (uint32_t)waits->count,
                                              .first_sudog = (uint32_t)stacks->sudog_count,
                                              .sudog_count = (uint32_t)waits->sudog_count,
                                              .complete = stack->complete,
                                              .truncated = waits->truncated,
                                              .confirmed = waits->confirmed,
                                              .forever = waits->forever};
    for (size_t i = 0; i < stack->count; i++)
        stacks->frames[stacks->frame_count++] = stack->frames[i].info;
    memcpy(stacks->waits + stacks->wait_count, waits->items, waits->count * sizeof *waits->items);
    memcpy(stacks->sudogs + stacks->sudog_count, waits->sudogs,
           waits->sudog_count * sizeof *waits->sudogs);
    stacks->wait_count += waits->count;
    stacks->sudog_count += waits->sudog_count;
}

void goroutine_stacks_add(struct goroutine_stacks *stacks, const struct go_program *program,
                          struct goroutine *goroutine)
{
    stacks->stack->count = 0;
    stacks->stack->complete = false;
    const struct unwind_start start = {goroutine->sp, goroutine->pc, !goroutine->by_registers,
                                       goroutine->low, goroutine->high};
    if (goroutine->sp)
        unwind(program, &start, stacks->stack);
    waits_of(program, goroutine, stacks->stack, stacks->room);
    if (!stacks->failed && reserve(stacks))
        keep(stacks, goroutine);
    else
        stacks->failed = true;
}
