/*
 * Describing one module by what is mapped of it, and finding which modules are never unloaded.
 * For modules.c only, whose table's entries these are; called with the loader's lock held.
 */
#ifndef CTXTRACE_RECORD_MODULES_DESCRIBE_H
#define CTXTRACE_RECORD_MODULES_DESCRIBE_H

#include "record/modules.h"

#include <link.h>

struct module_entry {
    struct module module;
    struct module_identity identity;
    const ElfW(Dyn) * dynamic;
    uint64_t name_hash; /* of the loader's name, as path may depend on the working directory */
    bool seen;          /* in the present comparison */
    bool new;           /* likewise */
    bool dependencies_marked;
};

/*
 * Everything but the module's path, number and generations, and whether it is permanent. An entry
 * that is empty (begin >= end) is of something without loaded segments.
 */
void module_describe(struct module_entry *entry, const struct dl_phdr_info *info);

/* Its path, by the loader's name. */
void module_describe_path(struct module *module, const char *name, bool is_main);

/*
 * Marks the new entries that are permanent, of entries in the loader's order. At the first look
 * `first` is true, and what the main program and we need is marked, too; later modules are at most
 * permanent by their own word.
 */
void modules_mark_permanent(struct module_entry *entries, uint32_t count, bool first);

#endif
