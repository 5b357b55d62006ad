#include "segment/module_reader.h"

#include "base/array.h"
#include "base/invariant.h"
#include "base/sorted.h"
#include "segment/slot_chunk.h"

#include <stdlib.h>
#include <string.h>

/* More than that many modules, or places that overlap, are no program's but an attacker's. */
enum { MOST_MODULES = 65536, MOST_OVERLAPPING = 256 };

static bool visit_module(void *state, uint64_t index, const uint64_t *words)
{
    struct module_table *table = state;
    (void)index;
    if (table->count == MOST_MODULES) {
        table->left_out++;
        return true;
    }
    if (!ARRAY_ROOM(table->items, table->capacity, table->count + 1))
        return false;
    struct segment_module *module = &table->items[table->count++];
    *module = (struct segment_module){
        .begin = words[MODULE_BEGIN],
        .end = words[MODULE_END],
        .bias = words[MODULE_BIAS],
        .loaded = words[MODULE_LOADED],
        .unloaded = words[MODULE_UNLOADED],
        .build_id_length = words[MODULE_BUILD_ID_LENGTH] <= SEGMENT_BUILD_ID_BYTES
                               ? (uint8_t)words[MODULE_BUILD_ID_LENGTH]
                               : SEGMENT_BUILD_ID_BYTES,
    };
    memcpy(module->build_id, words + MODULE_BUILD_ID, SEGMENT_BUILD_ID_BYTES);
    memcpy(module->path, words + MODULE_PATH, SEGMENT_MODULE_PATH_BYTES);
    module->path[SEGMENT_MODULE_PATH_BYTES] = '\0';
    return true;
}

static int by_begin(const void *a, const void *b)
{
    const struct segment_module *one = a, *other = b;
    if (one->begin != other->begin)
        return one->begin < other->begin ? -1 : 1;
    return one->loaded < other->loaded ? -1 : one->loaded > other->loaded;
}

bool module_table_read(struct module_table *table, const struct segment_file *file,
                       uint64_t *in_flight)
{
    *table = (struct module_table){0};
    if (!slots_walk(file, AREA_MODULES, visit_module, table, in_flight))
        return false;
    table->highest_end = malloc((table->count + 1) * sizeof *table->highest_end);
    if (!table->highest_end)
        return false;
    if (table->count > 0)
        qsort(table->items, table->count, sizeof *table->items, by_begin);
    invariant(SORTED_ALL(i, table->count, by_begin(&table->items[i - 1], &table->items[i]) <= 0));
    uint64_t highest = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (table->items[i].end > highest)
            highest = table->items[i].end;
        table->highest_end[i] = highest;
    }
    return true;
}

void module_table_free(struct module_table *table)
{
    free(table->items);
    free(table->highest_end);
    *table = (struct module_table){0};
}

/* How many modules begin at or before `address`. */
static size_t count_until(const struct module_table *table, uint64_t address)
{
    return SORTED_FIRST(i, 0, table->count, table->items[i].begin > address);
}

/*
 * Modules that were loaded at one place in turn stand side by side, by when they were loaded. Of
 * those that begin where item `last` does: how many stand before the first of them, and the last
 * that was loaded by `generation`, NULL if there is none.
 */
static size_t find_in_turn(const struct module_table *table, size_t last, uint64_t generation,
                           const struct segment_module **module)
{
    invariant(last < table->count);
    uint64_t begin = table->items[last].begin;
    size_t first = begin == 0 ? 0 : count_until(table, begin - 1);
    size_t place = SORTED_FIRST(i, first, last + 1, table->items[i].loaded > generation);
    invariant(first <= last && table->items[first].begin == begin);
    *module = place > first ? &table->items[place - 1] : NULL;
    return first;
}

const struct segment_module *module_table_find(const struct module_table *table, uint64_t address,
                                               uint64_t generation)
{
    size_t index = count_until(table, address);
    for (int places = 0; index > 0 && places < MOST_OVERLAPPING; places++) {
        if (table->highest_end[index - 1] <= address)
            return NULL;
        const struct segment_module *module;
        index = find_in_turn(table, index - 1, generation, &module);
        if (module && address < module->end &&
            (module->unloaded == 0 || generation < module->unloaded))
            return module;
    }
    return NULL;
}
