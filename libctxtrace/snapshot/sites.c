/* Sites: which frames of a stack count for it, and its fingerprint. */
#include <stdlib.h>
#include <string.h>

#include "snapshot/memory.h"
#include "snapshot/stacks.h"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool belongs_to_go(const char *function)
{
    static const char *const packages[] = {
        "runtime.",       "runtime/",       "internal/runtime/",      "context.",
        "sync.runtime_",  "time.Sleep",     "internal/poll.runtime_", "internal/sync.runtime_",
        "os/signal.loop", "syscall.Syscall"};
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++) {
        if (starts_with(function, packages[i]))
            return true;
    }
    return false;
}

/* The file tells for programs that are linked with the static library. */
static bool belongs_to_ctxtrace(const char *function, const char *module, const char *file)
{
    return starts_with(function, "ctxt_") || starts_with(base_name(module), "libctxtrace") ||
           strstr(file, "libctxtrace/runtime/") || strstr(file, "libctxtrace/record/") ||
           strstr(file, "libctxtrace/preload/");
}

static bool is_foreign(const struct snapshot_frame *frame, const char *texts, bool go)
{
    const char *function = texts + frame->function;
    return go ? belongs_to_go(function)
              : belongs_to_ctxtrace(function, texts + frame->module, texts + frame->file);
}

/* FNV-1a: a fingerprint is kept in reports and must be the same in every run and build. */
static uint64_t add_to_fingerprint(uint64_t fingerprint, const char *text)
{
    for (; *text; text++)
        fingerprint = (fingerprint ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (fingerprint ^ 0xff) * UINT64_C(0x100000001b3);
}

static struct snapshot_site site_of(const struct stack_table *table, uint32_t index,
                                    const char *texts, bool go)
{
    const struct snapshot_stack *stack = &table->stacks[index];
    struct snapshot_site site = {
        .fingerprint = UINT64_C(0xcbf29ce484222325), .top_frame = SNAPSHOT_NONE, .stack = index};
    uint32_t end = stack->first_frame + stack->frame_count;
    for (int all = 0; all < 2 && site.top_frame == SNAPSHOT_NONE; all++) {
        /* A stack of nothing but foreign frames is told apart by those. */
        for (uint32_t i = stack->first_frame; i < end; i++) {
            const struct snapshot_frame *frame = &table->frames[i];
            if (!all && is_foreign(frame, texts, go))
                continue;
            if (site.top_frame == SNAPSHOT_NONE)
                site.top_frame = i;
            site.fingerprint = add_to_fingerprint(site.fingerprint, texts + frame->function);
            site.fingerprint =
                add_to_fingerprint(site.fingerprint, base_name(texts + frame->module));
        }
    }
    return site;
}

static bool intern_site(struct stack_table *table, uint32_t *slots, size_t slot_count,
                        const struct snapshot_site *site, uint32_t *index)
{
    size_t place = hash_mix(table->seed, site->fingerprint) & (slot_count - 1);
    for (; slots[place] != 0; place = (place + 1) & (slot_count - 1)) {
        if (table->sites[slots[place] - 1].fingerprint == site->fingerprint) {
            *index = slots[place] - 1;
            return true;
        }
    }
    struct snapshot_site *sites =
        memory_grow(table->sites, &table->site_capacity, table->site_count + 1, sizeof *sites);
    if (!sites)
        return false;
    table->sites = sites;
    sites[table->site_count] = *site;
    *index = (uint32_t)table->site_count++;
    slots[place] = *index + 1;
    return true;
}

bool stacks_make_sites(struct stack_table *table, const char *texts, bool go)
{
    size_t slot_count = 64;
    while (slot_count < table->stack_count * 2)
        slot_count *= 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    bool made = true;
    for (uint32_t i = 0; made && i < table->stack_count; i++) {
        struct snapshot_site site = site_of(table, i, texts, go);
        made = intern_site(table, slots, slot_count, &site, &table->stacks[i].site);
    }
    free(slots);
    return made;
}
