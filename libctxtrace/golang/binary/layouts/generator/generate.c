/*
 * generate MINOR EXECUTABLE: writes the layout of a Go release to standard output, as a row for
 * layout_table.c, from the DWARF and the symbols of a program built with it.
 *
 * layouts/generator/generate.sh builds the program and calls this.
 */
#include "base/error.h"
#include "golang/binary/layout.h"
#include "image/elf_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads bytes that the file has at an address. */
static bool read_at(const struct elf_file *file, uint64_t address, void *buffer, size_t size)
{
    struct elf_range range;
    for (size_t i = 0; elf_file_segment(file, i, &range); i++)
        if (address >= range.address && address - range.address + size <= range.file_size)
            return pread(elf_file_descriptor(file), buffer, size,
                         (off_t)(range.offset + (address - range.address))) == (ssize_t)size;
    return false;
}

static bool print_wait_reasons(const struct elf_file *file)
{
    uint64_t table;
    if (!elf_file_symbol(file, "runtime.waitReasonStrings", &table))
        return false;
    printf(".wait_reasons = {\n");
    for (unsigned i = 0; i < LAYOUT_WAIT_REASONS - 1; i++) {
        uint64_t string[2];
        char text[64] = "";
        if (!read_at(file, table + 16 * i, string, sizeof string) || string[1] >= sizeof text)
            break;
        if (string[1] && !read_at(file, string[0], text, string[1]))
            break;
        if (i && !string[1])
            break;
        if (strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .()") != string[1])
            break;
        printf("    \"%s\",\n", text);
    }
    printf("},\n");
    return true;
}

int main(int count, char **arguments)
{
    struct error error;
    struct layout layout;
    if (count != 3) {
        fprintf(stderr, "usage: generate MINOR EXECUTABLE\n");
        return 2;
    }
    struct elf_file *file = elf_file_open(arguments[2], arguments[2], &error);
    if (!file) {
        fprintf(stderr, "generate: %s\n", error.sentence);
        return 2;
    }
    for (size_t i = 0; i < LAYOUT_FIELD_COUNT; i++)
        layout.at[i] = LAYOUT_ABSENT;
    if (!layout_from_dwarf(&layout, elf_file_descriptor(file))) {
        fprintf(stderr, "generate: %s has no DWARF.\n", arguments[2]);
        return 2;
    }
    printf("/* Go 1.%s, linux/amd64. Made by layouts/generator; do not edit. */\n"
           "/* clang-format off */\n",
           arguments[1]);
    printf(".minor = %s,\n.at = {\n", arguments[1]);
    for (int i = 0; i < LAYOUT_FIELD_COUNT; i++)
        printf("    [%s] = %d,\n", layout_field_name((enum layout_field)i), layout.at[i]);
    printf("},\n");
    if (!print_wait_reasons(file))
        fprintf(stderr, "generate: %s has no table of wait reasons.\n", arguments[2]);
    elf_file_close(file);
    return 0;
}
