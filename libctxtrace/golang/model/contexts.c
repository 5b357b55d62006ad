#include "golang/model/contexts.h"

#include "base/array.h"
#include "golang/binary/field.h"
#include "image/ranges.h"
#include "snapshot/times.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CONTEXTS (UINT32_C(1) << 28)

struct context_search {
    const struct go_program *program;
    const struct context_types *types;
    const struct heap *heap;
    struct contexts *contexts;
    struct candidate_pattern pattern;
    uint32_t cancel_type, deadline_type;
    uint64_t channel_type; /* of done channels, once one was met */
    uint64_t error_type;   /* of the last error that was met */
    bool error_is_deadline;
    uint32_t pass;
    bool in_root; /* what is met now is met on a stack or in global data */
};

bool is_global_data(const struct go_program *program, uint64_t address)
{
    for (size_t i = 0; i < program->module_count; i++) {
        const struct module *module = &program->modules[i];
        if ((address >= module->noptrdata && address < module->enoptrdata) ||
            (address >= module->data && address < module->edata) ||
            (address >= module->bss && address < module->ebss) ||
            (address >= module->noptrbss && address < module->enoptrbss))
            return true;
    }
    return false;
}

/* ---- what a context holds ---- */

static struct interface_value read_interface(const struct context_search *search, uint64_t address,
                                             bool is_any)
{
    uint64_t words[2];
    memory_read(search->program->memory, address, words, sizeof words);
    if (!is_any && words[0]) /* an itab, which knows the type */
        words[0] = memory_word(search->program->memory, words[0] + 8);
    return (struct interface_value){words[0], words[1]};
}

#define WALL_HAS_MONOTONIC (UINT64_C(1) << 63)
#define SECONDS_TO_1885    INT64_C(59453308800)
#define SECONDS_TO_1970    INT64_C(62135596800)

/* A time.Time: wall, ext, loc. Returns nanoseconds since 1970. */
static int64_t read_time(const struct context_search *search, uint64_t address)
{
    uint64_t wall = memory_word(search->program->memory, address);
    int64_t seconds = (int64_t)memory_word(search->program->memory, address + 8);
    if (wall & WALL_HAS_MONOTONIC)
        seconds = SECONDS_TO_1885 + (int64_t)(wall << 1 >> 31);
    seconds = time_between(SECONDS_TO_1970, seconds);
    if (seconds < -INT64_C(9000000000) || seconds > INT64_C(9000000000))
        return INT64_MAX;
    return seconds * 1000000000 + (int64_t)(wall & ((1 << 30) - 1));
}

static bool is_done_channel(struct context_search *search, uint64_t type)
{
    struct go_type channel;
    char name[GO_NAME_SIZE];
    if (type == search->channel_type)
        return true;
    if (!go_type_read(search->program, type, &channel) || channel.kind != KIND_CHAN)
        return false;
    go_type_name(search->program, type, name);
    if (strcmp(name, "chan struct {}") != 0)
        return false;
    search->channel_type = type;
    return true;
}

/* context.DeadlineExceeded? There are few types of errors, and mostly one after the other. */
static bool is_deadline_exceeded(struct context_search *search, const struct interface_value *error)
{
    char name[GO_NAME_SIZE];
    if (error->type != search->error_type) {
        go_type_name(search->program, error->type, name);
        search->error_is_deadline = strcmp(name, "context.deadlineExceededError") == 0;
        search->error_type = error->type;
    }
    return search->error_is_deadline;
}

static void read_core(struct context_search *search, struct go_context *context)
{
    const struct go_program *program = search->program;
    uint64_t done[2] = {0, 0};
    int32_t at = field_offset(program, CANCEL_DONE);
    if (at >= 0)
        memory_read(program->memory, context->core + (uint64_t)at, done, sizeof done);
    context->done = done[0] ? done[1] : 0;
    if ((at = field_offset(program, CANCEL_ERR)) >= 0)
        context->error = read_interface(search, context->core + (uint64_t)at,
                                        program->layout.traits.boxed_error);
    context->deadline_exceeded =
        context->error.type && is_deadline_exceeded(search, &context->error);
    if ((at = field_offset(program, CANCEL_CAUSE)) >= 0)
        context->cause = read_interface(search, context->core + (uint64_t)at, false);
}

static void read_content(struct context_search *search, struct go_context *context)
{
    const struct context_type *type = &search->types->items[context->type];
    context->deadline_realtime_ns = INT64_MAX;
    if (type->kind == CONTEXT_CANCEL || type->kind == CONTEXT_AFTER_FUNC ||
        type->kind == CONTEXT_DEADLINE)
        context->core = context->address;
    int32_t timer = field_offset(search->program, TIMERCTX_TIMER);
    int32_t deadline = field_offset(search->program, TIMERCTX_DEADLINE);
    if (type->kind == CONTEXT_DEADLINE && timer == 8) /* Go 1.20: points to its cancelCtx */
        context->core = memory_word(search->program->memory, context->address);
    if (type->kind == CONTEXT_DEADLINE && deadline >= 0)
        context->deadline_realtime_ns = read_time(search, context->address + (uint64_t)deadline);
    if (context->core)
        read_core(search, context);
    uint64_t parent[2] = {0, 0};
    if (context->core && context->core != context->address)
        memory_read(search->program->memory, context->core, parent, sizeof parent);
    else if (type->parent >= 0)
        memory_read(search->program->memory, context->address + (uint64_t)type->parent, parent,
                    sizeof parent);
    context->parent_itab = parent[0];
    context->parent_data = parent[1];
}

/* ---- is it one? ---- */

static bool core_is_sound(struct context_search *search, uint64_t core)
{
    uint64_t done[2], first = memory_word(search->program->memory, core);
    int32_t at = field_offset(search->program, CANCEL_DONE);
    if (at < 0 || !context_type_of(search->types, first) ||
        !memory_read(search->program->memory, core + (uint64_t)at, done, sizeof done))
        return false;
    if (done[0] ? !is_done_channel(search, done[0]) || !done[1] || done[1] % 8 != 0
                : field_word(search->program, core, CANCEL_CHILDREN) != 0)
        return false; /* who links a child has asked the parent for its channel before */
    return !field_word(search->program, core, CANCEL_CAUSE) ||
           field_word(search->program, core, CANCEL_ERR);
}

static bool is_object(const struct context_search *search, uint64_t address)
{
    return heap_object_start(search->program, search->heap, address) ||
           is_global_data(search->program, address);
}

/*
 * Is the object as large as the type says? An itab and the pointer behind it need not be one value:
 * on a stack they can be two that were put side by side. What package context makes it allocates by
 * itself, in the class of its size; other types can be the beginning of something larger.
 */
static bool has_size(const struct context_search *search, const struct context_type *type,
                     uint64_t address)
{
    const struct span *span = heap_span_of(search->heap, address);
    if (!span || !type->size)
        return true;
    return type->kind == CONTEXT_CUSTOM ? span->element >= type->size
                                        : span->element == (type->size + 15) / 16 * 16;
}

static bool is_sound(struct context_search *search, const struct context_type *type,
                     uint64_t address)
{
    if (!address || address % 8)
        return false;
    /* The roots of Go 1.20 and before can be so small that both share one allocated object. */
    if (type->kind == CONTEXT_BACKGROUND || type->kind == CONTEXT_TODO)
        return heap_span_of(search->heap, address) || is_global_data(search->program, address);
    if (!is_object(search, address) || !has_size(search, type, address))
        return false;
    uint64_t first = memory_word(search->program->memory, address);
    switch (type->kind) {
    case CONTEXT_DEADLINE:
        if (field_offset(search->program, TIMERCTX_TIMER) == 8)
            return is_object(search, first) && core_is_sound(search, first);
        return core_is_sound(search, address);
    case CONTEXT_CANCEL:
    case CONTEXT_AFTER_FUNC:
        return core_is_sound(search, address);
    case CONTEXT_VALUE:
    case CONTEXT_WITHOUT_CANCEL:
        return context_type_of(search->types, first) != NULL;
    case CONTEXT_CUSTOM: {
        uint64_t itab = type->parent < 0 ? 0
                                         : memory_word(search->program->memory,
                                                       address + (uint64_t)type->parent);
        return !itab || context_type_of(search->types, itab);
    }
    default:
        return true;
    }
}

/* ---- collecting ---- */

static void note_meeting(const struct context_search *search, struct go_context *context)
{
    context->held |= search->in_root;
    if (search->pass > context->pass)
        context->pass = search->pass;
}

static void offer(struct context_search *search, uint32_t type_index, uint64_t address)
{
    struct contexts *contexts = search->contexts;
    const struct context_type *type = &search->types->items[type_index];
    if (type->single)
        address = type->type; /* one context, wherever its data word points */
    uint32_t known = address_map_get(&contexts->by_address, address);
    if (known != ADDRESS_MAP_NONE) {
        note_meeting(search, &contexts->items[known]);
        /* Found by its shape or a closure first, and now by an interface, which knows better. */
        struct go_context *context = &contexts->items[known];
        if (context->address == address && context->type != type_index &&
            is_sound(search, type, address)) {
            *context = (struct go_context){.address = address,
                                           .type = type_index,
                                           .held = context->held,
                                           .pass = context->pass};
            read_content(search, context);
        }
        return;
    }
    if ((!type->single && !is_sound(search, type, address)) || contexts->count >= MAX_CONTEXTS)
        return;
    if (!ARRAY_ROOM(contexts->items, contexts->capacity, contexts->count + 1)) {
        contexts->failed = true;
        return;
    }
    struct go_context *context = &contexts->items[contexts->count];
    *context = (struct go_context){.address = address, .type = type_index};
    note_meeting(search, context);
    if (!type->single)
        read_content(search, context);
    contexts->failed |= !address_map_put(&contexts->by_address, address, (uint32_t)contexts->count);
    contexts->count++;
}

static void offer_pair(struct context_search *search, uint64_t itab, uint64_t data)
{
    const struct context_type *type = context_type_of(search->types, itab);
    if (type)
        offer(search, (uint32_t)(type - search->types->items), data);
}

/* Is it known already? Then it has been met once more. */
static bool is_known(struct context_search *search, uint64_t address)
{
    uint32_t index = address_map_get(&search->contexts->by_address, address);
    if (index == ADDRESS_MAP_NONE)
        return false;
    note_meeting(search, &search->contexts->items[index]);
    return true;
}

/* A function literal of context.go and what it captures. */
static void offer_closure(struct context_search *search, uint64_t entry, uint64_t captured)
{
    if (entry < search->pattern.first_text || entry > search->pattern.last_text ||
        address_map_get(&search->types->cancel_functions, entry) == ADDRESS_MAP_NONE ||
        is_known(search, captured))
        return;
    const struct span *span = heap_span_of(search->heap, captured);
    int32_t deadline_size = field_offset(search->program, TIMERCTX_SIZE);
    if (!span)
        return;
    bool is_deadline =
        deadline_size > 0 && span->element == ((uint64_t)deadline_size + 15) / 16 * 16;
    uint32_t type = is_deadline ? search->deadline_type : search->cancel_type;
    if (type != ADDRESS_MAP_NONE)
        offer(search, type, captured);
}

static void scan_words(struct context_search *search, const uint64_t *words, size_t count)
{
    const struct candidate_pattern *pattern = &search->pattern;
    for (size_t i = 0; i + 1 < count; i++) {
        if (words[i] - pattern->first_itab <= pattern->last_itab - pattern->first_itab)
            offer_pair(search, words[i], words[i + 1]);
        else if (words[i] - pattern->first_text <= pattern->last_text - pattern->first_text)
            offer_closure(search, words[i], words[i + 1]);
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

/* A context that is held by plain pointers only: an object of the size with a context's words. */
static void offer_shape(struct context_search *search, const struct span *span, uint64_t address)
{
    const struct go_program *program = search->program;
    int32_t size = field_offset(program, CANCEL_SIZE),
            children = field_offset(program, CANCEL_CHILDREN);
    if (search->cancel_type == ADDRESS_MAP_NONE || size <= 0 || children < 0 ||
        span->element != ((uint64_t)size + 15) / 16 * 16 || is_known(search, address))
        return;
    bool used = memory_word(program->memory, address + (uint64_t)children) ||
                field_word(program, address, CANCEL_DONE) ||
                field_word(program, address, CANCEL_ERR);
    if (used && core_is_sound(search, address))
        offer(search, search->cancel_type, address);
}

void context_search_candidates(struct context_search *search,
                               const struct context_candidates *candidates)
{
    search->contexts->failed |= candidates->failed;
    for (size_t i = 0; i < candidates->count; i++) {
        const struct context_candidate *candidate = &candidates->items[i];
        if (candidate->kind == CANDIDATE_PAIR)
            offer_pair(search, candidate->first, candidate->second);
        else if (candidate->kind == CANDIDATE_CLOSURE)
            offer_closure(search, candidate->first, candidate->second);
        else if (candidate->second < search->heap->count)
            offer_shape(search, &search->heap->spans[candidate->second], candidate->first);
    }
}

void context_search_range(struct context_search *search, uint64_t start, uint64_t end)
{
    search->in_root = true;
    scan_range(search, start, end);
    search->in_root = false;
}

void context_search_globals(struct context_search *search)
{
    for (size_t i = 0; i < search->program->module_count; i++) {
        const struct module *module = &search->program->modules[i];
        context_search_range(search, module->data, module->edata);
        context_search_range(search, module->bss, module->ebss);
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
                offer(search, known->items[i].type, known->items[i].address);
        }
    }
    memory_pass_have(at_hand, NULL, 0);
    ranges_free(&ranges);
    search->pass = pass;
}

/* The list grows while it is walked: a parent may be known to its children only. */
static void follow_parents(struct context_search *search)
{
    const uint32_t pass = search->pass;
    for (size_t i = 0; i < search->contexts->count; i++) {
        const struct go_context *child = &search->contexts->items[i];
        search->pass = child->pass;
        offer_pair(search, child->parent_itab, child->parent_data);
    }
    search->pass = pass;
}

/* Who holds a context holds its parents. */
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

static uint32_t type_named(const struct context_types *types, const char *name)
{
    for (size_t i = 0; i < types->count; i++)
        if (strcmp(types->items[i].name, name) == 0)
            return (uint32_t)i;
    return ADDRESS_MAP_NONE;
}

struct context_search *context_search_begin(const struct go_program *program,
                                            const struct context_types *types,
                                            const struct heap *heap, uint32_t pass,
                                            struct contexts *contexts)
{
    struct context_search *search = malloc(sizeof *search);
    *contexts = (struct contexts){0};
    if (!search)
        return NULL;
    *search = (struct context_search){.program = program,
                                      .types = types,
                                      .heap = heap,
                                      .contexts = contexts,
                                      .pass = pass,
                                      .pattern = candidate_pattern_of(program, types),
                                      .cancel_type = type_named(types, "*context.cancelCtx"),
                                      .deadline_type = type_named(types, "*context.timerCtx")};
    return search;
}

bool context_search_end(struct context_search *search)
{
    struct contexts *contexts = search->contexts;
    follow_parents(search);
    link_contexts(search);
    mark_held(contexts);
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
