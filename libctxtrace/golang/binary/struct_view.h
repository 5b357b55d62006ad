/*
 * One structure of the program, fetched in one piece, which is the fast way to read many of its
 * fields. A view is valid as long as a pointer from memory_at().
 */
#ifndef CTXTRACE_GOLANG_BINARY_STRUCT_VIEW_H
#define CTXTRACE_GOLANG_BINARY_STRUCT_VIEW_H

#include "golang/binary/program.h"

#include <string.h>

struct struct_view {
    const struct layout *layout;
    const unsigned char *bytes;
    size_t size;
};

/* false, and a view of nothing, if it cannot be read. */
static inline bool view_open(const struct go_program *program, uint64_t address, size_t size,
                             struct struct_view *view)
{
    const unsigned char *bytes = memory_at(program->memory, address, size);
    *view = (struct struct_view){&program->layout, bytes, bytes ? size : 0};
    return bytes != NULL;
}

/* Offsets can come from the program's own debugging information: they are not trusted. */
static inline uint64_t view_bits(const struct struct_view *view, enum layout_field field,
                                 size_t width)
{
    int32_t offset = view->layout->at[field];
    uint64_t value = 0;
    if (offset >= 0 && width <= view->size && (size_t)offset <= view->size - width)
        memcpy(&value, view->bytes + offset, width);
    return value;
}

/* As field_word() and its like: 0 when absent. */
static inline uint64_t view_word(const struct struct_view *view, enum layout_field field)
{
    return view_bits(view, field, 8);
}

static inline uint32_t view_u32(const struct struct_view *view, enum layout_field field)
{
    return (uint32_t)view_bits(view, field, 4);
}

static inline uint16_t view_u16(const struct struct_view *view, enum layout_field field)
{
    return (uint16_t)view_bits(view, field, 2);
}

static inline uint8_t view_u8(const struct struct_view *view, enum layout_field field)
{
    return (uint8_t)view_bits(view, field, 1);
}

#endif
