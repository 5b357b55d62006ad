/*
 * A type, in all releases from 1.18 on:
 *
 *     0 size  8 pointer bytes  16 hash  20 flags  21 align  22 field align  23 kind
 *     24 equal  32 pointer mask  40 name offset  44 offset of pointer type    48 by kind:
 *     pointer, chan, slice: element; interface: package path, methods; struct: package path, fields
 *
 * A name is a byte of flags, a varint of the length, and the text.
 */
#include "golang/binary/types.h"

#include "golang/binary/field.h"
#include "golang/binary/limits.h"
#include "golang/binary/module.h"

#include <string.h>

#define FLAG_EXTRA_STAR      2
#define FLAG_MASK_ON_DEMAND  16
#define FLAG_DIRECT          32
#define KIND_MASK            31
#define KIND_DIRECT          32
#define KIND_MASK_BY_PROGRAM 64
#define NAME_EMBEDDED        8

bool go_type_read(const struct go_program *program, uint64_t address, struct go_type *type)
{
    const unsigned char *bytes = memory_at(program->memory, address, 48);
    if (!bytes || address % 8)
        return false;
    *type = (struct go_type){.address = address, .kind = bytes[23] & KIND_MASK};
    memcpy(&type->size, bytes, 8);
    memcpy(&type->pointer_bytes, bytes + 8, 8);
    memcpy(&type->mask, bytes + 32, 8);
    uint8_t flags = bytes[20];
    const struct release_traits *traits = &program->layout.traits;
    type->direct =
        traits->direct_in_flags ? (flags & FLAG_DIRECT) != 0 : (bytes[23] & KIND_DIRECT) != 0;
    if (traits->mask_in_flags ? flags & FLAG_MASK_ON_DEMAND : bytes[23] & KIND_MASK_BY_PROGRAM)
        type->mask = 0;
    return type->size < (UINT64_C(1) << 47) && type->pointer_bytes <= type->size;
}

static bool read_name(const struct go_program *program, uint64_t address, char *name, size_t size,
                      uint8_t *flags)
{
    uint64_t length = 0;
    unsigned at = 1;
    name[0] = '\0';
    *flags = memory_u8(program->memory, address);
    if (!memory_at(program->memory, address, 2))
        return false;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        uint8_t byte = memory_u8(program->memory, address + at++);
        length |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            break;
    }
    if (length >= size)
        length = size - 1;
    if (!length || !memory_read(program->memory, address + at, name, length))
        return false;
    name[length] = '\0';
    return true;
}

void go_type_name(const struct go_program *program, uint64_t address, char name[GO_NAME_SIZE])
{
    const struct module *module = module_of_type(program, address);
    uint8_t flags;
    name[0] = '\0';
    if (!module)
        return;
    uint32_t offset = memory_u32(program->memory, address + 40);
    if (!read_name(program, module->types + offset, name, GO_NAME_SIZE, &flags))
        return;
    if ((memory_u8(program->memory, address + 20) & FLAG_EXTRA_STAR) && name[0] == '*')
        memmove(name, name + 1, strlen(name));
}

uint64_t go_type_element(const struct go_program *program, const struct go_type *type)
{
    bool has = type->kind == KIND_POINTER || type->kind == KIND_CHAN || type->kind == KIND_SLICE;
    return has ? memory_word(program->memory, type->address + 48) : 0;
}

bool go_type_is(const struct go_program *program, uint64_t address, const char *package,
                const char *name)
{
    char text[GO_NAME_SIZE];
    struct go_type type;
    uint8_t flags;
    go_type_name(program, address, text);
    if (strcmp(text, name) != 0 || !go_type_read(program, address, &type))
        return false;
    if (type.kind != KIND_INTERFACE && type.kind != KIND_STRUCT)
        return false;
    uint64_t path = memory_word(program->memory, address + 48);
    return path && read_name(program, path, text, sizeof text, &flags) &&
           strcmp(text, package) == 0;
}

bool go_type_field(const struct go_program *program, const struct go_type *type, unsigned index,
                   struct go_field *field)
{
    if (type->kind != KIND_STRUCT)
        return false;
    struct slice fields = go_slice(program, type->address + 56);
    uint64_t words[3];
    uint8_t flags;
    if (index >= fields.length || index >= 4096 ||
        !memory_read(program->memory, fields.data + 24 * (uint64_t)index, words, sizeof words))
        return false;
    read_name(program, words[0], field->name, sizeof field->name, &flags);
    field->type = words[1];
    bool in_offset = program->layout.traits.embedded_in_offset;
    field->offset = in_offset ? words[2] >> 1 : words[2];
    field->embedded = in_offset ? words[2] & 1 : (flags & NAME_EMBEDDED) != 0;
    return true;
}

#define MAX_METHODS 4096

/* Behind the package path: a slice of methods, each an offset of its name and one of its type. */
bool go_interface_has_method(const struct go_program *program, uint64_t address, const char *name)
{
    const struct module *module = module_of_type(program, address);
    struct slice methods = go_slice(program, address + 56);
    char text[GO_NAME_SIZE];
    uint8_t flags;
    for (uint64_t i = 0; module && i < methods.length && i < MAX_METHODS; i++) {
        uint32_t offset = memory_u32(program->memory, methods.data + 8 * i);
        if (read_name(program, module->types + offset, text, sizeof text, &flags) &&
            strcmp(text, name) == 0)
            return true;
    }
    return false;
}

bool go_itabs(const struct go_program *program, each_itab *each, void *state)
{
    uint64_t table = program->itab_table ? memory_word(program->memory, program->itab_table) : 0;
    uint64_t size = table ? memory_word(program->memory, table) : 0;
    if (!size || size > MAX_ITABS || !memory_at(program->memory, table + 16, size * 8))
        return false;
    for (uint64_t i = 0; i < size; i++) {
        uint64_t itab = memory_word(program->memory, table + 16 + 8 * i);
        if (itab)
            each(state, itab, memory_word(program->memory, itab),
                 memory_word(program->memory, itab + 8));
    }
    return true;
}
