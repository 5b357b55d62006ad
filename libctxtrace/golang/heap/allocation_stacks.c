#include "golang/heap/allocation_stacks.h"

#include "base/array.h"
#include "golang/binary/field.h"
#include "golang/binary/struct_view.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY_PROFILE 1    /* kind of bucket: neither blocking nor mutexes */
#define MAX_DEPTH      1024 /* the runtime's own limit */
#define NO_BUCKET      (ALLOCATION_STACK_NONE - 1)

static uint64_t mix(uint64_t hash, uint64_t number)
{
    hash += number;
    hash += hash << 10;
    return hash ^ hash >> 6;
}

uint64_t allocation_stack_hash(const uint64_t *addresses, size_t count, uint64_t size)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < count; i++)
        hash = mix(hash, addresses[i]);
    hash = mix(hash, size);
    hash += hash << 3;
    return hash ^ hash >> 11;
}

/* Its return addresses; NULL if it is not a bucket of allocations. */
static const uint64_t *read_bucket(const struct go_program *program, uint64_t bucket,
                                   struct allocation_stack *stack)
{
    struct struct_view view;
    int32_t header = field_offset(program, BUCKET_HEADER_SIZE);
    if (header <= 0 || bucket % 8 || !view_open(program, bucket, (size_t)header, &view))
        return NULL;
    uint64_t depth = view_word(&view, BUCKET_STACK_LENGTH), hash = view_word(&view, BUCKET_HASH);
    *stack = (struct allocation_stack){.count = (uint32_t)depth,
                                       .size = view_word(&view, BUCKET_OBJECT_SIZE)};
    if (view_word(&view, BUCKET_KIND) != MEMORY_PROFILE || !depth || depth > MAX_DEPTH)
        return NULL;
    const uint64_t *addresses = memory_at(program->memory, bucket + (uint64_t)header, depth * 8);
    return addresses && allocation_stack_hash(addresses, depth, stack->size) == hash ? addresses
                                                                                     : NULL;
}

static uint32_t add(struct allocation_stacks *stacks, const struct go_program *program,
                    uint64_t bucket)
{
    struct allocation_stack stack;
    const uint64_t *addresses = read_bucket(program, bucket, &stack);
    if (!addresses)
        return NO_BUCKET;
    if (stacks->count >= NO_BUCKET ||
        !ARRAY_ROOM(stacks->items, stacks->capacity, stacks->count + 1) ||
        !ARRAY_ROOM(stacks->addresses, stacks->address_capacity,
                    stacks->address_count + stack.count)) {
        stacks->failed = true;
        return NO_BUCKET;
    }
    stack.first = stacks->address_count;
    memcpy(stacks->addresses + stack.first, addresses, stack.count * sizeof *addresses);
    stacks->address_count += stack.count;
    stacks->items[stacks->count] = stack;
    return (uint32_t)stacks->count++;
}

uint32_t allocation_stacks_find(struct allocation_stacks *stacks, const struct go_program *program,
                                uint64_t bucket)
{
    uint32_t index = bucket ? address_map_get(&stacks->known, bucket) : NO_BUCKET;
    if (index == ADDRESS_MAP_NONE) {
        index = add(stacks, program, bucket);
        stacks->failed |= !address_map_put(&stacks->known, bucket, index);
    }
    return index < stacks->count ? index : ALLOCATION_STACK_NONE;
}

void allocation_stacks_free(struct allocation_stacks *stacks)
{
    free(stacks->items);
    free(stacks->addresses);
    address_map_free(&stacks->known);
    *stacks = (struct allocation_stacks){0};
}
