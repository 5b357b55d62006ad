#include "snapshot/stacks.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/invariant.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 256 };

bool stacks_init(struct stack_table *table)
{
    *table = (struct stack_table){.seed = hash_seed(), .slot_count = FIRST_SLOTS};
    table->slots = calloc(FIRST_SLOTS, sizeof *table->slots);
    return table->slots != NULL;
}

void stacks_free(struct stack_table *table)
{
    free(table->frames);
    free(table->stacks);
    free(table->sites);
    free(table->slots);
    *table = (struct stack_table){0};
}

static uint64_t hash_frames(uint64_t seed, const struct snapshot_frame *frames, size_t count)
{
    uint64_t hash = hash_mix(seed, count);
    for (size_t i = 0; i < count; i++) {
        const struct snapshot_frame *frame = &frames[i];
        hash = hash_mix(seed, hash ^ frame->pc);
        hash = hash_mix(seed, hash ^ frame->module_offset ^ (uint64_t)frame->inlined << 63);
        hash = hash_mix(seed, hash ^ ((uint64_t)frame->function << 32 | frame->file));
        hash = hash_mix(seed, hash ^ ((uint64_t)frame->module << 32 | frame->line));
        hash = hash_mix(seed, hash ^ ((uint64_t)frame->linkage << 32 | frame->build_id));
        hash = hash_mix(seed, hash ^ frame->module_number);
    }
    return hash;
}

static bool frames_equal(const struct snapshot_frame *a, const struct snapshot_frame *b,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (a[i].pc != b[i].pc || a[i].module_offset != b[i].module_offset ||
            a[i].function != b[i].function || a[i].file != b[i].file ||
            a[i].module != b[i].module || a[i].module_number != b[i].module_number ||
            a[i].line != b[i].line || a[i].inlined != b[i].inlined ||
            a[i].entry_offset != b[i].entry_offset || a[i].linkage != b[i].linkage ||
            a[i].build_id != b[i].build_id)
            return false;
    }
    return true;
}

static uint64_t hash_stack(const struct stack_table *table, const struct snapshot_stack *stack)
{
    return hash_frames(table->seed, table->frames + stack->first_frame, stack->frame_count);
}

static bool double_slots(struct stack_table *table)
{
    size_t count = table->slot_count * 2;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < table->stack_count; i++) {
        size_t place = hash_stack(table, &table->stacks[i]) & (count - 1);
        while (slots[place] != 0)
            place = (place + 1) & (count - 1);
        slots[place] = (uint32_t)i + 1;
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    return true;
}

static bool append(struct stack_table *table, const struct snapshot_frame *frames, size_t count,
                   bool truncated)
{
    if (table->frame_count + count >= UINT32_MAX || table->stack_count + 1 >= UINT32_MAX)
        return false;
    if (!ARRAY_ROOM(table->frames, table->frame_capacity, table->frame_count + count) ||
        !ARRAY_ROOM(table->stacks, table->stack_capacity, table->stack_count + 1))
        return false;
    table->stacks[table->stack_count++] = (struct snapshot_stack){
        .first_frame = (uint32_t)table->frame_count,
        .frame_count = (uint32_t)count,
        .site = SNAPSHOT_NONE,
        .truncated = truncated,
    };
    for (size_t i = 0; i < count; i++)
        table->frames[table->frame_count++] = frames[i];
    return true;
}

bool stacks_intern(struct stack_table *table, const struct snapshot_frame *frames, size_t count,
                   bool truncated, uint32_t *stack)
{
    if (table->stack_count * 2 >= table->slot_count && !double_slots(table))
        return false;
    size_t place = hash_frames(table->seed, frames, count) & (table->slot_count - 1);
    invariant(table->stack_count < table->slot_count); /* a search ends at a free slot */
    for (; table->slots[place] != 0; place = (place + 1) & (table->slot_count - 1)) {
        const struct snapshot_stack *known = &table->stacks[table->slots[place] - 1];
        if (known->frame_count == count && known->truncated == truncated &&
            frames_equal(table->frames + known->first_frame, frames, count)) {
            *stack = table->slots[place] - 1;
            return true;
        }
    }
    if (!append(table, frames, count, truncated))
        return false;
    invariant(table->stacks[table->stack_count - 1].first_frame + count == table->frame_count);
    *stack = (uint32_t)table->stack_count - 1;
    table->slots[place] = *stack + 1;
    return true;
}
