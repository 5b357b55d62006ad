#include "golang/binary/field.h"

struct slice go_slice(const struct go_program *program, uint64_t address)
{
    uint64_t words[2];
    memory_read(program->memory, address, words, sizeof words);
    return (struct slice){words[0], words[1]};
}

uint64_t field_word(const struct go_program *program, uint64_t address, enum layout_field field)
{
    int32_t offset = program->layout.at[field];
    return offset < 0 ? 0 : memory_word(program->memory, address + (uint64_t)offset);
}

uint32_t field_u32(const struct go_program *program, uint64_t address, enum layout_field field)
{
    int32_t offset = program->layout.at[field];
    return offset < 0 ? 0 : memory_u32(program->memory, address + (uint64_t)offset);
}

uint16_t field_u16(const struct go_program *program, uint64_t address, enum layout_field field)
{
    int32_t offset = program->layout.at[field];
    return offset < 0 ? 0 : memory_u16(program->memory, address + (uint64_t)offset);
}

uint8_t field_u8(const struct go_program *program, uint64_t address, enum layout_field field)
{
    int32_t offset = program->layout.at[field];
    return offset < 0 ? 0 : memory_u8(program->memory, address + (uint64_t)offset);
}
