/*
 * A small ELF file around parts that the input fills: what is asked of such parts is reached at
 * once, where a damaged file most often is no ELF file any more.
 */
#ifndef CTXTRACE_TESTS_ELF_PARTS_H
#define CTXTRACE_TESTS_ELF_PARTS_H

#include "fuzz.h"

#include <elf.h>

enum { ELF_PARTS_MOST = 8, ELF_PARTS_SIZE = 1 << 18, ELF_PARTS_BASE = 0x400000 };

struct elf_part {
    const char *name;
    Elf64_Word type;
    Elf64_Xword flags, entry_size;
    Elf64_Word link; /* number of another section, counted from 1 */
    const uint8_t *data;
    size_t size;
};

struct elf_parts {
    uint8_t bytes[ELF_PARTS_SIZE];
    size_t size;
};

static inline size_t elf_parts_put(struct elf_parts *file, const void *data, size_t size)
{
    size_t at = (file->size + 7) & ~(size_t)7;
    if (size > ELF_PARTS_SIZE - at)
        abort(); /* the caller's: parts are smaller than that */
    memset(file->bytes + file->size, 0, at - file->size);
    if (size)
        memcpy(file->bytes + at, data, size);
    file->size = at + size;
    return at;
}

/* Notes become a segment of their own, too; the whole file is one that is mapped and writable. */
static inline void elf_parts_make(struct elf_parts *file, const struct elf_part *parts,
                                  size_t count)
{
    Elf64_Shdr sections[ELF_PARTS_MOST + 2] = {{0}};
    Elf64_Phdr segments[2] = {{.p_type = PT_LOAD,
                               .p_flags = PF_R | PF_W | PF_X,
                               .p_vaddr = ELF_PARTS_BASE,
                               .p_memsz = ELF_PARTS_SIZE},
                              {.p_type = PT_NULL}};
    Elf64_Ehdr header = {.e_type = ET_EXEC,
                         .e_machine = EM_X86_64,
                         .e_version = EV_CURRENT,
                         .e_phoff = sizeof(Elf64_Ehdr),
                         .e_ehsize = sizeof(Elf64_Ehdr),
                         .e_phentsize = sizeof(Elf64_Phdr),
                         .e_phnum = 2,
                         .e_shentsize = sizeof(Elf64_Shdr),
                         .e_shnum = (Elf64_Half)(count + 2),
                         .e_shstrndx = (Elf64_Half)(count + 1)};
    char names[256] = "";
    size_t named = 1;
    memcpy(header.e_ident, ELFMAG "\2\1\1", 7);
    file->size = sizeof header + sizeof segments;
    for (size_t i = 0; i < count; i++) {
        size_t at = elf_parts_put(file, parts[i].data, parts[i].size);
        sections[i + 1] = (Elf64_Shdr){.sh_name = (Elf64_Word)named,
                                       .sh_type = parts[i].type,
                                       .sh_flags = parts[i].flags,
                                       .sh_addr = ELF_PARTS_BASE + at,
                                       .sh_offset = at,
                                       .sh_size = parts[i].size,
                                       .sh_link = parts[i].link,
                                       .sh_entsize = parts[i].entry_size};
        if (parts[i].type == SHT_NOTE)
            segments[1] =
                (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = at, .p_filesz = parts[i].size};
        named += (size_t)snprintf(names + named, sizeof names - named, "%s", parts[i].name) + 1;
    }
    sections[count + 1] = (Elf64_Shdr){
        .sh_type = SHT_STRTAB, .sh_offset = elf_parts_put(file, names, named), .sh_size = named};
    header.e_shoff = elf_parts_put(file, sections, (count + 2) * sizeof *sections);
    segments[0].p_filesz = file->size;
    memcpy(file->bytes, &header, sizeof header);
    memcpy(file->bytes + sizeof header, segments, sizeof segments);
}

#endif
