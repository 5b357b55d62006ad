/* Stacks, interned by their frames, and the sites that they belong to. */
#ifndef CTXTRACE_SNAPSHOT_STACKS_H
#define CTXTRACE_SNAPSHOT_STACKS_H

#include "snapshot/builder.h"
#include "snapshot/fingerprint.h"

struct stack_table {
    struct snapshot_frame *frames;
    size_t frame_count, frame_capacity;
    struct snapshot_stack *stacks;
    size_t stack_count, stack_capacity;
    struct snapshot_site *sites;
    size_t site_count, site_capacity;
    uint32_t *slots; /* open addressing, a power of two: index of a stack + 1 */
    size_t slot_count;
    uint64_t seed;
};

bool stacks_init(struct stack_table *table);
void stacks_free(struct stack_table *table);

/* False when memory ran out. */
bool stacks_intern(struct stack_table *table, const struct snapshot_frame *frames, size_t count,
                   bool truncated, uint32_t *stack);

/*
 * Gives every stack its site. To be called once, when all stacks are there. False when memory ran
 * out.
 */
bool stacks_make_sites(struct stack_table *table, const struct fingerprint_source *source);

/* See builder_expand_frames(). */
bool stacks_expand(struct stack_table *table, struct snapshot_builder *builder,
                   builder_expand_function *expand, void *state);

#endif
