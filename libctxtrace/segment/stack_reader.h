/* The stacks of a segment, turned into the builder's. */
#ifndef CTXTRACE_SEGMENT_STACK_READER_H
#define CTXTRACE_SEGMENT_STACK_READER_H

#include "segment/module_reader.h"
#include "snapshot/builder.h"

struct known_stack {
    uint32_t reference; /* 0: free */
    uint32_t stack;
};

struct stack_reader {
    const struct segment_file *file;
    const struct module_table *modules;
    struct snapshot_builder *builder;
    struct known_stack *known; /* open addressing, a power of two */
    size_t known_slots, known_count;
    uint64_t unreadable; /* references that led to no complete stack */
    bool failed;         /* memory ran out */
};

bool stack_reader_init(struct stack_reader *reader, const struct segment_file *file,
                       const struct module_table *modules, struct snapshot_builder *builder);
void stack_reader_free(struct stack_reader *reader);

/* The builder's index of the stack that `reference` stands for, or SNAPSHOT_NONE. */
uint32_t stack_reader_find(struct stack_reader *reader, uint32_t reference);

#endif
