/*
 * Since Go 1.24 g.labels points to a slice of pairs of strings. Before, it points to a map, whose
 * buckets are eight hash bytes (below 5: empty), eight keys, eight values, and the next bucket:
 *
 *     map:  0 count   9 log2 of the number of buckets   16 buckets
 */
#include "golang/model/labels.h"

#include "golang/binary/field.h"

#include <stdio.h>
#include <string.h>

#define MAX_LABELS   64
#define SLOTS        8
#define LOWEST_HASH  5
#define BUCKET_SIZE  (SLOTS + SLOTS * 16 + SLOTS * 16 + 8)
#define MAX_LOG2     6
#define MAX_OVERFLOW 16

static void add_string(const struct go_program *program, uint64_t address, char *text)
{
    struct slice string = go_slice(program, address);
    size_t used = strlen(text), room = LABELS_SIZE - 1 - used;
    size_t length = string.length < room ? (size_t)string.length : room;
    if (length && !memory_read(program->memory, string.data, text + used, length))
        length = 0;
    text[used + length] = '\0';
}

static void add_text(const char *part, char *text)
{
    size_t used = strlen(text);
    snprintf(text + used, LABELS_SIZE - used, "%s", part);
}

static void add_pair(const struct go_program *program, uint64_t key, uint64_t value, char *text)
{
    if (text[0])
        add_text(", ", text);
    add_string(program, key, text);
    add_text("=", text);
    add_string(program, value, text);
}

static void add_bucket(const struct go_program *program, uint64_t bucket, char *text)
{
    for (unsigned i = 0; i < SLOTS; i++)
        if (memory_u8(program->memory, bucket + i) >= LOWEST_HASH)
            add_pair(program, bucket + SLOTS + 16 * (uint64_t)i,
                     bucket + SLOTS + SLOTS * 16 + 16 * (uint64_t)i, text);
}

static void add_map(const struct go_program *program, uint64_t map, char *text)
{
    unsigned log2 = memory_u8(program->memory, map + 9);
    uint64_t buckets = memory_word(program->memory, map + 16);
    for (uint64_t i = 0; log2 <= MAX_LOG2 && i < UINT64_C(1) << log2; i++) {
        uint64_t bucket = buckets + i * BUCKET_SIZE;
        for (unsigned n = 0; bucket && n < MAX_OVERFLOW; n++) {
            add_bucket(program, bucket, text);
            bucket = memory_word(program->memory, bucket + BUCKET_SIZE - 8);
        }
    }
}

void labels_text(const struct go_program *program, uint64_t labels, char text[LABELS_SIZE])
{
    text[0] = '\0';
    if (!labels)
        return;
    if (!program->layout.traits.list_of_labels) {
        uint64_t map = memory_word(program->memory, labels); /* a labelMap is a pointer itself */
        if (map && memory_word(program->memory, map) <= MAX_LABELS)
            add_map(program, map, text);
        return;
    }
    struct slice list = go_slice(program, labels);
    for (uint64_t i = 0; i < list.length && i < MAX_LABELS; i++)
        add_pair(program, list.data + 32 * i, list.data + 32 * i + 16, text);
}
