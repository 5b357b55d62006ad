#include "preload/imports.h"

#include <elf.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A module's symbols and what is relocated by them, at once and when functions are first called. */
struct dynamic_symbols {
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * relocations[2];
    size_t sizes[2]; /* bytes */
};

/* The loader has relocated addresses in it, but for those of the kernel's own module. */
static const void *pointer(const struct dl_phdr_info *info, ElfW(Addr) address)
{
    return (const void *)(address < info->dlpi_addr ? info->dlpi_addr + address : address);
}

static void read_dynamic(const struct dl_phdr_info *info, const ElfW(Dyn) * entry,
                         struct dynamic_symbols *out)
{
    for (; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_SYMTAB)
            out->symbols = pointer(info, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_STRTAB)
            out->names = pointer(info, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_RELA)
            out->relocations[0] = pointer(info, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_RELASZ)
            out->sizes[0] = entry->d_un.d_val;
        else if (entry->d_tag == DT_JMPREL)
            out->relocations[1] = pointer(info, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_PLTRELSZ)
            out->sizes[1] = entry->d_un.d_val;
    }
}

static bool refers_to(const struct dynamic_symbols *dynamic, int table, const char *name)
{
    const ElfW(Rela) *relocations = dynamic->relocations[table];
    size_t count = relocations ? dynamic->sizes[table] / sizeof *relocations : 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t symbol = ELF64_R_SYM(relocations[i].r_info);
        if (symbol && strcmp(dynamic->names + dynamic->symbols[symbol].st_name, name) == 0)
            return true;
    }
    return false;
}

static bool module_imports(const struct dl_phdr_info *info, const char *name)
{
    struct dynamic_symbols dynamic = {0};
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            read_dynamic(info, (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr),
                         &dynamic);
    return dynamic.symbols && dynamic.names &&
           (refers_to(&dynamic, 0, name) || refers_to(&dynamic, 1, name));
}

/* Number of changes of the list of modules | what was found << 63; 0: not looked yet. */
static _Atomic uint64_t last_look;
#define FOUND (UINT64_C(1) << 63)

struct look {
    uint64_t changes;
    bool known, found;
};

static int look_at(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    struct look *look = argument;
    if (look->changes == 0) {
        uint64_t last = atomic_load_explicit(&last_look, memory_order_relaxed);
        look->changes = info->dlpi_adds + info->dlpi_subs;
        look->known = (last & ~FOUND) == look->changes;
        look->found = look->known && (last & FOUND);
    }
    if (!look->known)
        look->found = module_imports(info, "pthread_cancel");
    return look->known || look->found;
}

bool imports_thread_cancellation(void)
{
    struct look look = {0};
    dl_iterate_phdr(look_at, &look);
    if (!look.known)
        atomic_store_explicit(&last_look, look.changes | (look.found ? FOUND : 0),
                              memory_order_relaxed);
    return look.found;
}
