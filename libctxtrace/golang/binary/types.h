/* Types of the program as its own run-time type information describes them. */
#ifndef CTXTRACE_GOLANG_BINARY_TYPES_H
#define CTXTRACE_GOLANG_BINARY_TYPES_H

#include "golang/binary/program.h"

/* Numbers of reflect.Kind. */
enum go_kind {
    KIND_BOOL = 1,
    KIND_INT,
    KIND_INT8,
    KIND_INT16,
    KIND_INT32,
    KIND_INT64,
    KIND_UINT,
    KIND_UINT8,
    KIND_UINT16,
    KIND_UINT32,
    KIND_UINT64,
    KIND_UINTPTR,
    KIND_FLOAT32,
    KIND_FLOAT64,
    KIND_ARRAY = 17,
    KIND_CHAN,
    KIND_FUNC,
    KIND_INTERFACE,
    KIND_MAP,
    KIND_POINTER,
    KIND_SLICE,
    KIND_STRING,
    KIND_STRUCT,
};

struct go_type {
    uint64_t address, size, pointer_bytes,
        mask; /* mask: address of its pointer bits, 0 none (see type_mask.h) */
    uint8_t kind;
    bool direct; /* a value of it is kept in the data word of an interface itself */
};

#define GO_NAME_SIZE 192

bool go_type_read(const struct go_program *program, uint64_t address, struct go_type *type);

/* "main.request", "*context.cancelCtx"; empty when it cannot be read. Cut to fit. */
void go_type_name(const struct go_program *program, uint64_t address, char name[GO_NAME_SIZE]);

/* What a pointer points to, a channel carries, a slice holds; 0 for other kinds. */
uint64_t go_type_element(const struct go_program *program, const struct go_type *type);

/* Is it this type of this package, and not one of a namesake? For interfaces and structs. */
bool go_type_is(const struct go_program *program, uint64_t address, const char *package,
                const char *name);

/* Does the interface of this type have a method of this name? */
bool go_interface_has_method(const struct go_program *program, uint64_t address, const char *name);

struct go_field {
    char name[GO_NAME_SIZE];
    uint64_t type, offset;
    bool embedded;
};

/* Field number `index` of a struct; false when there are not so many. */
bool go_type_field(const struct go_program *program, const struct go_type *type, unsigned index,
                   struct go_field *field);

/* Calls back for every itab in the program's table: the interface's type and the concrete one. */
typedef void each_itab(void *state, uint64_t itab, uint64_t interface, uint64_t type);
bool go_itabs(const struct go_program *program, each_itab *each, void *state);

#endif
