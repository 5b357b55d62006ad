#include "golang/model/goroutine_stacks.h"

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

/* Room for `more` items in the list; the list itself, or NULL when memory ran out. */
static void *make_room(void *list, size_t count, size_t more, size_t *capacity, size_t size)
{
    if (list && count + more <= *capacity)
        return list;
    size_t wanted = *capacity ? *capacity * 2 : 4096;
    while (wanted < count + more)
        wanted *= 2;
    if (wanted > UINT32_MAX)
        return NULL;
    void *grown = realloc(list, wanted * size);
    if (grown)
        *capacity = wanted;
    return grown;
}

static bool reserve(struct goroutine_stacks *stacks)
{
    void *frames = make_room(stacks->frames, stacks->frame_count, stacks->stack->count,
                             &stacks->frame_capacity, sizeof *stacks->frames);
    if (frames)
        stacks->frames = frames;
    void *waits = make_room(stacks->waits, stacks->wait_count, stacks->room->count,
                            &stacks->wait_capacity, sizeof *stacks->waits);
    if (waits)
        stacks->waits = waits;
    void *sudogs = make_room(stacks->sudogs, stacks->sudog_count, stacks->room->sudog_count,
                             &stacks->sudog_capacity, sizeof *stacks->sudogs);
    if (sudogs)
        stacks->sudogs = sudogs;
    return frames && waits && sudogs;
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
    if (goroutine->sp)
        unwind(program, goroutine->sp, goroutine->pc, !goroutine->by_registers, goroutine->low,
               goroutine->high, stacks->stack);
    waits_of(program, goroutine, stacks->stack, stacks->room);
    if (!stacks->failed && reserve(stacks))
        keep(stacks, goroutine);
    else
        stacks->failed = true;
}
