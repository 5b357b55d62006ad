/*
 * Functions, files, lines, inlined calls and frame sizes, from the tables that Go's own tracebacks
 * use; every program has them, stripped or not.
 *
 * Texts that are returned live as long as the program is open.
 */
#ifndef CTXTRACE_GOLANG_BINARY_PCLNTAB_H
#define CTXTRACE_GOLANG_BINARY_PCLNTAB_H

#include "golang/binary/program.h"

struct function {
    const struct module *module;
    uint64_t address; /* of its record */
    uint64_t entry;
    const char *name;  /* never NULL */
    int32_t arguments; /* bytes, negative: unknown */
    uint32_t pcsp, pcfile, pcln, pcdata_count, unit;
    uint8_t flags, funcdata_count;
    bool wrapper; /* made by the compiler around somebody's function */
};

enum function_flag { FUNCTION_TOP_FRAME = 1, FUNCTION_WRITES_SP = 2, FUNCTION_ASSEMBLY = 4 };
enum pcdata { PCDATA_UNSAFE_POINT, PCDATA_STACK_MAP, PCDATA_INLINE_TREE };
enum funcdata {
    FUNCDATA_ARGUMENT_MAPS,
    FUNCDATA_LOCAL_MAPS,
    FUNCDATA_STACK_OBJECTS,
    FUNCDATA_INLINE_TREE
};

struct line {
    const char *function, *file;
    uint32_t number;
    bool inlined;
};

bool function_at(const struct go_program *program, uint64_t pc, struct function *function);

/* The code of a function. */
struct function_code {
    uint64_t start, end; /* both 0: there is none of that name */
};

/*
 * Of the functions with these names in the executable itself. Where several have one, as a wrapper
 * for another calling convention has, the largest. Looks through all functions.
 */
void functions_named(const struct go_program *program, const char *const *names, size_t count,
                     struct function_code *codes);

/* Bytes between the stack pointer at pc and the return address; -1 when it is not known. */
int32_t function_frame_size(const struct go_program *program, const struct function *function,
                            uint64_t pc);

/* -1 when there is no table or value. */
int32_t function_pcdata(const struct go_program *program, const struct function *function,
                        enum pcdata table, uint64_t pc);
/* Address, 0 for none. */
uint64_t function_funcdata(const struct go_program *program, const struct function *function,
                           enum funcdata table);

/* A bit for each word of a part of a frame: is it a live pointer? */
struct stack_map {
    uint64_t bits;  /* their address */
    uint64_t first; /* the first 64 of them, which most maps are no longer than */
    uint32_t count;
    bool known;
};

/*
 * The map of this number (PCDATA_STACK_MAP), of locals or arguments; -1, before any, is the first.
 */
struct stack_map function_stack_map(const struct go_program *program,
                                    const struct function *function, enum funcdata kind,
                                    int32_t number);
/* The 64 bits from number `from` on, a multiple of 64; what cannot be read is taken for alive. */
uint64_t stack_map_bits(const struct go_program *program, const struct stack_map *map,
                        uint32_t from);

/*
 * The function, file and line at pc, innermost inlined call first. `pc` is the address of an
 * instruction, not a return address. Returns how many were written, at least 1 if room > 0.
 */
size_t function_lines(const struct go_program *program, const struct function *function,
                      uint64_t pc, struct line *lines, size_t room);

/* Does any call inlined into this function have a name with this prefix? */
bool function_inlines(const struct go_program *program, const struct function *function,
                      const char *prefix);
/* Is any of them a call of a method or function of this name, whatever its type? */
bool function_inlines_method(const struct go_program *program, const struct function *function,
                             const char *method);

#endif
