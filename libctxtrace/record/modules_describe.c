#include "record/modules_describe.h"

#include "base/base_name.h"
#include "base/hash.h"
#include "base/page.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static void copy_path(struct module *module, const char *path)
{
    snprintf(module->path, sizeof module->path, "%s", path);
}

void module_describe_path(struct module *module, const char *name, bool is_main)
{
    if (is_main) {
        ssize_t length = readlink("/proc/self/exe", module->path, sizeof module->path - 1);
        module->path[length > 0 ? length : 0] = 0;
        return;
    }
    if (name[0] == '/' || !strchr(name, '/')) {
        copy_path(module, name);
        return;
    }
    /* Opened by a relative name. The working directory is most probably still the same. */
    char directory[SEGMENT_MODULE_PATH_BYTES];
    if (!getcwd(directory, sizeof directory) || directory[0] != '/') {
        copy_path(module, name);
        return;
    }
    size_t length = strlen(directory);
    if (length + 1 + strlen(name) >= sizeof module->path) {
        copy_path(module, name);
        return;
    }
    memcpy(module->path, directory, length);
    module->path[length] = '/';
    strcpy(module->path + length + 1, name);
}

static size_t align4(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

static void describe_build_id(struct module_entry *entry, const char *notes, size_t size)
{
    struct module *module = &entry->module;
    while (size >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, notes, sizeof note);
        size_t name = sizeof note, text = name + align4(note.n_namesz);
        size_t next = text + align4(note.n_descsz);
        if (text > size || note.n_descsz > size - text)
            return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            !memcmp(notes + name, "GNU", 4)) {
            size_t length = note.n_descsz;
            if (length > sizeof module->build_id)
                length = sizeof module->build_id;
            memcpy(module->build_id, notes + text, length);
            module->build_id_length = (uint32_t)length;
            entry->identity.build_id_at = (uint64_t)(uintptr_t)(notes + text);
            return;
        }
        if (next > size)
            return;
        notes += next;
        size -= next;
    }
}

/* The first page holds the ELF header, so that much is mapped of any module. */
static void describe_identity(struct module_entry *entry)
{
    struct module_identity *identity = &entry->identity;
    identity->begin = entry->module.begin;
    identity->end = entry->module.end;
    if (identity->build_id_at < identity->begin ||
        identity->build_id_at + sizeof identity->build_id > identity->begin + PAGE_BYTES)
        identity->build_id_at = 0;
    else
        memcpy(identity->build_id, (const void *)(uintptr_t)identity->build_id_at,
               sizeof identity->build_id);
}

static uint64_t loaded_at(const struct dl_phdr_info *info, const ElfW(Phdr) * header)
{
    return info->dlpi_addr + header->p_vaddr;
}

/* Whether what a program header describes is in memory, as part of a segment that is. */
static bool is_loaded(const struct dl_phdr_info *info, const ElfW(Phdr) * wanted)
{
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_LOAD && (header->p_flags & PF_R) &&
            wanted->p_vaddr >= header->p_vaddr &&
            wanted->p_vaddr + wanted->p_memsz <= header->p_vaddr + header->p_memsz)
            return true;
    }
    return false;
}

static void describe_segment(struct module *module, uint64_t begin, uint64_t end)
{
    if (page_round_down(begin) < module->begin)
        module->begin = page_round_down(begin);
    if (page_round_up(end) > module->end)
        module->end = page_round_up(end);
}

void module_describe(struct module_entry *entry, const struct dl_phdr_info *info)
{
    struct module *module = &entry->module;
    memset(entry, 0, sizeof *entry);
    entry->name_hash = hash_text(HASH_START, info->dlpi_name ? info->dlpi_name : "");
    module->bias = info->dlpi_addr;
    module->begin = UINT64_MAX;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uint64_t begin = loaded_at(info, header);
        const void *content = (const void *)(uintptr_t)begin;
        if (header->p_type == PT_LOAD)
            describe_segment(module, begin, begin + header->p_memsz);
        else if (header->p_type == PT_GNU_EH_FRAME)
            entry->identity.eh_frame_hdr = begin;
        else if (header->p_type == PT_DYNAMIC)
            entry->dynamic = content;
        else if (header->p_type == PT_NOTE && !module->build_id_length && is_loaded(info, header))
            describe_build_id(entry, content, header->p_memsz);
    }
    describe_identity(entry);
}

/* ---- which modules are never unloaded ---- */

static uint64_t dynamic_value(const struct module_entry *entry, int64_t tag)
{
    if (!entry->dynamic)
        return 0;
    for (const ElfW(Dyn) *item = entry->dynamic; item->d_tag != DT_NULL; item++) {
        if (item->d_tag == tag)
            return item->d_un.d_val;
    }
    return 0;
}

static const char *dynamic_strings(const struct module_entry *entry)
{
    uint64_t strings = dynamic_value(entry, DT_STRTAB);
    if (!strings)
        return NULL;
    /* The loader relocates this pointer in place, except where the section is read-only. */
    if (strings < entry->module.begin)
        strings += entry->module.bias;
    return (const char *)(uintptr_t)strings;
}

static bool is_called(const struct module_entry *entry, const char *needed)
{
    uint64_t soname = dynamic_value(entry, DT_SONAME);
    const char *strings = dynamic_strings(entry);
    if (soname && strings && !strcmp(strings + soname, needed))
        return true;
    return !strcmp(base_name(entry->module.path), base_name(needed));
}

struct table {
    struct module_entry *entries;
    uint32_t count;
};

/* What a module needs was loaded with it, so of several with the name it is the first. */
static void mark_permanent(struct table *table, const char *needed)
{
    for (uint32_t i = 0; i < table->count; i++) {
        if (!is_called(&table->entries[i], needed))
            continue;
        table->entries[i].identity.permanent = true;
        return;
    }
}

static void mark_dependencies(struct table *table, struct module_entry *entry)
{
    entry->dependencies_marked = true;
    const char *strings = dynamic_strings(entry);
    if (!strings)
        return;
    for (const ElfW(Dyn) *item = entry->dynamic; item->d_tag != DT_NULL; item++) {
        if (item->d_tag == DT_NEEDED)
            mark_permanent(table, strings + item->d_un.d_val);
    }
}

static bool mark_dependencies_of_permanent(struct table *table)
{
    bool marked = false;
    for (uint32_t i = 0; i < table->count; i++) {
        if (!table->entries[i].identity.permanent || table->entries[i].dependencies_marked)
            continue;
        mark_dependencies(table, &table->entries[i]);
        marked = true;
    }
    return marked;
}

/*
 * The main program, the kernel's own, what says so itself, and we: while this code runs, its own
 * library is loaded, and if that is loaded again it starts with an empty table.
 */
static bool is_permanent_root(const struct module_entry *entry, uint32_t index)
{
    uint64_t self = (uint64_t)(uintptr_t)&is_permanent_root;
    uint64_t vdso = getauxval(AT_SYSINFO_EHDR);
    return index == 0 || (dynamic_value(entry, DT_FLAGS_1) & DF_1_NODELETE) ||
           (entry->module.begin <= self && self < entry->module.end) ||
           (entry->module.begin <= vdso && vdso < entry->module.end);
}

void modules_mark_permanent(struct module_entry *entries, uint32_t count, bool first)
{
    struct table table = {.entries = entries, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        if (entries[i].new &&is_permanent_root(&entries[i], i))
            entries[i].identity.permanent = true;
    }
    while (first && mark_dependencies_of_permanent(&table))
        continue;
}
