/* What the tables say about an instruction, looked up once for each. */
#ifndef CTXTRACE_GOLANG_BINARY_PC_INFO_H
#define CTXTRACE_GOLANG_BINARY_PC_INFO_H

#include "golang/binary/pclntab.h"

/* What is known of a pc, cached. */
struct pc_info {
    uint64_t pc;
    struct function function;
    int32_t frame_size;                 /* -1 unknown */
    struct stack_map locals, arguments; /* that hold for a call here */
    uint64_t stack_objects;             /* address of the table of them; 0: there are none */
    bool known;                         /* it is in a Go function */
    bool interrupts; /* in one that has interrupted its caller, and was not called by it */
    /* The innermost inlined call first, once pc_info_lines() was asked; NULL before. */
    const struct line *lines;
    size_t line_count;
};

struct pc_cache;
struct pc_cache *pc_cache_new(void);
void pc_cache_free(struct pc_cache *cache);

/* For the instruction at pc. Valid until the program is closed. NULL when memory ran out. */
const struct pc_info *pc_info(const struct go_program *program, uint64_t pc);
/* Where `info` is of a return address: for the call before it. */
const struct pc_info *pc_info_of_call(const struct go_program *program, const struct pc_info *info);

/*
 * Looks the lines up, unless that was done before; an unknown pc has none. false when memory ran
 * out; then they stay NULL.
 */
bool pc_info_lines(const struct go_program *program, const struct pc_info *info);

#endif
