/*
 * The build information is a blob, 16-byte aligned, at or near the start of the first writable
 * segment (in a section of its own when there are section headers):
 *
 *     14 bytes  "\xff Go buildinf:"
 *      1 byte   size of a pointer
 *      1 byte   flags; bit 1: strings follow inline (since Go 1.18)
 *     16 bytes  pointers, unused when inline
 *      varint   length of the version, then the version; then the module information
 */
#include "golang/version.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOB_SIZE   96
#define BLOB_ALIGN  16
#define SEARCH_SIZE (1 << 20)

#define MAX_SEGMENTS 64 /* that are looked through; a damaged file can have many thousands */

static const unsigned char magic[] = "\xff Go buildinf:";

static bool parse_blob(const unsigned char *blob, char *version, size_t size)
{
    if (memcmp(blob, magic, sizeof magic - 1) != 0 || !(blob[15] & 2))
        return false;
    size_t length = blob[32];
    if (length >= 0x80 || length > BLOB_SIZE - 33 || length >= size)
        return false;
    memcpy(version, blob + 33, length);
    version[length] = '\0';
    return true;
}

static bool search(int descriptor, uint64_t offset, uint64_t length, char *version, size_t size)
{
    if (length > SEARCH_SIZE)
        length = SEARCH_SIZE;
    unsigned char *bytes = calloc(1, length + BLOB_SIZE);
    ssize_t got = bytes ? pread(descriptor, bytes, length, (off_t)offset) : -1;
    bool found = false;
    for (ssize_t at = 0; at < got && !found; at += BLOB_ALIGN)
        found = bytes[at] == magic[0] && parse_blob(bytes + at, version, size);
    free(bytes);
    return found;
}

bool go_version_of(const struct elf_file *executable, char *version, size_t size)
{
    struct elf_range range;
    int descriptor = elf_file_descriptor(executable);
    if (elf_file_section(executable, ".go.buildinfo", &range))
        return search(descriptor, range.offset, range.file_size, version, size);
    for (size_t i = 0; i < MAX_SEGMENTS && elf_file_segment(executable, i, &range); i++)
        if (range.writable && search(descriptor, range.offset, range.file_size, version, size))
            return true;
    return false;
}

int go_minor_of(const char *version)
{
    const char *found = strstr(version, "go1.");
    if (!found)
        return -1;
    char *end;
    long minor = strtol(found + 4, &end, 10);
    return end == found + 4 || minor < 0 || minor > 999 ? -1 : (int)minor;
}
