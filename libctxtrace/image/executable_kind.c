/*
 * How toolchains and packers show:
 *
 *     Go        sections .go.buildinfo or .gopclntab; without section headers the note "Go"
 *               (-buildid) that the linker puts into a PT_NOTE segment
 *     gccgo     section .go_export, which strip leaves; or libgo.so.N among the needed libraries
 *     TinyGo    symbols tinygo_*, or "TinyGo" as the producer in its debug information; a stripped
 *               one shows nothing
 *     UPX       "UPX!" behind the program headers
 */
#include "image/executable_kind.h"

#include "base/error.h"
#include "image/processor.h"
#include "image/regular_file.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_SYMBOLS 200000 /* looked through for a toolchain's; its runtime's come early */
#define MAX_NEEDED  4096

/* ---- rights ---- */

static void look_at_rights(int file, const struct stat *status, struct executable_kind *kind)
{
    kind->mode = status->st_mode;
    kind->owner = status->st_uid;
    kind->group = status->st_gid;
    kind->has_capabilities = fgetxattr(file, "security.capability", NULL, 0) > 0;
}

struct executable_caller executable_caller_self(void)
{
    return (struct executable_caller){
        .uid = getuid(), .euid = geteuid(), .gid = getgid(), .egid = getegid()};
}

/* Real identities are compared with the effective ones that the program will have. */
enum executable_rights executable_rights(const struct executable_kind *kind,
                                         const struct executable_caller *caller)
{
    bool sets_user = kind->mode & S_ISUID;
    bool sets_group = (kind->mode & S_ISGID) && (kind->mode & S_IXGRP);
    if ((sets_user && kind->owner != caller->uid) || (sets_group && kind->group != caller->gid) ||
        (kind->has_capabilities && caller->uid != 0))
        return RIGHTS_RAISED;
    if ((!sets_user && caller->euid != caller->uid) || (!sets_group && caller->egid != caller->gid))
        return RIGHTS_OF_TWO_IDENTITIES;
    return RIGHTS_AS_CALLER;
}

/* ---- toolchains ---- */

static bool has_go_note(Elf *elf, const GElf_Phdr *segment)
{
    Elf_Data *data =
        elf_getdata_rawchunk(elf, (int64_t)segment->p_offset, segment->p_filesz, ELF_T_NHDR);
    size_t offset = 0, next, name, text;
    GElf_Nhdr note;
    while (data && (next = gelf_getnote(data, offset, &note, &name, &text)) > 0) {
        const char *bytes = data->d_buf;
        if (note.n_namesz >= 3 && memcmp(bytes + name, "Go", 3) == 0)
            return true;
        offset = next;
    }
    return false;
}

static bool needs_libgo(Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Dyn entry;
    for (int i = 0; data && i < MAX_NEEDED && gelf_getdyn(data, i, &entry); i++) {
        const char *name =
            entry.d_tag == DT_NEEDED ? elf_strptr(elf, header->sh_link, entry.d_un.d_val) : NULL;
        /* With its version: without one it can be anybody's. */
        if (name && strncmp(name, "libgo.so.", 9) == 0)
            return true;
    }
    return false;
}

static bool has_tinygo_symbol(Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym symbol;
    for (int i = 0; data && i < MAX_SYMBOLS && gelf_getsym(data, i, &symbol); i++) {
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        if (name && strncmp(name, "tinygo_", 7) == 0)
            return true;
    }
    return false;
}

/* The debug information's texts, where producers stand. */
static bool names_tinygo(Elf_Scn *section)
{
    Elf_Data *data = elf_rawdata(section, NULL);
    return data && data->d_buf && memmem(data->d_buf, data->d_size, "TinyGo", 6) != NULL;
}

static enum executable_toolchain toolchain_of_section(Elf *elf, Elf_Scn *section,
                                                      const GElf_Shdr *header, const char *name)
{
    if (strcmp(name, ".go.buildinfo") == 0 || strcmp(name, ".gopclntab") == 0)
        return TOOLCHAIN_GO;
    if (strcmp(name, ".go_export") == 0)
        return TOOLCHAIN_GCCGO;
    if (header->sh_type == SHT_DYNAMIC && needs_libgo(elf, section, header))
        return TOOLCHAIN_GCCGO;
    if (header->sh_type == SHT_SYMTAB && has_tinygo_symbol(elf, section, header))
        return TOOLCHAIN_TINYGO;
    if (strcmp(name, ".debug_str") == 0 && names_tinygo(section))
        return TOOLCHAIN_TINYGO;
    return TOOLCHAIN_OTHER;
}

static enum executable_toolchain toolchain_of_sections(Elf *elf)
{
    size_t names;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return TOOLCHAIN_OTHER;
    enum executable_toolchain found = TOOLCHAIN_OTHER;
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        const char *name =
            gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
        enum executable_toolchain shown =
            name ? toolchain_of_section(elf, section, &header, name) : TOOLCHAIN_OTHER;
        if (shown == TOOLCHAIN_GO)
            return shown;
        if (shown != TOOLCHAIN_OTHER)
            found = shown;
    }
    return found;
}

/* ---- formats ---- */

/* A file that is cut short, or lies, gives none. */
static void read_interpreter(int file, const GElf_Phdr *segment, struct executable_kind *kind)
{
    size_t size = segment->p_filesz < sizeof kind->interpreter - 1 ? segment->p_filesz
                                                                   : sizeof kind->interpreter - 1;
    ssize_t got = pread(file, kind->interpreter, size, (off_t)segment->p_offset);
    kind->interpreter[got > 0 ? got : 0] = '\0';
}

static void look_at_segments(int file, Elf *elf, struct executable_kind *kind)
{
    size_t count;
    if (elf_getphdrnum(elf, &count) != 0)
        return;
    for (size_t i = 0; i < count && i < UINT16_MAX; i++) {
        GElf_Phdr segment;
        if (!gelf_getphdr(elf, (int)i, &segment))
            continue;
        if (segment.p_type == PT_INTERP)
            read_interpreter(file, &segment, kind);
        if (segment.p_type == PT_NOTE && has_go_note(elf, &segment))
            kind->toolchain = TOOLCHAIN_GO;
    }
}

static bool is_packed(int file)
{
    char head[1024];
    ssize_t got = pread(file, head, sizeof head, 0);
    return got > 0 && memmem(head, (size_t)got, "UPX!", 4) != NULL;
}

static void look_at_elf(int file, Elf *elf, const GElf_Ehdr *header, struct executable_kind *kind)
{
    kind->format = EXECUTABLE_ELF;
    kind->type = header->e_type;
    kind->machine = header->e_machine;
    kind->bits = header->e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64;
    if (kind->type == ET_CORE)
        return;
    look_at_segments(file, elf, kind);
    if (kind->toolchain == TOOLCHAIN_OTHER)
        kind->toolchain = toolchain_of_sections(elf);
    kind->packed = is_packed(file);
}

/* The first word behind #!, as the kernel reads it. */
static void look_at_script(int file, struct executable_kind *kind)
{
    char line[sizeof kind->interpreter];
    ssize_t got = pread(file, line, sizeof line - 1, 0);
    if (got < 2 || line[0] != '#' || line[1] != '!')
        return;
    line[got] = '\0';
    const char *word = line + 2 + strspn(line + 2, " \t");
    size_t length = strcspn(word, " \t\n");
    kind->format = EXECUTABLE_SCRIPT;
    memcpy(kind->interpreter, word, length);
    kind->interpreter[length] = '\0';
}

static void look_into(int file, struct executable_kind *kind)
{
    kind->format = EXECUTABLE_OTHER;
    Elf *elf = regular_file_elf(file);
    GElf_Ehdr header;
    if (elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header))
        look_at_elf(file, elf, &header, kind);
    else
        look_at_script(file, kind);
    elf_end(elf);
}

void executable_kind_look(const char *path, struct executable_kind *kind)
{
    *kind = (struct executable_kind){.format = EXECUTABLE_UNREADABLE};
    struct stat status;
    int file = regular_file_open(path, &status);
    if (file < 0) {
        kind->error = errno;
        return;
    }
    look_at_rights(file, &status, kind);
    look_into(file, kind);
    close(file);
}

const char *executable_machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } names[] = {{EM_X86_64, "x86-64"}, {EM_386, "x86"},     {EM_AARCH64, "arm64"},
                 {EM_ARM, "arm"},       {EM_RISCV, "riscv"}, {EM_PPC64, "ppc64"},
                 {EM_S390, "s390x"},    {EM_MIPS, "mips"},   {258, "loongarch"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].machine == machine)
            return names[i].name;
    return "another machine";
}

bool executable_machine_check(unsigned bits, unsigned machine, const char *shown_as,
                              struct error *error)
{
    if (bits == 64 && machine == processor_machine)
        return true;
    return error_set(error,
                     "%s holds a %u-bit program for %s, and only 64-bit ones for %s can be "
                     "read: build it for that (GOARCH=%s)",
                     shown_as, bits, executable_machine_name(machine), processor_name,
                     processor_go_name);
}

bool executable_kind_check(const struct executable_kind *kind, const char *shown_as,
                           struct error *error)
{
    if (kind->format != EXECUTABLE_ELF)
        return true;
    if (!executable_machine_check(kind->bits, kind->machine, shown_as, error))
        return false;
    if (kind->toolchain == TOOLCHAIN_GCCGO)
        return error_set(error,
                         "%s is a Go program that was built with gccgo, whose runtime cannot be "
                         "read: build it with Go's own compiler (go build -compiler=gc)",
                         shown_as);
    if (kind->toolchain == TOOLCHAIN_TINYGO)
        return error_set(error,
                         "%s is a Go program that was built with TinyGo, whose runtime cannot be "
                         "read: build it with Go's own compiler (go build)",
                         shown_as);
    if (kind->packed && kind->toolchain == TOOLCHAIN_OTHER)
        return error_set(error,
                         "%s is packed with UPX, so that its file does not show what it is: unpack "
                         "it (upx -d) and start it again",
                         shown_as);
    return true;
}
