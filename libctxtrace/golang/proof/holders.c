#include "golang/proof/holders.h"

#include "base/hash.h"
#include "golang/heap/processors.h"
#include "golang/model/language.h"
#include "golang/proof/trail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_STEPS   4096 /* of lists, which can be long */
#define SMALL_OBJECT 128  /* larger ones are arrays, or groups of a map */

struct holder_search {
    const struct go_program *program;
    const struct model *model;
    const struct trail *trail;
    struct elf_object variable; /* the last that was met */
};

/* The way to one context, walked backwards. */
struct way {
    uint64_t object, number; /* of the heap: where it has come to */
    uint64_t size, offset;   /* the first object that holds a context and is none; 0: none so far */
};

static uint64_t place_of(const struct way *way, uint8_t kind, uint64_t what, uint64_t word)
{
    uint64_t hash = hash_number(hash_number(HASH_START, kind), what);
    hash = hash_number(hash, way->size ? 0 : word);
    hash = hash_number(hash_number(hash, way->size), way->offset);
    return hash ? hash : 1;
}

/* ---- functions ---- */

static enum frame_owner owner_of(const struct pc_info *info)
{
    return owner_of_go_frame(&(struct frame_names){.function = info->function.name});
}

/*
 * The first frame, from the one that holds it outwards, that is not the runtime's; from the
 * innermost, if the goroutine has it outside of frames (deferred, or in a register).
 */
static uint32_t frame_to_show(const struct model *model, const struct goroutine *goroutine,
                              const struct pc_info *holding)
{
    const struct stack_summary *stack = &goroutine->stack;
    const struct pc_info *const *frames = model->stacks.frames + stack->first_frame;
    uint32_t frame = 0;
    while (frame < stack->frame_count && frames[frame] != holding)
        frame++;
    if (frame == stack->frame_count)
        frame = 0;
    while (frame < stack->frame_count && owner_of(frames[frame]) == FRAME_OF_MACHINERY)
        frame++;
    return frame < stack->frame_count ? frame : SNAPSHOT_NONE;
}

/* Has the lines of these frames looked up. false when memory ran out. */
static bool look_up_lines(const struct holder_search *search, const struct pc_info *const *frames,
                          uint32_t count)
{
    bool good = true;
    for (uint32_t i = 0; i < count; i++)
        good &= pc_info_lines(search->program, frames[i]);
    return good;
}

static bool hold_by_frame(const struct holder_search *search, const struct way *way,
                          const struct origin *origin, struct holder *holder)
{
    const struct goroutine *goroutine = &search->model->goroutines.items[origin->where];
    uint64_t entry = origin->frame ? origin->frame->function.entry : goroutine->startpc;
    holder->place = place_of(way, origin->kind, entry, (uint64_t)origin->slot);
    holder->frame = frame_to_show(search->model, goroutine, origin->frame);
    if (holder->frame == SNAPSHOT_NONE)
        return true;
    const struct stack_summary *stack = &goroutine->stack;
    const struct pc_info *const *frames = search->model->stacks.frames + stack->first_frame;
    holder->goroutine = (uint32_t)origin->where;
    return look_up_lines(search, frames + holder->frame, stack->frame_count - holder->frame);
}

/* The function of a closure: its entry is what it begins with. NULL if the object is none. */
static const struct pc_info *function_of(const struct holder_search *search, uint64_t object)
{
    uint64_t entry = memory_word(search->program->memory, object);
    const struct pc_info *info = entry ? pc_info(search->program, entry) : NULL;
    return info && info->known && info->function.entry == entry ? info : NULL;
}

/* ---- what is no function ---- */

static bool name_it(struct holder *holder, char *name)
{
    holder->name = name;
    return name != NULL;
}

static bool hold_by_variable(struct holder_search *search, const struct way *way, uint64_t address,
                             struct holder *holder)
{
    char *name = NULL;
    struct elf_object *variable = &search->variable;
    const struct image *image = search->program->image;
    uint64_t in_file = address - image->bias;
    holder->place = place_of(way, ORIGIN_GLOBAL, in_file, 0);
    if (in_file - variable->address >= variable->size &&
        !elf_file_object_at(image->executable, in_file, variable))
        *variable = (struct elf_object){.size = 0};
    if (!variable->size)
        return asprintf(&name, "global data at 0x%" PRIx64, in_file) >= 0 && name_it(holder, name);
    return asprintf(&name, "the variable %s", variable->name) >= 0 && name_it(holder, name);
}

static bool hold_by_closure(const struct holder_search *search, const struct way *way,
                            const struct origin *origin, struct holder *holder)
{
    holder->closure = origin->frame;
    holder->place = place_of(way, ORIGIN_CLOSURE, origin->frame->function.entry, 0);
    return look_up_lines(search, &holder->closure, 1);
}

static bool hold_by_runtime(const struct way *way, const struct origin *origin, const char *name,
                            struct holder *holder)
{
    holder->place = place_of(way, origin->kind, 0, 0);
    return name_it(holder, strdup(name));
}

/* false when memory ran out. */
static bool hold_by(struct holder_search *search, const struct way *way,
                    const struct origin *origin, struct holder *holder)
{
    switch (origin->kind) {
    case ORIGIN_STACK:
        return hold_by_frame(search, way, origin, holder);
    case ORIGIN_GLOBAL:
        return hold_by_variable(search, way, origin->where, holder);
    case ORIGIN_CLOSURE:
        return hold_by_closure(search, way, origin, holder);
    case ORIGIN_TIMERS:
        return hold_by_runtime(way, origin, "a timer", holder);
    case ORIGIN_THREAD:
        return hold_by_runtime(way, origin, "a thread that runs", holder);
    default:
        return hold_by_runtime(way, origin, "a finalizer or cleanup", holder);
    }
}

/* ---- the way ---- */

static bool is_context(const struct holder_search *search, uint64_t object)
{
    return address_map_get(&search->model->contexts.by_address, object) != ADDRESS_MAP_NONE;
}

/* Where in the object the word is that leads to where the way has come to. */
static uint64_t offset_in(const struct holder_search *search, const struct span *holding,
                          uint64_t object, const struct way *way)
{
    const struct span *held = heap_span_of(&search->model->heap, way->object);
    for (uint64_t at = 0; at + 8 <= holding->element; at += 8)
        if (memory_word(search->program->memory, object + at) - way->object < held->element)
            return at;
    return 0;
}

/* A step back, to the object of that number. */
static void step_to(const struct holder_search *search, struct way *way, uint64_t number)
{
    const struct span *span = heap_span_numbered(&search->model->heap, number);
    uint64_t object = span_object(span, (uint32_t)(number - span->first_bit));
    if (is_context(search, object)) {
        way->size = way->offset = 0; /* what was met below it is its map */
    } else if (!way->size && !function_of(search, object)) {
        way->size = span->element;
        way->offset = span->element <= SMALL_OBJECT ? offset_in(search, span, object, way) : 0;
    }
    way->object = object;
    way->number = number;
}

/* Is this an object at which the way ends? */
static bool ends_here(const struct holder_search *search, const struct way *way,
                      struct origin *origin)
{
    const struct goroutines *goroutines = &search->model->goroutines;
    const struct goroutine *goroutine = goroutine_at(goroutines, way->object);
    const struct span *span = heap_span_numbered(&search->model->heap, way->number);
    const struct pc_info *closure = function_of(search, way->object);
    if (goroutine)
        *origin = (struct origin){.where = (uint64_t)(goroutine - goroutines->items),
                                  .kind = ORIGIN_STACK};
    else if (closure && owner_of(closure) == FRAME_OF_PROGRAM)
        *origin = (struct origin){.frame = closure, .kind = ORIGIN_CLOSURE};
    else if (span_may_have_processors(search->program, span) &&
             processor_in(search->program, way->object))
        *origin = (struct origin){.kind = ORIGIN_TIMERS};
    else
        return false;
    return true;
}

/* false when memory ran out. */
static bool find_one(struct holder_search *search, uint64_t address, struct holder *holder)
{
    const struct span *span = heap_span_of(&search->model->heap, address);
    struct way way = {.object = address};
    struct origin origin;
    if (!span)
        return true;
    way.number = span->first_bit + span_index_of(span, address);
    for (unsigned step = 0; step < MOST_STEPS; step++) {
        if (!trail_step(search->trail, way.number, &origin))
            return true;
        if (origin.kind != ORIGIN_OBJECT)
            return hold_by(search, &way, &origin, holder);
        step_to(search, &way, origin.where);
        if (ends_here(search, &way, &origin))
            return hold_by(search, &way, &origin, holder);
    }
    return true;
}

static bool is_asked(const struct facts *facts, size_t context)
{
    return (facts->cancellable[context].value == FACT_NO ||
            facts->held_only_by_parent[context].value == FACT_YES) &&
           !facts->garbage[context];
}

static size_t count_asked(const struct model *model, const struct facts *facts)
{
    size_t count = 0;
    for (size_t i = 0; i < model->contexts.count; i++)
        count += is_asked(facts, i);
    return count;
}

static bool find_all(struct holder_search *search, const struct facts *facts,
                     struct holders *holders)
{
    const struct contexts *contexts = &search->model->contexts;
    for (size_t i = 0; i < contexts->count; i++) {
        if (!is_asked(facts, i))
            continue;
        struct holder *holder = &holders->items[holders->count++];
        *holder = (struct holder){
            .context = (uint32_t)i, .goroutine = SNAPSHOT_NONE, .frame = SNAPSHOT_NONE};
        if (!find_one(search, contexts->items[i].address, holder))
            return false;
    }
    return true;
}

bool holders_find(const struct go_program *program, const struct context_types *types,
                  const struct model *model, const struct facts *facts, struct holders *holders)
{
    struct trail trail = {0};
    struct holder_search search = {.program = program, .model = model, .trail = &trail};
    size_t asked = count_asked(model, facts);
    *holders = (struct holders){0};
    if (!asked)
        return true;
    holders->items = calloc(asked, sizeof *holders->items);
    bool good = holders->items && marking_trail(program, types, model, &trail) &&
                find_all(&search, facts, holders);
    trail_free(&trail);
    return good;
}

void holders_free(struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++)
        free(holders->items[i].name);
    free(holders->items);
    *holders = (struct holders){0};
}
