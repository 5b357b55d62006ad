/* A core made by hand, of the test's own executable: one thread, its stack, one mapped file. */
#ifndef MADE_CORE_H
#define MADE_CORE_H

#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/procfs.h>
#include <unistd.h>

#include <cmocka.h>

#define STACK_AT  UINT64_C(0x7ffd00000000)
#define STACK     8192
#define NOTE_SIZE 4096
#define CORE_SIZE (4096 + NOTE_SIZE + STACK)

static char path[64];
static unsigned char core[CORE_SIZE];
static char executable[4096];

static size_t add_note(size_t at, uint32_t type, const void *content, size_t size)
{
    Elf64_Nhdr header = {.n_namesz = 5, .n_descsz = (Elf64_Word)size, .n_type = type};
    memcpy(core + at, &header, sizeof header);
    memcpy(core + at + sizeof header, "CORE\0\0\0", 8);
    memcpy(core + at + sizeof header + 8, content, size);
    return at + sizeof header + 8 + (size + 3) / 4 * 4;
}

/* NT_FILE with one mapping: the executable's first page. */
static size_t add_files(size_t at, uint64_t start)
{
    unsigned char note[1024] = {0};
    const uint64_t words[5] = {1, 4096, start, start + 4096, 0};
    memcpy(note, words, sizeof words);
    strcpy((char *)note + sizeof words, executable);
    return add_note(at, NT_FILE, note, sizeof words + strlen(executable) + 1);
}

static void make_core(void)
{
    memset(core, 0, sizeof core);
    ssize_t length = readlink("/proc/self/exe", executable, 900);
    assert_true(length > 0);
    executable[length] = '\0';
    uint64_t headers = getauxval(AT_PHDR), start = headers & ~UINT64_C(4095);
    Elf64_Ehdr file = {.e_type = ET_CORE,
                       .e_machine = EM_X86_64,
                       .e_version = EV_CURRENT,
                       .e_phoff = sizeof(Elf64_Ehdr),
                       .e_ehsize = sizeof(Elf64_Ehdr),
                       .e_phentsize = sizeof(Elf64_Phdr),
                       .e_phnum = 2};
    memcpy(file.e_ident, ELFMAG "\2\1\1", 7);
    Elf64_Phdr segments[2] = {{.p_type = PT_NOTE, .p_offset = 4096},
                              {.p_type = PT_LOAD,
                               .p_flags = PF_R | PF_W,
                               .p_offset = 4096 + NOTE_SIZE,
                               .p_vaddr = STACK_AT,
                               .p_filesz = STACK,
                               .p_memsz = STACK}};
    struct elf_prstatus status = {.pr_pid = 42};
    size_t at = add_note(4096, NT_PRSTATUS, &status, sizeof status);
    const uint64_t auxv[4] = {AT_PHDR, headers, AT_NULL, 0};
    at = add_note(at, NT_AUXV, auxv, sizeof auxv);
    at = add_files(at, start);
    segments[0].p_filesz = at - 4096;
    memcpy(core, &file, sizeof file);
    memcpy(core + sizeof file, segments, sizeof segments);
    memset(core + 4096 + NOTE_SIZE, 0x5a, STACK);
}

static void write_core(size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(file, core, size), (ssize_t)size);
    close(file);
}

#endif
