/*
 * Build information and versions. The first byte of the input says whether there is a section of
 * that name; the rest is what lies in it, or where it is looked for without one. Then the same
 * bytes are a version by themselves, whatever they are.
 */
#include "base/error.h"
#include "elf_parts.h"
#include "golang/binary/experiments.h"
#include "golang/binary/layout.h"
#include "golang/binary/version.h"

static void look_at_version(const char *version)
{
    char why[256];
    struct layout layout;
    struct error error = {.sentence = ""};
    int minor = go_minor_of(version);
    if (minor < -1 || minor > 999)
        abort();
    go_build_is_tested(version, minor, why, sizeof why);
    if (!layout_find(&layout, minor, version, -1, &error) && !error.sentence[0])
        abort();
}

/* Foreign text that is shown to people. */
static void check_is_plain(const char *version)
{
    for (const char *at = version; *at; at++)
        if (*at < ' ' || *at > '~')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_file file;
    static struct elf_parts made;
    struct fuzz_input input = {data, size};
    struct error error = {.sentence = ""};
    bool has_section = fuzz_number(&input, 1) & 1;
    if (input.size > ELF_PARTS_SIZE / 2)
        return 0;
    const struct elf_part part = {.name = has_section ? ".go.buildinfo" : ".data",
                                  .type = SHT_PROGBITS,
                                  .flags = SHF_ALLOC | SHF_WRITE,
                                  .data = input.data,
                                  .size = input.size};
    elf_parts_make(&made, &part, 1);
    fuzz_file_write(&file, made.bytes, made.size);
    fuzz_clock_start();
    struct elf_file *elf = elf_file_open(file.path, "the input", &error);
    if (!elf)
        abort();
    char *version = go_version_of(elf);
    if (version) {
        check_is_plain(version);
        look_at_version(version);
    }
    free(version);
    elf_file_close(elf);
    char *text = strndup((const char *)input.data, input.size);
    if (!text)
        abort();
    look_at_version(text);
    free(text);
    fuzz_clock_stop();
    return 0;
}
