/*
 * The build information is a blob, 16-byte aligned, at or near the start of the first writable
 * segment (in a section of its own when there are section headers):
 *
 *     14 bytes  "\xff Go buildinf:"
 *      1 byte   size of a pointer
 *      1 byte   flags; bit 1: strings follow inline (since Go 1.18)
 *     16 bytes  pointers, unused when inline
 *      varint   length of the version, then the version; then the module information
 *
 * Whoever builds a toolchain chooses the version text, and its length: "go1.26.8", "go1.27rc2",
 * "go1.26.8-X:nodwarf5,jsonv2", "go1.24.4 X:noswissmap", "go1.26.8 (Red Hat 1.26.8-1.el9)",
 * "go1.26.8-1", "devel go1.28-abc123 Mon Jan 2 15:04:05 2026 +0000 X:boringcrypto".
 */
#include "golang/binary/version.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD_SIZE      32 /* of a blob */
#define MAX_VARINT     10
#define BLOB_ALIGN     16
#define SEARCH_SIZE    (1 << 20)
#define LONGEST        UINT64_C(65536) /* a longer one is damage */
#define MAX_SEGMENTS   64 /* that are looked through; a damaged file can have many thousands */
#define LAST_PRINTABLE '~'

static const unsigned char magic[] = "\xff Go buildinf:";

/* The number that the bytes begin with, and how many of them it takes; 0: it is none. */
static size_t read_varint(const unsigned char *bytes, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < MAX_VARINT; i++) {
        *number |= (uint64_t)(bytes[i] & 0x7f) << (7 * i);
        if (!(bytes[i] & 0x80))
            return i + 1;
    }
    return 0;
}

/* It is untrusted and is shown to people: only harmless characters stay. */
static void make_printable(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > LAST_PRINTABLE)
            text[i] = '?';
    text[length] = '\0';
}

static char *read_text(int descriptor, uint64_t offset, uint64_t length)
{
    char *text = length && length <= LONGEST ? malloc(length + 1) : NULL;
    if (!text)
        return NULL;
    if (pread(descriptor, text, length, (off_t)offset) != (ssize_t)length) {
        free(text);
        return NULL;
    }
    make_printable(text, length);
    return text;
}

/* `blob` lies at `offset` of the file, and has room for a number behind its head. */
static char *parse_blob(int descriptor, uint64_t offset, const unsigned char *blob)
{
    uint64_t length;
    if (memcmp(blob, magic, sizeof magic - 1) != 0 || !(blob[15] & 2))
        return NULL;
    size_t taken = read_varint(blob + HEAD_SIZE, &length);
    return taken ? read_text(descriptor, offset + HEAD_SIZE + taken, length) : NULL;
}

static char *search(int descriptor, const struct elf_range *range)
{
    uint64_t length = range->file_size < SEARCH_SIZE ? range->file_size : SEARCH_SIZE;
    unsigned char *bytes = calloc(1, length + HEAD_SIZE + MAX_VARINT);
    ssize_t got = bytes ? pread(descriptor, bytes, length, (off_t)range->offset) : -1;
    char *found = NULL;
    for (ssize_t at = 0; at < got && !found; at += BLOB_ALIGN)
        if (bytes[at] == magic[0])
            found = parse_blob(descriptor, range->offset + (uint64_t)at, bytes + at);
    free(bytes);
    return found;
}

char *go_version_of(const struct elf_file *executable)
{
    struct elf_range range;
    int descriptor = elf_file_descriptor(executable);
    if (elf_file_section(executable, ".go.buildinfo", &range))
        return search(descriptor, &range);
    for (size_t i = 0; i < MAX_SEGMENTS && elf_file_segment(executable, i, &range); i++) {
        char *found = range.writable ? search(descriptor, &range) : NULL;
        if (found)
            return found;
    }
    return NULL;
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
