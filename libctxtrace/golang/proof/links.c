#include "golang/proof/links.h"

#include "base/array.h"
#include "golang/binary/field.h"

#include <stdlib.h>
#include <string.h>

/* An object of a map. */
struct piece {
    const struct span *span;
    uint32_t index;
};

struct following {
    const struct go_program *program;
    const struct context_types *types;
    const struct model *model;
    struct masks *masks;
    bool *linked;
    uint64_t *seen; /* one bit for each object of the heap */
    struct piece *pieces;
    size_t count, capacity;
    bool failed;
};

static void add_piece(struct following *following, uint64_t pointer)
{
    const struct span *span = heap_span_of(&following->model->heap, pointer);
    if (!span || span->noscan)
        return;
    uint32_t index = span_index_of(span, pointer);
    uint64_t number = span->first_bit + index, bit = UINT64_C(1) << (number % 64);
    if (following->seen[number / 64] & bit)
        return;
    following->seen[number / 64] |= bit;
    if (!ARRAY_ROOM(following->pieces, following->capacity, following->count + 1)) {
        following->failed = true;
        return;
    }
    following->pieces[following->count++] = (struct piece){span, index};
}

/* A key is an interface value: an itab, and the child. */
static void look_at_pointer(void *state, uint64_t at, uint64_t pointer)
{
    struct following *following = state;
    uint64_t before = memory_word(following->program->memory, at - 8);
    if (!context_type_of(following->types, before)) {
        add_piece(following, pointer);
        return;
    }
    uint32_t child = address_map_get(&following->model->contexts.by_address, pointer);
    if (child != ADDRESS_MAP_NONE)
        following->linked[child] = true;
}

static void follow_map(struct following *following, uint64_t map)
{
    add_piece(following, map);
    while (following->count && !following->failed) {
        struct piece piece = following->pieces[--following->count];
        visit_object(following->masks, piece.span, piece.index, look_at_pointer, following);
    }
}

static void look_at_maps(struct following *following)
{
    const struct contexts *contexts = &following->model->contexts;
    int32_t children = field_offset(following->program, CANCEL_CHILDREN);
    for (size_t i = 0; i < contexts->count && children >= 0; i++)
        if (contexts->items[i].core)
            follow_map(following, memory_word(following->program->memory,
                                              contexts->items[i].core + (uint64_t)children));
}

static void look_at_watchers(const struct model *model, const bool *watches, bool *linked)
{
    for (size_t i = 0; i < model->goroutines.count; i++) {
        const struct stack_summary *stack = &model->goroutines.items[i].stack;
        for (size_t n = 0; watches[i] && n < stack->wait_count; n++) {
            uint64_t channel = model->stacks.waits[stack->first_wait + n].address;
            uint32_t context = address_map_get(&model->contexts.by_done, channel);
            if (context != ADDRESS_MAP_NONE)
                linked[context] = true;
        }
    }
}

static void look_at_parents(const struct context_types *types, const struct contexts *contexts,
                            bool *linked)
{
    for (size_t i = 0; i < contexts->count; i++) {
        const struct context_type *parent = context_type_of(types, contexts->items[i].parent_itab);
        if (parent && strcmp(parent->name, "context.stopCtx") == 0)
            linked[i] = true;
    }
}

bool links_find(const struct go_program *program, const struct context_types *types,
                const struct model *model, struct masks *masks, const bool *watches, bool *linked)
{
    struct following following = {.program = program,
                                  .types = types,
                                  .model = model,
                                  .masks = masks,
                                  .linked = linked,
                                  .seen = calloc(model->heap.object_count / 64 + 1, 8)};
    bool good = following.seen != NULL;
    if (good)
        look_at_maps(&following);
    look_at_watchers(model, watches, linked);
    look_at_parents(types, &model->contexts, linked);
    free(following.seen);
    free(following.pieces);
    return good && !following.failed;
}
