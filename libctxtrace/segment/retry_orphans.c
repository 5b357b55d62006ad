/*
 * Reading the contexts of a program that goes on meanwhile, without leaving orphans.
 *
 * A context keeps its parents alive, so at any instant a context's parent is there, too. But slots
 * are read one after the other: a child can be read, and both it and its parent be freed before the
 * parent's slot is reached; or parent and child can be made, the parent in a slot that was passed
 * already. Both leave a child without a parent. So whoever lacks a parent is looked at again: if it
 * is gone by now, it is left out; if it is there, so is its parent, and the table is read again for
 * contexts that were not seen. A parent that is not found then was never recorded.
 */
#include "segment/retry_orphans.h"

#include "base/array.h"
#include "base/invariant.h"
#include "base/sorted.h"
#include "segment/context_row.h"

#include <stdlib.h>
#include <string.h>

/*
 * After that many rounds what still lacks a parent stays without: the program is faster than we
 * are.
 */
enum { MOST_ROUNDS = 8 };

struct held_context {
    uint64_t words[CTX_WORDS];
    uint64_t slot;
};

struct held_contexts {
    struct held_context *items;
    size_t count, capacity;
    size_t known; /* the first `known` are in order of their ids; the others were added since */
};

static uint64_t id_of(const struct held_context *context)
{
    return context->words[CTX_ID];
}

static const struct held_context *find(const struct held_contexts *held, uint64_t id)
{
    invariant(held->known <= held->count);
    size_t place = SORTED_FIRST(i, 0, held->known, id_of(&held->items[i]) >= id);
    return place < held->known && id_of(&held->items[place]) == id ? &held->items[place] : NULL;
}

/* Takes what is not known yet. */
static bool visit(void *state, uint64_t index, const uint64_t *words)
{
    struct held_contexts *held = state;
    if (find(held, words[CTX_ID]))
        return true;
    if (!ARRAY_ROOM(held->items, held->capacity, held->count + 1))
        return false;
    struct held_context *context = &held->items[held->count++];
    memcpy(context->words, words, sizeof context->words);
    context->slot = index;
    return true;
}

static int by_id(const void *a, const void *b)
{
    uint64_t one = id_of(a), other = id_of(b);
    return one < other ? -1 : one > other;
}

static void put_in_order(struct held_contexts *held)
{
    if (held->count > held->known)
        qsort(held->items, held->count, sizeof *held->items, by_id);
    invariant(SORTED_ALL(i, held->count, id_of(&held->items[i - 1]) <= id_of(&held->items[i])));
    held->known = held->count;
}

static bool is_still_there(const struct segment_file *file, struct slot_chunk *chunk,
                           const struct held_context *context)
{
    const struct area_range *range = &file->areas[AREA_CONTEXTS];
    slot_chunk_read(chunk, file, range->offset + context->slot * range->item_size, 1);
    return chunk->sequences[0] == SEQUENCE_UNSTABLE || chunk->words[CTX_ID] == id_of(context);
}

/* Leaves out the orphans that are gone; *left counts those that stay. Returns how many went. */
static size_t drop_gone(struct held_contexts *held, const struct segment_file *file,
                        struct slot_chunk *chunk, size_t *left)
{
    size_t gone = 0;
    uint64_t last_parent = 0;
    bool last_found = true; /* 0 is the parent of the roots */
    *left = 0;
    /* Marked first and taken out afterwards: until then it is searched for parents. */
    uint8_t *goes = calloc(held->count + 1, 1);
    for (size_t i = 0; goes && i < held->count; i++) {
        uint64_t parent = held->items[i].words[CTX_PARENT_ID];
        if (parent != last_parent) {
            last_parent = parent;
            last_found = parent == 0 || find(held, parent);
        }
        if (last_found)
            continue;
        goes[i] = !is_still_there(file, chunk, &held->items[i]);
        gone += goes[i];
        *left += !goes[i];
    }
    size_t kept = 0;
    for (size_t i = 0; gone > 0 && i < held->count; i++) {
        if (!goes[i])
            held->items[kept++] = held->items[i];
    }
    if (gone > 0)
        held->count = held->known = kept;
    free(goes);
    return gone;
}

static bool retry_orphans(struct reading *reading, struct held_contexts *held,
                          struct slot_chunk *chunk)
{
    uint64_t ignored = 0;
    for (int round = 0; round < MOST_ROUNDS; round++) {
        size_t left, before;
        size_t gone = drop_gone(held, reading->file, chunk, &left);
        before = held->count;
        if (left > 0 && !slots_walk(reading->file, AREA_CONTEXTS, visit, held, &ignored))
            return false;
        put_in_order(held);
        if (gone == 0 && held->count == before)
            break;
    }
    return true;
}

bool read_contexts_with_parents(struct reading *reading)
{
    struct held_contexts held = {0};
    struct slot_chunk chunk;
    if (!slot_chunk_init(&chunk, reading->file->areas[AREA_CONTEXTS].item_size))
        return false;
    bool good =
        slots_walk(reading->file, AREA_CONTEXTS, visit, &held, &reading->in_flight[AREA_CONTEXTS]);
    if (good) {
        put_in_order(&held);
        good = retry_orphans(reading, &held, &chunk);
    }
    for (size_t i = 0; good && i < held.count; i++)
        good = add_context(reading, held.items[i].slot, held.items[i].words);
    slot_chunk_free(&chunk);
    free(held.items);
    return good;
}
