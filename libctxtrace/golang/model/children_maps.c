#include "golang/model/children_maps.h"

#include "base/array.h"
#include "golang/model/context_soundness.h"
#include "golang/model/missing_children.h"

#include <stdlib.h>

/* Objects of a map beside its buckets or groups: the header, tables, lists of what overflowed. */
#define MOST_OTHERS 64

struct map_walk {
    struct context_search *search;
    struct address_map seen; /* objects */
    uint64_t *queue;
    size_t count, capacity, next;
    size_t most; /* objects; a map that is torn can lead anywhere */
    bool failed;
};

static void follow(struct map_walk *walk, uint64_t pointer)
{
    const struct span *span = heap_span_of(walk->search->heap, pointer);
    if (!span || walk->count >= walk->most)
        return;
    uint64_t object = span_object(span, span_index_of(span, pointer));
    if (address_map_get(&walk->seen, object) != ADDRESS_MAP_NONE)
        return;
    if (!ARRAY_ROOM(walk->queue, walk->capacity, walk->count + 1) ||
        !address_map_put(&walk->seen, object, (uint32_t)walk->count)) {
        walk->failed = true;
        return;
    }
    walk->queue[walk->count++] = object;
}

/* The second word of a key, or what leads on. */
static void look_at_pointer(void *state, uint64_t at, uint64_t pointer)
{
    struct map_walk *walk = state;
    const struct context_search *search = walk->search;
    uint32_t number = ADDRESS_MAP_NONE;
    if (is_in_use(search, at - 8, 16))
        number = context_words_find(&search->pattern->words,
                                    memory_word(search->program->memory, at - 8));
    if (number != ADDRESS_MAP_NONE)
        context_search_word(walk->search, number, pointer);
    else
        follow(walk, pointer);
}

static void walk_map(struct map_walk *walk, uint64_t map, uint64_t children)
{
    const struct context_search *search = walk->search;
    walk->count = walk->next = 0;
    walk->most = (size_t)children + MOST_OTHERS;
    follow(walk, map);
    while (walk->next < walk->count && !walk->failed) {
        uint64_t object = walk->queue[walk->next++];
        const struct span *span = heap_span_of(search->heap, object);
        if (!span->noscan)
            visit_object(search->masks, span, span_index_of(span, object), look_at_pointer, walk);
    }
}

bool children_maps_follow(struct context_search *search)
{
    struct contexts *contexts = search->contexts;
    struct map_walk walk = {.search = search};
    const size_t count = contexts->count;
    const uint32_t pass = search->pass;
    uint64_t *found = children_found(search->types, contexts);
    for (size_t i = 0; found && i < count; i++) {
        uint64_t map, children = children_by_map(search->program, &contexts->items[i], &map);
        if (children <= found[i] || contexts->items[i].map_walked)
            continue;
        contexts->items[i].map_walked = true;
        search->pass = contexts->items[i].pass;
        walk_map(&walk, map, children);
    }
    search->pass = pass;
    contexts->failed |= !found || walk.failed;
    free(found);
    free(walk.queue);
    address_map_free(&walk.seen);
    return contexts->count > count;
}
