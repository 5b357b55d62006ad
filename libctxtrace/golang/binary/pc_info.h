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
    bool known;                         /* it is in a Go function */
    /* The innermost inlined call first, once pc_info_lines() was asked; NULL before. */
    const struct line *lines;
    size_t line_count;
};

struct pc_cache;
struct pc_cache *pc_cache_new(void);
void pc_cache_free(struct pc_cache *cache);

/* For the instruction at pc. Valid until the program is closed. NULL when memory ran out. */
const struct pc_info *pc_info(const struct go_program *program, uint64_t pc);

/*
 * Looks the lines up, unless that was done before; an unknown pc has none. false when memory ran
 * out; then they stay NULL.
 */
bool pc_info_lines(const struct go_program *program, const struct pc_info *info);

#endif
