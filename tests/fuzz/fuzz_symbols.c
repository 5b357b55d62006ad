/*
 * Tables of symbols, their texts, notes and unwind information, in a file that is sound otherwise.
 * The input is
 *
 *     u16 bytes of symbols, u16 bytes of texts, u16 bytes of notes, u8 entry size; the three; then
 *     what is left is .eh_frame
 */
#include "base/error.h"
#include "elf_parts.h"
#include "image/elf_file.h"
#include "image/executable_kind.h"
#include "image/symbols.h"

static struct elf_part take_part(struct fuzz_input *input, const char *name, Elf64_Word type,
                                 size_t size)
{
    struct elf_part part = {.name = name, .type = type, .data = input->data, .size = size};
    if (part.size > input->size)
        part.size = input->size;
    input->data += part.size;
    input->size -= part.size;
    return part;
}

static void make_file(struct fuzz_file *file, const uint8_t *data, size_t size)
{
    static struct elf_parts made;
    struct fuzz_input input = {data, size};
    size_t symbols = fuzz_number(&input, 2), texts = fuzz_number(&input, 2),
           notes = fuzz_number(&input, 2), entry = fuzz_number(&input, 1);
    struct elf_part parts[4];
    parts[0] = take_part(&input, ".symtab", SHT_SYMTAB, symbols);
    parts[1] = take_part(&input, ".strtab", SHT_STRTAB, texts);
    parts[2] = take_part(&input, ".note", SHT_NOTE, notes);
    parts[3] = take_part(&input, ".eh_frame", SHT_PROGBITS, UINT16_MAX);
    parts[0].entry_size = entry ? entry : sizeof(Elf64_Sym);
    parts[0].link = 2;
    parts[3].flags = SHF_ALLOC;
    elf_parts_make(&made, parts, 4);
    fuzz_file_write(file, made.bytes, made.size);
}

static void look_at_file(const char *path)
{
    unsigned char id[ELF_BUILD_ID_SIZE];
    uint64_t address;
    struct executable_kind kind;
    struct error error = {.sentence = ""};
    struct elf_file *elf = elf_file_open(path, "the input", &error);
    if (!elf)
        abort();
    elf_file_symbol(elf, "runtime.firstmoduledata", &address);
    if (elf_file_build_id(elf, id) > sizeof id)
        abort();
    elf_file_close(elf);
    executable_kind_look(path, &kind);
    executable_kind_check(&kind, "the input", &error);
}

static void look_at_names(const char *path, size_t size)
{
    const struct symbol_request request = {.path = path, .not_after_ns = INT64_MAX};
    struct symbols *symbols = symbols_new();
    struct symbol_module *module = symbols ? symbols_module(symbols, &request) : NULL;
    for (uint64_t i = 0; module && i < 32; i++) {
        struct symbol_frame frames[4];
        uint64_t address = ELF_PARTS_BASE + (i * i * i - 1) * 4;
        size_t count = symbols_name(module, address, frames, 4);
        for (size_t n = 0; n < count; n++)
            if (frames[n].function && strlen(frames[n].function) > size)
                abort();
        if (symbols_function_start(module, address) > address)
            abort();
    }
    symbols_free(symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_file file;
    make_file(&file, data, size);
    fuzz_clock_start();
    look_at_file(file.path);
    look_at_names(file.path, size);
    fuzz_clock_stop();
    return 0;
}
