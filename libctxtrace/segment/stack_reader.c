#include "segment/stack_reader.h"

#include "base/hash.h"
#include "base/invariant.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 1024 };

bool stack_reader_init(struct stack_reader *reader, const struct segment_file *file,
                       const struct module_table *modules, struct snapshot_builder *builder)
{
    *reader = (struct stack_reader){
        .file = file, .modules = modules, .builder = builder, .known_slots = FIRST_SLOTS};
    reader->known = calloc(FIRST_SLOTS, sizeof *reader->known);
    return reader->known != NULL;
}

void stack_reader_free(struct stack_reader *reader)
{
    free(reader->known);
    reader->known = NULL;
}

/* ---- one stack ---- */

static struct snapshot_frame make_frame(const struct stack_reader *reader, uint64_t address,
                                        uint64_t generation)
{
    /* A return address points behind its call; the call's last byte is certainly of the caller. */
    struct snapshot_frame frame = {.pc = address ? address - 1 : 0};
    const struct segment_module *module = module_table_find(reader->modules, frame.pc, generation);
    if (module) {
        invariant((size_t)(module - reader->modules->items) < reader->modules->count);
        frame.module = builder_string(reader->builder, module->path);
        frame.module_offset = frame.pc - module->bias;
        frame.module_number = (uint32_t)(module - reader->modules->items) + 1;
    }
    return frame;
}

static uint32_t read_stack(struct stack_reader *reader, uint32_t reference)
{
    invariant(reference != 0);
    const struct area_range *range = &reader->file->areas[AREA_STACKS];
    uint64_t words[STACK_FIRST_ADDRESS + SEGMENT_MAX_FRAMES];
    uint64_t index = reference - UINT64_C(1);
    if (index + STACK_FIRST_ADDRESS > range->used)
        return SNAPSHOT_NONE;
    uint64_t left = range->used - index, most = sizeof words / sizeof *words;
    uint64_t available = left < most ? left : most;
    segment_file_read(reader->file, range->offset + index * 8, words, available * 8);
    uint64_t mark = words[STACK_MARK], count = mark & SEGMENT_STACK_COUNT;
    if (!(mark & SEGMENT_STACK_COMMITTED) || count > available - STACK_FIRST_ADDRESS)
        return SNAPSHOT_NONE;
    invariant(count <= SEGMENT_MAX_FRAMES);
    struct snapshot_frame frames[SEGMENT_MAX_FRAMES];
    for (uint64_t i = 0; i < count; i++)
        frames[i] =
            make_frame(reader, words[STACK_FIRST_ADDRESS + i], words[STACK_MODULE_GENERATION]);
    return builder_stack(reader->builder, frames, count, mark & SEGMENT_STACK_TRUNCATED);
}

/* ---- those that are known already ---- */

static size_t place_of(const struct stack_reader *reader, uint32_t reference)
{
    invariant(reader->known_count < reader->known_slots); /* a search ends at a free slot */
    size_t mask = reader->known_slots - 1;
    size_t place = (hash_scatter(reference) >> 32) & mask;
    while (reader->known[place].reference != 0 && reader->known[place].reference != reference)
        place = (place + 1) & mask;
    return place;
}

static bool double_slots(struct stack_reader *reader)
{
    struct known_stack *old = reader->known;
    size_t old_slots = reader->known_slots;
    struct known_stack *known = calloc(old_slots * 2, sizeof *known);
    if (!known)
        return false;
    reader->known = known;
    reader->known_slots = old_slots * 2;
    for (size_t i = 0; i < old_slots; i++) {
        if (old[i].reference != 0)
            known[place_of(reader, old[i].reference)] = old[i];
    }
    free(old);
    return true;
}

uint32_t stack_reader_find(struct stack_reader *reader, uint32_t reference)
{
    if (reference == 0 || reader->failed)
        return SNAPSHOT_NONE;
    if (reader->known_count * 2 >= reader->known_slots && !double_slots(reader)) {
        reader->failed = true;
        return SNAPSHOT_NONE;
    }
    struct known_stack *known = &reader->known[place_of(reader, reference)];
    if (known->reference == 0) {
        *known =
            (struct known_stack){.reference = reference, .stack = read_stack(reader, reference)};
        reader->known_count++;
        reader->unreadable += known->stack == SNAPSHOT_NONE;
    }
    return known->stack;
}
