#include "golang/binary/pc_info.h"

#include <stdlib.h>
#include <string.h>

/* Memory running out in the hash table shows as an entry that was not added. */
#define HASH_NONFATAL_OOM      1
#define uthash_nonfatal_oom(e) ((e)->info.known = false)
#include <uthash.h>

struct pc_entry {
    struct pc_info info;
    struct line *lines;
    UT_hash_handle hh;
};

struct pc_cache {
    struct pc_entry *entries;
};

struct pc_cache *pc_cache_new(void)
{
    return calloc(1, sizeof(struct pc_cache));
}

void pc_cache_free(struct pc_cache *cache)
{
    struct pc_entry *entry, *next;
    if (!cache)
        return;
    HASH_ITER(hh, cache->entries, entry, next)
    {
        HASH_DEL(cache->entries, entry);
        free(entry->lines);
        free(entry);
    }
    free(cache);
}

static void look_up(const struct go_program *program, struct pc_info *info)
{
    const struct function *function = &info->function;
    int32_t map = function_pcdata(program, function, PCDATA_STACK_MAP, info->pc);
    info->frame_size = function_frame_size(program, function, info->pc);
    info->locals = function_stack_map(program, function, FUNCDATA_LOCAL_MAPS, map);
    info->arguments = function_stack_map(program, function, FUNCDATA_ARGUMENT_MAPS, map);
}

const struct pc_info *pc_info(const struct go_program *program, uint64_t pc)
{
    struct pc_entry *entry;
    HASH_FIND(hh, program->pcs->entries, &pc, sizeof pc, entry);
    if (entry)
        return &entry->info;
    entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->info.pc = pc;
    entry->info.function.name = "";
    entry->info.known = function_at(program, pc, &entry->info.function);
    entry->info.frame_size = -1;
    if (entry->info.known)
        look_up(program, &entry->info);
    HASH_ADD(hh, program->pcs->entries, info.pc, sizeof entry->info.pc, entry);
    return &entry->info;
}

#define MAX_INLINED 32

bool pc_info_lines(const struct go_program *program, const struct pc_info *info)
{
    struct line lines[MAX_INLINED];
    struct pc_entry *entry;
    if (info->lines || !info->known)
        return true;
    HASH_FIND(hh, program->pcs->entries, &info->pc, sizeof info->pc, entry);
    size_t count = function_lines(program, &info->function, info->pc, lines, MAX_INLINED);
    struct line *copy = entry ? malloc((count + 1) * sizeof *copy) : NULL;
    if (!copy)
        return false;
    memcpy(copy, lines, count * sizeof *copy);
    entry->info.lines = entry->lines = copy;
    entry->info.line_count = count;
    return true;
}
