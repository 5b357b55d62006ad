#include "image/elf_file.h"

#include "base/error.h"
#include "image/executable_kind.h"
#include "image/regular_file.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Notes of an executable are some hundred bytes; a damaged one may have gigabytes of them. */
#define MAX_NOTES (UINT64_C(16) << 20)

struct elf_file {
    int descriptor;
    Elf *elf;
    GElf_Ehdr header;
    size_t segment_count;
    struct elf_range *loaded; /* of PT_LOAD */
    size_t loaded_count;
};

static bool check_header(struct elf_file *file, const char *shown_as, struct error *error)
{
    if (elf_kind(file->elf) != ELF_K_ELF || !gelf_getehdr(file->elf, &file->header))
        return error_set(error, "%s is not an ELF file; name an executable or a process", shown_as);
    unsigned bits = file->header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
    if (!executable_machine_check(bits, file->header.e_machine, shown_as, error))
        return false;
    if (elf_getphdrnum(file->elf, &file->segment_count) != 0)
        return error_set(error, "%s has damaged program headers: %s", shown_as, elf_errmsg(-1));
    return true;
}

/* Kept, since a damaged file can have so many that looking for one of them takes long. */
static bool read_loaded(struct elf_file *file)
{
    file->loaded = calloc(file->segment_count + 1, sizeof *file->loaded);
    for (size_t i = 0; file->loaded && i < file->segment_count && i < INT32_MAX; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(file->elf, (int)i, &header) || header.p_type != PT_LOAD)
            continue;
        file->loaded[file->loaded_count++] =
            (struct elf_range){.address = header.p_vaddr,
                               .size = header.p_memsz,
                               .offset = header.p_offset,
                               .file_size = header.p_filesz,
                               .writable = header.p_flags & PF_W,
                               .executable = header.p_flags & PF_X};
    }
    return file->loaded != NULL;
}

static const char *why_unreadable(int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) == 0 && status.st_size > REGULAR_FILE_MAX_ELF
               ? "it is larger than 4 GB"
               : elf_errmsg(-1);
}

struct elf_file *elf_file_open(const char *path, const char *shown_as, struct error *error)
{
    struct elf_file *file = calloc(1, sizeof *file);
    if (!file) {
        error_set(error, "out of memory while opening %s", shown_as);
        return NULL;
    }
    file->descriptor = regular_file_open(path, NULL);
    if (file->descriptor < 0) {
        error_set(error, "cannot open %s: %s", shown_as, regular_file_error(errno));
        free(file);
        return NULL;
    }
    file->elf = regular_file_elf(file->descriptor);
    if (!file->elf)
        error_set(error, "cannot read %s: %s", shown_as, why_unreadable(file->descriptor));
    if (file->elf && check_header(file, shown_as, error)) {
        if (read_loaded(file))
            return file;
        error_set(error, "out of memory while opening %s", shown_as);
    }
    elf_file_close(file);
    return NULL;
}

void elf_file_close(struct elf_file *file)
{
    if (!file)
        return;
    elf_end(file->elf);
    close(file->descriptor);
    free(file->loaded);
    free(file);
}

int elf_file_descriptor(const struct elf_file *file)
{
    return file->descriptor;
}

bool elf_file_is_position_independent(const struct elf_file *file)
{
    return file->header.e_type == ET_DYN;
}

uint64_t elf_file_program_headers(const struct elf_file *file)
{
    for (size_t i = 0; i < file->segment_count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(file->elf, (int)i, &header))
            continue;
        if (header.p_type == PT_PHDR)
            return header.p_vaddr;
        if (header.p_type == PT_LOAD && header.p_offset <= file->header.e_phoff &&
            file->header.e_phoff - header.p_offset < header.p_filesz)
            return header.p_vaddr + (file->header.e_phoff - header.p_offset);
    }
    return 0;
}

bool elf_file_segment(const struct elf_file *file, size_t index, struct elf_range *range)
{
    if (index >= file->loaded_count)
        return false;
    *range = file->loaded[index];
    return true;
}

bool elf_file_read(const struct elf_file *file, uint64_t address, void *bytes, size_t size)
{
    struct elf_range segment;
    for (size_t i = 0; elf_file_segment(file, i, &segment); i++) {
        uint64_t at = address - segment.address;
        if (at < segment.file_size && size <= segment.file_size - at)
            return pread(elf_file_descriptor(file), bytes, size, (off_t)(segment.offset + at)) ==
                   (ssize_t)size;
    }
    return false;
}

bool elf_file_section(const struct elf_file *file, const char *name, struct elf_range *range)
{
    size_t names;
    if (elf_getshdrstrndx(file->elf, &names) != 0)
        return false;
    for (Elf_Scn *section = elf_nextscn(file->elf, NULL); section;
         section = elf_nextscn(file->elf, section)) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header))
            return false;
        const char *found = elf_strptr(file->elf, names, header.sh_name);
        if (!found || strcmp(found, name) != 0)
            continue;
        *range = (struct elf_range){.address = header.sh_addr,
                                    .size = header.sh_size,
                                    .offset = header.sh_offset,
                                    .file_size = header.sh_type == SHT_NOBITS ? 0 : header.sh_size,
                                    .writable = header.sh_flags & SHF_WRITE,
                                    .executable = header.sh_flags & SHF_EXECINSTR};
        return true;
    }
    return false;
}

static bool find_in_table(const struct elf_file *file, Elf_Scn *section, const GElf_Shdr *header,
                          const char *name, uint64_t *address)
{
    Elf_Data *data = elf_getdata(section, NULL);
    if (!data || !header->sh_entsize)
        return false;
    size_t count = header->sh_size / header->sh_entsize;
    for (size_t i = 0; i < count; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol))
            return false;
        if (symbol.st_shndx == SHN_UNDEF)
            continue;
        const char *found = elf_strptr(file->elf, header->sh_link, symbol.st_name);
        if (!found || strcmp(found, name) != 0)
            continue;
        *address = symbol.st_value;
        return true;
    }
    return false;
}

bool elf_file_symbol(const struct elf_file *file, const char *name, uint64_t *address)
{
    for (Elf_Scn *section = elf_nextscn(file->elf, NULL); section;
         section = elf_nextscn(file->elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB &&
            find_in_table(file, section, &header, name, address))
            return true;
    }
    return false;
}

static bool find_object(const struct elf_file *file, Elf_Scn *section, const GElf_Shdr *header,
                        uint64_t address, struct elf_object *object)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
    for (size_t i = 0; i < count; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol))
            return false;
        if (GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || symbol.st_shndx == SHN_UNDEF ||
            address - symbol.st_value >= symbol.st_size)
            continue;
        const char *name = elf_strptr(file->elf, header->sh_link, symbol.st_name);
        if (!name || !*name)
            continue;
        *object = (struct elf_object){.address = symbol.st_value, .size = symbol.st_size};
        snprintf(object->name, sizeof object->name, "%s", name);
        return true;
    }
    return false;
}

bool elf_file_object_at(const struct elf_file *file, uint64_t address, struct elf_object *object)
{
    for (Elf_Scn *section = elf_nextscn(file->elf, NULL); section;
         section = elf_nextscn(file->elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB &&
            find_object(file, section, &header, address, object))
            return true;
    }
    return false;
}

/* Finds a note in a segment or section's bytes. */
static size_t note_in(Elf_Data *data, const char *owner, unsigned type, unsigned char *id)
{
    size_t offset = 0, next, name_offset, text_offset;
    GElf_Nhdr note;
    while (data && (next = gelf_getnote(data, offset, &note, &name_offset, &text_offset)) > 0) {
        const char *bytes = data->d_buf;
        if (note.n_type == type && note.n_namesz >= strlen(owner) &&
            memcmp(bytes + name_offset, owner, strlen(owner)) == 0) {
            size_t length = note.n_descsz < ELF_BUILD_ID_SIZE ? note.n_descsz : ELF_BUILD_ID_SIZE;
            memcpy(id, bytes + text_offset, length);
            return length;
        }
        offset = next;
    }
    return 0;
}

size_t elf_file_build_id(const struct elf_file *file, unsigned char id[ELF_BUILD_ID_SIZE])
{
    static const struct {
        const char *owner;
        unsigned type;
    } kinds[] = {{"Go", 4}, {"GNU", 3}};
    uint64_t room = MAX_NOTES;
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        for (size_t i = 0; i < file->segment_count; i++) {
            GElf_Phdr header;
            if (!gelf_getphdr(file->elf, (int)i, &header) || header.p_type != PT_NOTE ||
                header.p_filesz > room)
                continue;
            room -= header.p_filesz;
            Elf_Data *data = elf_getdata_rawchunk(file->elf, (int64_t)header.p_offset,
                                                  header.p_filesz, ELF_T_NHDR);
            size_t length = note_in(data, kinds[kind].owner, kinds[kind].type, id);
            if (length)
                return length;
        }
    }
    return 0;
}
