/* Replacing raw frames by named ones: each different frame is asked about once. */
#include "base/array.h"
#include "base/hash.h"
#include "base/invariant.h"
#include "snapshot/builder_state.h"

#include <stdlib.h>
#include <string.h>

/* More calls than this inlined into one another are not shown. */
enum { EXPANSION_ROOM = 64 };

struct expansion {
    uint32_t old;   /* index of the first frame like it, + 1; 0: free */
    uint32_t first; /* in the new frames */
    uint32_t count;
};

struct expander {
    struct stack_table *table;
    struct snapshot_builder *builder;
    builder_expand_function *expand;
    void *state;
    struct expansion *slots; /* open addressing, a power of two */
    size_t slot_count;
    struct snapshot_frame *pieces; /* of all expansions, one after the other */
    size_t piece_count, piece_capacity;
    struct snapshot_frame *frames; /* the new frames of the stacks */
    size_t frame_count, frame_capacity;
};

static bool same_raw_frame(const struct snapshot_frame *a, const struct snapshot_frame *b)
{
    return a->pc == b->pc && a->module == b->module && a->module_offset == b->module_offset &&
           a->module_number == b->module_number;
}

static bool make_expansion(struct expander *expander, const struct snapshot_frame *frame,
                           struct expansion *expansion)
{
    if (!ARRAY_ROOM(expander->pieces, expander->piece_capacity,
                    expander->piece_count + EXPANSION_ROOM))
        return false;
    struct snapshot_frame *out = expander->pieces + expander->piece_count;
    /* A copy: interning the new strings may move the pool that the module's path is in. */
    char *module = strdup(expander->builder->strings.bytes + frame->module);
    if (!module)
        return false;
    size_t count =
        expander->expand(expander->state, expander->builder, frame, module, out, EXPANSION_ROOM);
    free(module);
    if (count == 0 || count > EXPANSION_ROOM) {
        out[0] = *frame;
        count = 1;
    }
    invariant(expander->piece_count + count <= expander->piece_capacity);
    expansion->first = (uint32_t)expander->piece_count;
    expansion->count = (uint32_t)count;
    expander->piece_count += count;
    return true;
}

static const struct expansion *expansion_of(struct expander *expander, uint32_t index)
{
    invariant(index < expander->table->frame_count);
    const struct snapshot_frame *frames = expander->table->frames;
    const struct snapshot_frame *frame = &frames[index];
    uint64_t hash = hash_mix(expander->table->seed, frame->pc);
    hash = hash_mix(expander->table->seed, hash ^ frame->module_offset ^ frame->module);
    size_t place = hash & (expander->slot_count - 1);
    while (expander->slots[place].old != 0 &&
           !same_raw_frame(&frames[expander->slots[place].old - 1], frame))
        place = (place + 1) & (expander->slot_count - 1);
    struct expansion *expansion = &expander->slots[place];
    if (expansion->old == 0) {
        if (!make_expansion(expander, frame, expansion))
            return NULL;
        expansion->old = index + 1;
    }
    return expansion;
}

static bool append(struct expander *expander, const struct snapshot_frame *frames, size_t count)
{
    if (expander->frame_count + count >= UINT32_MAX)
        return false;
    if (!ARRAY_ROOM(expander->frames, expander->frame_capacity, expander->frame_count + count))
        return false;
    memcpy(expander->frames + expander->frame_count, frames, count * sizeof *frames);
    expander->frame_count += count;
    return true;
}

static bool expand_stack(struct expander *expander, struct snapshot_stack *stack)
{
    uint32_t first = (uint32_t)expander->frame_count;
    uint32_t end = stack->first_frame + stack->frame_count;
    invariant(end <= expander->table->frame_count);
    for (uint32_t i = stack->first_frame; i < end; i++) {
        const struct snapshot_frame *frame = &expander->table->frames[i];
        const struct snapshot_frame *pieces = frame;
        size_t count = 1;
        if (frame->function == 0) {
            const struct expansion *expansion = expansion_of(expander, i);
            if (!expansion)
                return false;
            pieces = expander->pieces + expansion->first;
            count = expansion->count;
        }
        if (!append(expander, pieces, count))
            return false;
    }
    stack->first_frame = first;
    stack->frame_count = (uint32_t)expander->frame_count - first;
    return true;
}

/* The table of interned stacks is not looked into any more once the frames have changed. */
bool stacks_expand(struct stack_table *table, struct snapshot_builder *builder,
                   builder_expand_function *expand, void *state)
{
    struct expander expander = {
        .table = table, .builder = builder, .expand = expand, .state = state, .slot_count = 64};
    while (expander.slot_count < table->frame_count * 2)
        expander.slot_count *= 2;
    expander.slots = calloc(expander.slot_count, sizeof *expander.slots);
    bool done = expander.slots != NULL;
    for (size_t i = 0; done && i < table->stack_count; i++)
        done = expand_stack(&expander, &table->stacks[i]);
    free(expander.slots);
    free(expander.pieces);
    if (!done) {
        free(expander.frames);
        return false;
    }
    free(table->frames);
    table->frames = expander.frames;
    table->frame_count = expander.frame_count;
    table->frame_capacity = expander.frame_capacity;
    return true;
}
