/*
 * The notes of a core that is sound otherwise: threads, registers, mappings, the command. The input
 * is a list of notes, with lengths that always fit, since libelf stops at the first that does not:
 *
 *     u8 which kind, u16 bytes, the bytes
 */
#include "base/error.h"
#include "fuzz.h"
#include "golang/binary/program.h"
#include "image/image.h"

#include <elf.h>
#include <sys/procfs.h>

enum { NOTES_AT = 4096, MOST_NOTES = 1 << 16, MEMORY = 4096, BASE = 0x400000 };

static uint8_t core[NOTES_AT + MOST_NOTES + MEMORY];

static const uint32_t kinds[] = {NT_PRSTATUS, NT_PRPSINFO, NT_AUXV,
                                 NT_FILE,     NT_FPREGSET, NT_X86_XSTATE};

static size_t put_note(size_t at, uint32_t kind, const uint8_t *data, size_t size)
{
    const Elf64_Nhdr header = {.n_namesz = 5, .n_descsz = (Elf64_Word)size, .n_type = kind};
    size_t padded = (size + 3) & ~(size_t)3;
    if (at + sizeof header + 8 + padded > NOTES_AT + MOST_NOTES)
        return at;
    memset(core + at, 0, sizeof header + 8 + padded);
    memcpy(core + at, &header, sizeof header);
    memcpy(core + at + sizeof header, "CORE", 5);
    if (size)
        memcpy(core + at + sizeof header + 8, data, size);
    return at + sizeof header + 8 + padded;
}

static size_t put_notes(struct fuzz_input input)
{
    static const struct elf_prstatus status = {.pr_pid = 1};
    size_t at = put_note(NOTES_AT, NT_PRSTATUS, (const uint8_t *)&status, sizeof status);
    while (input.size) {
        uint8_t kind = (uint8_t)fuzz_number(&input, 1);
        size_t size = fuzz_number(&input, 2);
        if (size > input.size)
            size = input.size;
        at = put_note(at, kinds[kind % (sizeof kinds / sizeof *kinds)], input.data, size);
        input.data += size;
        input.size -= size;
    }
    return at;
}

static void make_core(struct fuzz_file *file, struct fuzz_input input)
{
    const Elf64_Ehdr header = {.e_ident = ELFMAG "\2\1\1",
                               .e_type = ET_CORE,
                               .e_machine = EM_X86_64,
                               .e_version = EV_CURRENT,
                               .e_phoff = sizeof(Elf64_Ehdr),
                               .e_ehsize = sizeof(Elf64_Ehdr),
                               .e_phentsize = sizeof(Elf64_Phdr),
                               .e_phnum = 2};
    size_t end = put_notes(input);
    const Elf64_Phdr segments[2] = {
        {.p_type = PT_NOTE, .p_offset = NOTES_AT, .p_filesz = end - NOTES_AT, .p_align = 4},
        {.p_type = PT_LOAD,
         .p_flags = PF_R | PF_W,
         .p_offset = end,
         .p_vaddr = BASE,
         .p_filesz = MEMORY,
         .p_memsz = MEMORY}};
    memcpy(core, &header, sizeof header);
    memcpy(core + sizeof header, segments, sizeof segments);
    memset(core + end, 0x5a, MEMORY);
    fuzz_file_write(file, core, end + MEMORY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_file file, executable;
    struct error error = {.sentence = ""};
    if (!executable.path[0]) {
        const Elf64_Ehdr header = {.e_ident = ELFMAG "\2\1\1",
                                   .e_type = ET_EXEC,
                                   .e_machine = EM_X86_64,
                                   .e_version = EV_CURRENT,
                                   .e_ehsize = sizeof(Elf64_Ehdr)};
        fuzz_file_write(&executable, (const uint8_t *)&header, sizeof header);
    }
    make_core(&file, (struct fuzz_input){data, size});
    fuzz_clock_start();
    struct image *image = image_open_core(file.path, executable.path, &error);
    if (!image && !error.sentence[0])
        abort();
    for (size_t i = 0; image && i < image->thread_count && i < 64; i++)
        memory_word(image->memory, image->threads[i].sp);
    if (image)
        go_program_close(go_program_open(image, &error));
    image_close(image);
    fuzz_clock_stop();
    return 0;
}
