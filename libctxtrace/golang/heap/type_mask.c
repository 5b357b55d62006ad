#include "golang/heap/type_mask.h"

#include <stdlib.h>

#define MAX_POINTER_BYTES (UINT64_C(64) << 20)
#define MAX_DEPTH         64
#define MAX_PARTS         (UINT64_C(1) << 22) /* a hostile type may nest without end */

struct making {
    const struct go_program *program;
    unsigned char *bits;
    uint64_t words; /* bits that there are */
    uint64_t parts; /* that were looked at */
};

static bool add_type(struct making *making, uint64_t address, uint64_t offset, unsigned depth);

static bool add_bits(struct making *making, const struct go_type *type, uint64_t offset)
{
    uint64_t words = type->pointer_bytes / 8, first = offset / 8;
    const unsigned char *bits =
        memory_at(making->program->memory, type->mask, (size_t)((words + 7) / 8));
    if (!bits || offset % 8 || first > making->words || words > making->words - first)
        return false;
    making->parts += words / 64; /* fields of a hostile type may lie on top of each other */
    for (uint64_t i = 0; i < words; i++)
        if (bits[i / 8] >> (i % 8) & 1)
            making->bits[(first + i) / 8] |= (unsigned char)(1U << ((first + i) % 8));
    return true;
}

static bool add_array(struct making *making, const struct go_type *type, uint64_t offset,
                      unsigned depth)
{
    uint64_t words[3]; /* element type, type of its slices, length */
    struct go_type element;
    if (!memory_read(making->program->memory, type->address + 48, words, sizeof words) ||
        !go_type_read(making->program, words[0], &element) || !element.size)
        return false;
    for (uint64_t i = 0; i < words[2] && i * element.size < type->pointer_bytes; i++)
        if (!add_type(making, words[0], offset + i * element.size, depth))
            return false;
    return true;
}

static bool add_struct(struct making *making, const struct go_type *type, uint64_t offset,
                       unsigned depth)
{
    struct go_field field;
    for (unsigned i = 0; go_type_field(making->program, type, i, &field); i++)
        if (field.offset < type->pointer_bytes &&
            !add_type(making, field.type, offset + field.offset, depth))
            return false;
    return true;
}

static bool add_type(struct making *making, uint64_t address, uint64_t offset, unsigned depth)
{
    struct go_type type;
    if (depth > MAX_DEPTH || making->parts++ > MAX_PARTS ||
        !go_type_read(making->program, address, &type))
        return false;
    if (!type.pointer_bytes)
        return true;
    if (type.mask)
        return add_bits(making, &type, offset);
    if (type.kind == KIND_ARRAY)
        return add_array(making, &type, offset, depth + 1);
    return type.kind == KIND_STRUCT && add_struct(making, &type, offset, depth + 1);
}

unsigned char *type_mask_make(const struct go_program *program, const struct go_type *type)
{
    if (type->pointer_bytes > MAX_POINTER_BYTES || type->pointer_bytes % 8)
        return NULL;
    struct making making = {program, NULL, type->pointer_bytes / 8, 0};
    making.bits = calloc(1, (size_t)(making.words / 8 + 1));
    if (making.bits && add_type(&making, type->address, 0, 0))
        return making.bits;
    free(making.bits);
    return NULL;
}
