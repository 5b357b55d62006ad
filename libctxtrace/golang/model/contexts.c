#include "golang/model/contexts.h"

#include "golang/model/children_maps.h"
#include "golang/model/context_search.h"
#include "golang/model/context_soundness.h"
#include "image/ranges.h"

#include <stdlib.h>

static void scan_words(struct context_search *search, const uint64_t *words, size_t count)
{
    const struct context_words *known = &search->pattern->words;
    for (size_t i = 0; i + 1 < count; i++) {
        uint32_t number = context_words_find(known, words[i]);
        if (number != ADDRESS_MAP_NONE)
            context_search_word(search, number, words[i + 1]);
    }
}

static void scan_range(struct context_search *search, uint64_t start, uint64_t end)
{
    const uint64_t piece = UINT64_C(1) << 20;
    start = (start + 7) & ~UINT64_C(7);
    while (start + 16 <= end) {
        uint64_t size = end - start < piece ? end - start : piece;
        const uint64_t *words =
            memory_at(search->program->memory, start, (size_t)size & ~(size_t)7);
        if (words)
            scan_words(search, words, (size_t)size / 8);
        start += size < piece ? size : size - 8; /* a pair may lie across two pieces */
    }
}

void context_search_candidates(struct context_search *search,
                               const struct context_candidates *candidates)
{
    search->contexts->failed |= candidates->failed;
    for (size_t i = 0; i < candidates->count; i++) {
        const struct context_candidate *candidate = &candidates->items[i];
        if (!is_in_use(search, candidate->place, 16))
            continue; /* it is not held, but was once */
        if (candidate->kind == CANDIDATE_WORD)
            context_search_word(search, candidate->number, candidate->pointer);
        else
            context_search_object(search, candidate->place);
    }
}

static void search_range(struct context_search *search, uint64_t start, uint64_t end)
{
    search->in_root = true;
    scan_range(search, start, end);
    search->in_root = false;
}

void context_search_globals(struct context_search *search)
{
    for (size_t i = 0; i < search->program->module_count; i++) {
        const struct module *module = &search->program->modules[i];
        search_range(search, module->data, module->edata);
        search_range(search, module->bss, module->ebss);
    }
}

#define BATCH 256

void context_search_known(struct context_search *search, struct memory_pass *at_hand,
                          const struct contexts *known)
{
    const uint32_t pass = search->pass;
    struct ranges ranges = {0};
    for (size_t done = 0; done < known->count; done += BATCH) {
        size_t end = known->count - done < BATCH ? known->count : done + BATCH;
        for (size_t i = done; i < end; i++)
            ranges_add(&ranges, known->items[i].address,
                       search->types->items[known->items[i].type].size);
        ranges_join(&ranges);
        memory_pass_have(at_hand, ranges.items, ranges.count);
        ranges.count = 0;
        for (size_t i = done; i < end; i++) {
            search->pass = known->items[i].pass; /* it was not met, but remembered */
            if (search->pass + 2 >= pass)
                context_search_offer(search, known->items[i].type, known->items[i].address,
                                     known->items[i].guessed ? EVIDENCE_LOOKS : EVIDENCE_NAME);
        }
    }
    memory_pass_have(at_hand, NULL, 0);
    ranges_free(&ranges);
    search->pass = pass;
}

/* The list grows while it is walked: a parent may be known to its children only. */
static void follow_parents(struct context_search *search, size_t first)
{
    const uint32_t pass = search->pass;
    for (size_t i = first; i < search->contexts->count; i++) {
        const struct go_context *child = &search->contexts->items[i];
        search->pass = child->pass;
        uint32_t number = address_map_get(&search->types->by_itab, child->parent_itab);
        if (number != ADDRESS_MAP_NONE)
            context_search_offer(search, number, child->parent_data, EVIDENCE_NAME);
    }
    search->pass = pass;
}

/* Whoever holds a context holds its parents. */
static void mark_held(struct contexts *contexts)
{
    for (size_t i = 0; i < contexts->count; i++) {
        uint32_t at = contexts->items[i].held ? contexts->items[i].parent : CONTEXT_NO_PARENT;
        for (; at < contexts->count && !contexts->items[at].held; at = contexts->items[at].parent)
            contexts->items[at].held = true;
    }
}

static uint32_t index_of_parent(const struct context_search *search,
                                const struct go_context *context)
{
    const struct context_type *type = context_type_of(search->types, context->parent_itab);
    if (!type)
        return CONTEXT_NO_PARENT;
    return address_map_get(&search->contexts->by_address,
                           type->single ? type->type : context->parent_data);
}

static void link_contexts(struct context_search *search)
{
    struct contexts *contexts = search->contexts;
    for (size_t i = 0; i < contexts->count; i++) {
        struct go_context *context = &contexts->items[i];
        context->parent = index_of_parent(search, context);
        if (context->core && context->core != context->address) {
            uint32_t inner = address_map_get(&contexts->by_address, context->core);
            if (inner != ADDRESS_MAP_NONE)
                contexts->items[inner].hidden = true;
            contexts->failed |= !address_map_put(&contexts->by_address, context->core, (uint32_t)i);
        }
    }
    for (size_t i = 0; i < contexts->count; i++) {
        const struct go_context *context = &contexts->items[i];
        if (context->done && !context->error.type && !context->hidden)
            contexts->failed |= !address_map_put(&contexts->by_done, context->done, (uint32_t)i);
    }
}

struct context_search *context_search_begin(const struct context_types *types, struct masks *masks,
                                            const struct candidate_pattern *pattern, uint32_t pass,
                                            struct contexts *contexts)
{
    struct context_search *search = malloc(sizeof *search);
    *contexts = (struct contexts){0};
    if (!search)
        return NULL;
    *search = (struct context_search){.program = masks->program,
                                      .types = types,
                                      .heap = masks->heap,
                                      .masks = masks,
                                      .pattern = pattern,
                                      .contexts = contexts,
                                      .pass = pass};
    for (uint32_t i = 0; i < types->count && search->without_core_count < 2; i++)
        if (types->items[i].kind == CONTEXT_VALUE || types->items[i].kind == CONTEXT_WITHOUT_CANCEL)
            search->without_core[search->without_core_count++] = i;
    return search;
}

/* Most turn out to be contexts by what else leads to them. */
static size_t count_undecided(const struct context_search *search)
{
    const struct address_map *undecided = &search->undecided;
    size_t count = 0;
    for (size_t i = 0; i < undecided->capacity; i++)
        count += address_map_get(&search->contexts->by_address, undecided->slots[i].address) ==
                     ADDRESS_MAP_NONE &&
                 undecided->slots[i].address;
    return count;
}

bool context_search_end(struct context_search *search)
{
    struct contexts *contexts = search->contexts;
    size_t followed = 0;
    do { /* children that are only in their parents' maps may have parents that were not found yet
          */
        follow_parents(search, followed);
        link_contexts(search);
        followed = contexts->count;
    } while (children_maps_follow(search));
    mark_held(contexts);
    contexts->undecided = count_undecided(search);
    address_map_free(&search->undecided);
    free(search);
    return !contexts->failed;
}

void contexts_free(struct contexts *contexts)
{
    free(contexts->items);
    address_map_free(&contexts->by_address);
    address_map_free(&contexts->by_done);
    *contexts = (struct contexts){0};
}
