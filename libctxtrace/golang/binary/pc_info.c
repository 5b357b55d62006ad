#include "golang/binary/pc_info.h"

#include "base/array.h"
#include "golang/binary/address_map.h"

#include <stdlib.h>
#include <string.h>

struct pc_entry {
    struct pc_info info;
    const struct pc_info *call; /* of the instruction before; NULL: not yet asked for */
    struct line *lines;
};

/* Entries stay where they are: who has one keeps its address. */
struct pc_cache {
    struct pc_entry **entries;
    size_t count, capacity;
    struct address_map by_pc;
};

static const struct pc_info nowhere = {.function = {.name = ""}, .frame_size = -1};

struct pc_cache *pc_cache_new(void)
{
    return calloc(1, sizeof(struct pc_cache));
}

void pc_cache_free(struct pc_cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < cache->count; i++) {
        free(cache->entries[i]->lines);
        free(cache->entries[i]);
    }
    free(cache->entries);
    address_map_free(&cache->by_pc);
    free(cache);
}

/* The frame above it in the stack was interrupted, and may be at any instruction. */
static bool interrupts_its_caller(const struct function *function)
{
    return strcmp(function->name, "runtime.sigpanic") == 0 ||
           strcmp(function->name, "runtime.asyncPreempt") == 0 ||
           strncmp(function->name, "runtime.debugCall", 17) == 0;
}

static void look_up(const struct go_program *program, struct pc_info *info)
{
    const struct function *function = &info->function;
    int32_t map = function_pcdata(program, function, PCDATA_STACK_MAP, info->pc);
    info->frame_size = function_frame_size(program, function, info->pc);
    info->locals = function_stack_map(program, function, FUNCDATA_LOCAL_MAPS, map);
    info->arguments = function_stack_map(program, function, FUNCDATA_ARGUMENT_MAPS, map);
    info->stack_objects = function_funcdata(program, function, FUNCDATA_STACK_OBJECTS);
    info->interrupts = interrupts_its_caller(function);
}

static struct pc_entry *entry_of(const struct go_program *program, uint64_t pc)
{
    uint32_t number = address_map_get(&program->pcs->by_pc, pc);
    return number == ADDRESS_MAP_NONE ? NULL : program->pcs->entries[number];
}

static struct pc_entry *add_entry(struct pc_cache *cache, uint64_t pc)
{
    struct pc_entry *entry = calloc(1, sizeof *entry);
    if (!entry || !ARRAY_ROOM(cache->entries, cache->capacity, cache->count + 1) ||
        !address_map_put(&cache->by_pc, pc, (uint32_t)cache->count)) {
        free(entry);
        return NULL;
    }
    cache->entries[cache->count++] = entry;
    return entry;
}

const struct pc_info *pc_info(const struct go_program *program, uint64_t pc)
{
    if (!pc)
        return &nowhere;
    struct pc_entry *entry = entry_of(program, pc);
    if (entry)
        return &entry->info;
    entry = add_entry(program->pcs, pc);
    if (!entry)
        return NULL;
    entry->info = nowhere;
    entry->info.pc = pc;
    entry->info.known = function_at(program, pc, &entry->info.function);
    if (entry->info.known)
        look_up(program, &entry->info);
    return &entry->info;
}

const struct pc_info *pc_info_of_call(const struct go_program *program, const struct pc_info *info)
{
    struct pc_entry *entry = entry_of(program, info->pc);
    if (!entry)
        return pc_info(program, info->pc - 1);
    if (!entry->call)
        entry->call = pc_info(program, info->pc - 1);
    return entry->call;
}

#define MAX_INLINED 32

bool pc_info_lines(const struct go_program *program, const struct pc_info *info)
{
    struct line lines[MAX_INLINED];
    if (info->lines || !info->known)
        return true;
    struct pc_entry *entry = entry_of(program, info->pc);
    size_t count = function_lines(program, &info->function, info->pc, lines, MAX_INLINED);
    struct line *copy = entry ? malloc((count + 1) * sizeof *copy) : NULL;
    if (!copy)
        return false;
    memcpy(copy, lines, count * sizeof *copy);
    entry->info.lines = entry->lines = copy;
    entry->info.line_count = count;
    return true;
}
