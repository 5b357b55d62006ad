#include "golang/model/ancestors.h"

#include "base/array.h"
#include "golang/binary/address_map.h"
#include "golang/binary/field.h"
#include "golang/model/model.h"
#include "image/reread.h"

#include <stdlib.h>

#define MAX_ANCESTORS 1024 /* of one goroutine */
#define MAX_DEPTH     100  /* the runtime's own limit */
#define BATCH         256

struct reading {
    const struct go_program *program;
    struct model *model;
    struct address_map stacks; /* numbers of call stacks, by where their addresses are */
    bool failed;
};

static uint32_t read_stack(struct reading *reading, struct slice addresses)
{
    uint32_t number =
        addresses.data ? address_map_get(&reading->stacks, addresses.data) : CALL_STACK_NONE;
    if (number != ADDRESS_MAP_NONE)
        return number;
    size_t count = addresses.length < MAX_DEPTH ? (size_t)addresses.length : MAX_DEPTH;
    const uint64_t *there = !count || addresses.data % 8
                                ? NULL
                                : memory_at(reading->program->memory, addresses.data, count * 8);
    number = there ? call_stacks_add(&reading->model->calls, reading->program, there, count)
                   : CALL_STACK_NONE;
    reading->failed |= !address_map_put(&reading->stacks, addresses.data, number);
    return number;
}

static void add_ancestor(struct reading *reading, uint64_t at, struct goroutine *goroutine)
{
    struct ancestors *ancestors = &reading->model->ancestors;
    const struct go_program *program = reading->program;
    uint64_t id = field_word(program, at, ANCESTOR_GOID);
    if (!id || !ARRAY_ROOM(ancestors->items, ancestors->capacity, ancestors->count + 1)) {
        reading->failed |= id != 0;
        return;
    }
    uint64_t addresses = at + (uint64_t)field_offset(program, ANCESTOR_PCS);
    ancestors->items[ancestors->count++] =
        (struct go_ancestor){.id = id, .stack = read_stack(reading, go_slice(program, addresses))};
    goroutine->ancestor_count++;
}

static void read_chain(struct reading *reading, struct goroutine *goroutine)
{
    struct slice chain = go_slice(reading->program, goroutine->ancestors);
    uint64_t size = (uint64_t)field_offset(reading->program, ANCESTOR_SIZE);
    goroutine->first_ancestor = reading->model->ancestors.count;
    if (chain.length > MAX_ANCESTORS || chain.data % 8 ||
        !memory_at(reading->program->memory, chain.data, chain.length * size))
        return;
    for (uint64_t i = 0; i < chain.length && !reading->failed; i++)
        add_ancestor(reading, chain.data + i * size, goroutine);
}

/* ---- whether they are still the same goroutines ---- */

static void check_batch(const struct go_program *program, struct goroutine *const *items,
                        size_t count)
{
    uint64_t addresses[BATCH], ids[BATCH] = {0};
    void *local[BATCH];
    bool good[BATCH] = {false};
    for (size_t i = 0; i < count; i++) {
        addresses[i] = items[i]->address + (uint64_t)field_offset(program, G_GOID);
        local[i] = &ids[i];
    }
    memory_reread(program->memory, addresses, sizeof ids[0], local, good, count);
    for (size_t i = 0; i < count; i++)
        if (!good[i] || ids[i] != items[i]->id)
            items[i]->ancestor_count = 0;
}

static bool is_known(const struct go_program *program)
{
    return field_offset(program, ANCESTOR_SIZE) > 0 && field_offset(program, ANCESTOR_PCS) >= 0 &&
           field_offset(program, G_GOID) >= 0;
}

bool ancestors_read(const struct go_program *program, bool system, struct model *model)
{
    struct reading reading = {.program = program, .model = model};
    struct goroutine **found = malloc((model->goroutines.count + 1) * sizeof(void *));
    size_t count = 0;
    if (found && !model->captured && program->image->live)
        memory_begin_reading(program->memory);
    for (size_t i = 0; found && is_known(program) && i < model->goroutines.count; i++) {
        struct goroutine *goroutine = &model->goroutines.items[i];
        if (!goroutine->ancestors || (goroutine->system && !system))
            continue;
        read_chain(&reading, goroutine);
        found[count++] = goroutine;
    }
    for (size_t done = 0; done < count; done += BATCH)
        check_batch(program, found + done, count - done < BATCH ? count - done : BATCH);
    bool good = found && !reading.failed && !model->calls.failed;
    address_map_free(&reading.stacks);
    free(found);
    return good;
}

void ancestors_free(struct ancestors *ancestors)
{
    free(ancestors->items);
    *ancestors = (struct ancestors){0};
}
