/*
 * Fields of the runtime's structures, by the layout of the program's release. To read many of one
 * structure, struct_view.h is faster.
 */
#ifndef CTXTRACE_GOLANG_BINARY_FIELD_H
#define CTXTRACE_GOLANG_BINARY_FIELD_H

#include "golang/binary/program.h"

/* A slice's first two words; zeroes if they cannot be read. */
struct slice go_slice(const struct go_program *program, uint64_t address);

/* The offset of a field, or LAYOUT_ABSENT. */
static inline int32_t field_offset(const struct go_program *program, enum layout_field field)
{
    return program->layout.at[field];
}

/* A word, or less, of the structure at `address`; 0 when absent or unreadable. */
uint64_t field_word(const struct go_program *program, uint64_t address, enum layout_field field);
uint32_t field_u32(const struct go_program *program, uint64_t address, enum layout_field field);
uint16_t field_u16(const struct go_program *program, uint64_t address, enum layout_field field);
uint8_t field_u8(const struct go_program *program, uint64_t address, enum layout_field field);

#endif
