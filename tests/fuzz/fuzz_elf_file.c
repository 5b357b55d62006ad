/*
 * An executable: all that is asked of its headers, symbols, notes and debug information, but for
 * line numbers: libdw reads the table of them, and past its end if it is damaged (elfutils 0.188).
 */
#include "base/error.h"
#include "fuzz.h"
#include "golang/binary/experiments.h"
#include "golang/binary/layout.h"
#include "golang/binary/version.h"
#include "image/elf_file.h"
#include "image/symbols.h"
#include "image/type_layout.h"

static void look_at_file(const struct elf_file *file)
{
    unsigned char id[ELF_BUILD_ID_SIZE];
    struct elf_range range;
    uint64_t address;
    elf_file_is_position_independent(file);
    elf_file_program_headers(file);
    for (size_t i = 0; elf_file_segment(file, i, &range); i++)
        ;
    elf_file_section(file, ".go.buildinfo", &range);
    elf_file_section(file, "no such section", &range);
    elf_file_symbol(file, "runtime.allgs", &address);
    if (elf_file_build_id(file, id) > sizeof id)
        abort();
    char *version = go_version_of(file);
    if (version) {
        char why[256];
        go_build_is_tested(version, go_minor_of(version), why, sizeof why);
    }
    free(version);
}

static void look_at_types(const struct elf_file *file)
{
    int32_t answers[3] = {-1, -1, -1};
    const struct layout_query queries[] = {
        {"g", "sched.sp", &answers[0]}, {"g", "", &answers[1]}, {"gobuf", "pc", &answers[2]}};
    struct error error;
    struct layout layout;
    type_layout_answer(elf_file_descriptor(file), "runtime", queries, 3);
    layout_find(&layout, 99, "go1.99", elf_file_descriptor(file), &error);
}

static void look_at_names(const char *path, const uint8_t *data, size_t size)
{
    const struct symbol_request request = {.path = path, .not_after_ns = INT64_MAX};
    struct symbols *symbols = symbols_new();
    struct symbol_module *module = symbols ? symbols_module(symbols, &request) : NULL;
    struct symbol_frame frames[8];
    for (size_t i = 0; module && i < 16; i++) {
        /* Some addresses where seeds have code, and one that the input itself chooses. */
        uint64_t address = 0x401000 + 8 * i;
        if (i == 0 && size >= 8)
            memcpy(&address, data + size - 8, 8);
        size_t count = symbols_name(module, address, frames, 8);
        if (symbols_function_start(module, address) > address)
            abort();
        for (size_t n = 0; n < count; n++)
            if (frames[n].function && strlen(frames[n].function) > size)
                abort();
    }
    symbols_free(symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_file file;
    struct error error = {.sentence = ""};
    fuzz_file_write(&file, data, size);
    fuzz_clock_start();
    struct elf_file *elf = elf_file_open(file.path, "the input", &error);
    if (elf) {
        look_at_file(elf);
        look_at_types(elf);
        elf_file_close(elf);
        if (!memmem(data, size, "debug_line", 10))
            look_at_names(file.path, data, size);
    } else if (!error.sentence[0]) {
        abort();
    }
    fuzz_clock_stop();
    return 0;
}
