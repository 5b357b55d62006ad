#include "golang/standings.h"

#include <stdlib.h>
#include <string.h>

bool standings_begin(struct standings *standings)
{
    *standings = (struct standings){.stack = malloc(sizeof(struct go_stack)),
                                    .room = malloc(sizeof(struct go_waits))};
    return standings->stack && standings->room;
}

void standings_free(struct standings *standings)
{
    free(standings->frames);
    free(standings->waits);
    free(standings->sudogs);
    free(standings->stack);
    free(standings->room);
    *standings = (struct standings){0};
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

static bool reserve(struct standings *standings)
{
    void *frames = make_room(standings->frames, standings->frame_count, standings->stack->count,
                             &standings->frame_capacity, sizeof *standings->frames);
    if (frames)
        standings->frames = frames;
    void *waits = make_room(standings->waits, standings->wait_count, standings->room->count,
                            &standings->wait_capacity, sizeof *standings->waits);
    if (waits)
        standings->waits = waits;
    void *sudogs =
        make_room(standings->sudogs, standings->sudog_count, standings->room->sudog_count,
                  &standings->sudog_capacity, sizeof *standings->sudogs);
    if (sudogs)
        standings->sudogs = sudogs;
    return frames && waits && sudogs;
}

static void keep(struct standings *standings, struct goroutine *goroutine)
{
    const struct go_stack *stack = standings->stack;
    const struct go_waits *waits = standings->room;
    goroutine->standing = (struct standing){.first_frame = (uint32_t)standings->frame_count,
                                            .frame_count = (uint32_t)stack->count,
                                            .first_wait = (uint32_t)standings->wait_count,
                                            .wait_count = (uint32_t)waits->count,
                                            .first_sudog = (uint32_t)standings->sudog_count,
                                            .sudog_count = (uint32_t)waits->sudog_count,
                                            .complete = stack->complete,
                                            .truncated = waits->truncated,
                                            .confirmed = waits->confirmed,
                                            .forever = waits->forever};
    for (size_t i = 0; i < stack->count; i++)
        standings->frames[standings->frame_count++] = stack->frames[i].info;
    memcpy(standings->waits + standings->wait_count, waits->items,
           waits->count * sizeof *waits->items);
    memcpy(standings->sudogs + standings->sudog_count, waits->sudogs,
           waits->sudog_count * sizeof *waits->sudogs);
    standings->wait_count += waits->count;
    standings->sudog_count += waits->sudog_count;
}

void standings_add(struct standings *standings, const struct go_program *program,
                   struct goroutine *goroutine)
{
    standings->stack->count = 0;
    standings->stack->complete = false;
    if (goroutine->sp)
        unwind(program, goroutine->sp, goroutine->pc, !goroutine->by_registers, goroutine->low,
               goroutine->high, standings->stack);
    waits_of(program, goroutine, standings->stack, standings->room);
    if (!standings->failed && reserve(standings))
        keep(standings, goroutine);
    else
        standings->failed = true;
}
