#include "golang/capture/stack_roots.h"

#include "golang/binary/field.h"
#include "golang/capture/frame_maps.h"

#include <stdlib.h>

#define MAX_OBJECTS 1024
#define MAX_QUEUE   4096
#define MAX_DEFERS  100000

#define MAX_LOOKED_AT 65536 /* pointers to stack objects; then every word counts */

struct stack_object {
    uint64_t address, size, pointer_bytes, mask;
    const struct go_frame *frame;
    bool visited;
};

struct walk {
    const struct go_program *program;
    const struct goroutine *goroutine;
    visit_stack_pointer *visit;
    void *state;
    struct stack_pointer found; /* the one at hand; some of it is the same for all in one place */
    bool complete, overflow;
    struct stack_object objects[MAX_OBJECTS];
    size_t object_count;
    uint64_t queue[MAX_QUEUE]; /* pointers into the stack itself */
    size_t queue_count;
};

static void look_in(struct walk *walk, enum stack_place place, const struct go_frame *frame)
{
    walk->found.place = place;
    walk->found.frame = frame;
}

static void meet(struct walk *walk, uint64_t at, uint64_t before, uint64_t pointer)
{
    struct stack_pointer *found = &walk->found;
    found->at = at;
    found->before = before;
    found->pointer = pointer;
    found->is_inward = pointer >= walk->goroutine->low && pointer < walk->goroutine->high;
    walk->visit(walk->state, found);
    if (!found->is_inward)
        return;
    if (walk->queue_count == MAX_QUEUE)
        walk->overflow = true;
    else
        walk->queue[walk->queue_count++] = pointer;
}

static void met(void *state, uint64_t at, uint64_t pointer)
{
    struct walk *walk = state;
    meet(walk, at, memory_word(walk->program->memory, at - 8), pointer);
}

static void visit_words_of(struct walk *walk, uint64_t address, uint64_t size, uint64_t mask)
{
    walk->complete &= visit_range(walk->program, address, size, mask, met, walk);
}

/* Most frames have few live pointers; what has none is not read. */
static void visit_live(struct walk *walk, uint64_t start, size_t count, uint64_t live)
{
    struct memory *memory = walk->program->memory;
    const uint64_t *words = live ? memory_at(memory, start, 8 * count) : NULL;
    walk->complete &= !live || words;
    for (; words && live; live &= live - 1) {
        size_t i = (size_t)__builtin_ctzll(live);
        uint64_t at = start + 8 * i;
        if (words[i])
            meet(walk, at, i ? words[i - 1] : memory_word(memory, at - 8), words[i]);
    }
}

static void visit_map(struct walk *walk, const struct frame_map *map)
{
    if (map->start % 8) {
        walk->complete = false;
        return;
    }
    for (uint32_t done = 0; done < map->words.count; done += 64) {
        uint32_t left = map->words.count - done;
        visit_live(walk, map->start + 8 * (uint64_t)done, left < 64 ? left : 64,
                   stack_map_bits(walk->program, &map->words, done));
    }
}

static void add_objects(struct walk *walk, const struct go_frame *frame)
{
    const struct function *function = &frame->info->function;
    uint64_t table = frame->info->stack_objects;
    uint64_t count = table ? memory_word(walk->program->memory, table) : 0;
    for (uint64_t i = 0; i < count && i < MAX_OBJECTS; i++) {
        int32_t record[4]; /* offset, size, pointer bytes, offset of the mask */
        if (!memory_read(walk->program->memory, table + 8 + 16 * i, record, sizeof record))
            return;
        uint64_t base = record[0] < 0 ? frame_locals_end(frame) : frame->top + 8;
        uint64_t address = base + (uint64_t)(int64_t)record[0];
        if (address < frame->sp || address >= walk->goroutine->high || record[1] <= 0 ||
            (uint64_t)record[1] > walk->goroutine->high - address || record[2] > record[1])
            continue;
        if (walk->object_count == MAX_OBJECTS) {
            walk->overflow = true;
            return;
        }
        bool has_mask = record[2] >= 0; /* negative: a program that makes the mask */
        walk->objects[walk->object_count++] = (struct stack_object){
            .address = address,
            .size = (uint64_t)record[1],
            .pointer_bytes = has_mask ? (uint64_t)record[2] : (uint64_t)record[1],
            .mask = has_mask ? function->module->rodata + (uint32_t)record[3] : 0,
            .frame = frame};
    }
}

/* false when the maps do not say what lives in this frame. */
static bool visit_by_maps(struct walk *walk, const struct go_frame *frame)
{
    struct frame_map locals, arguments;
    const uint64_t room_below = frame_locals_end(frame) - walk->goroutine->low;
    if (!frame_locals_map(walk->program, frame, &locals) ||
        8 * (uint64_t)locals.words.count > room_below)
        return false;
    look_in(walk, STACK_FRAME, frame);
    visit_map(walk, &locals);
    if (!frame_arguments_map(walk->program, frame, &arguments))
        return false;
    if (arguments.start + 8 * (uint64_t)arguments.words.count <= walk->goroutine->high)
        visit_map(walk, &arguments);
    add_objects(walk, frame);
    return true;
}

static void visit_all_words(struct walk *walk, const struct go_frame *frame)
{
    int32_t arguments = frame->info->function.arguments;
    uint64_t end = frame->top + 8 + (arguments > 0 ? (uint64_t)arguments : 256);
    if (end > walk->goroutine->high)
        end = walk->goroutine->high;
    look_in(walk, STACK_ANY, frame);
    visit_words_of(walk, frame->sp, end - frame->sp, 0);
}

static void visit_frames(struct walk *walk, const struct go_stack *stack)
{
    bool interrupted = false;
    for (size_t i = 0; i < stack->count; i++) {
        const struct go_frame *frame = &stack->frames[i];
        bool interrupts = frame->info->interrupts;
        if (interrupted || interrupts || !visit_by_maps(walk, frame))
            visit_all_words(walk, frame);
        interrupted = interrupts; /* the frame that was interrupted may be anywhere */
    }
}

/* Deferred calls: their records and what they call. */
static void visit_defers(struct walk *walk)
{
    const struct go_program *program = walk->program;
    int32_t size = field_offset(program, DEFER_SIZE), link = field_offset(program, DEFER_LINK);
    uint64_t defer = field_word(program, walk->goroutine->address, G_DEFER);
    for (unsigned i = 0; defer && size > 0 && link >= 0 && i < MAX_DEFERS; i++) {
        look_in(walk, STACK_REGISTER, NULL);
        meet(walk, 0, 0, defer);
        look_in(walk, STACK_ANY, NULL);
        visit_words_of(walk, defer, (uint64_t)size, 0);
        defer = memory_word(program->memory, defer + (uint64_t)link);
    }
    walk->complete &= !defer; /* a ring, or more than anybody has */
    uint64_t panic = field_word(program, walk->goroutine->address, G_PANIC);
    look_in(walk, STACK_REGISTER, NULL);
    if (panic)
        meet(walk, 0, 0, panic);
}

/* Stack objects live as far as something that lives points at them. */
static void visit_objects(struct walk *walk)
{
    for (unsigned looked_at = 0; walk->queue_count && !walk->overflow; looked_at++) {
        walk->overflow = looked_at == MAX_LOOKED_AT;
        uint64_t pointer = walk->queue[--walk->queue_count];
        for (size_t i = 0; i < walk->object_count; i++) {
            struct stack_object *object = &walk->objects[i];
            if (object->visited || pointer < object->address ||
                pointer - object->address >= object->size)
                continue;
            object->visited = true;
            look_in(walk, STACK_OBJECT, object->frame);
            visit_words_of(walk, object->address, object->pointer_bytes, object->mask);
            break;
        }
    }
}

/* A register that is saved with the goroutine; see stack_roots.h. */
static void visit_saved_closure(struct walk *walk)
{
    uint64_t closure = field_word(walk->program, walk->goroutine->address, G_SCHED_CTXT);
    look_in(walk, STACK_REGISTER, NULL);
    if (closure)
        meet(walk, 0, 0, closure);
}

/* What leads into the stack itself leads to what is visited anyway. */
static void visit_used_stack(struct walk *walk)
{
    uint64_t begin = goroutine_stack_begin(walk->goroutine);
    walk->queue_count = 0;
    look_in(walk, STACK_ANY, NULL);
    visit_words_of(walk, begin, walk->goroutine->high - begin, 0);
}

/* The frames and what they lead to are all there is, if they can be trusted. */
static void visit_all(struct walk *walk, const struct go_stack *stack)
{
    visit_frames(walk, stack);
    if (goroutine_is_at_safe_point(walk->goroutine) && stack->complete) {
        visit_saved_closure(walk);
        visit_defers(walk);
        visit_objects(walk);
        if (!walk->overflow)
            return;
    }
    visit_used_stack(walk);
}

bool visit_walked_stack(const struct go_program *program, const struct goroutine *goroutine,
                        const struct go_stack *stack, visit_stack_pointer *visit, void *state)
{
    struct walk *walk = malloc(sizeof *walk);
    if (!walk)
        return false;
    walk->program = program;
    walk->goroutine = goroutine;
    walk->visit = visit;
    walk->state = state;
    walk->overflow = false;
    walk->complete = true;
    walk->object_count = walk->queue_count = 0;
    visit_all(walk, stack);
    bool complete = walk->complete;
    free(walk);
    return complete;
}

bool visit_stack(const struct go_program *program, const struct goroutine *goroutine,
                 struct go_stack *stack, visit_stack_pointer *visit, void *state)
{
    stack->count = 0; /* whatever becomes of it, it is not the one before */
    stack->complete = false;
    const struct unwind_start saved = {goroutine->sp, goroutine->pc, true, goroutine->low,
                                       goroutine->high};
    if (goroutine_is_at_safe_point(goroutine) && goroutine_stack_begin(goroutine) == goroutine->sp)
        unwind(program, &saved, stack);
    return visit_walked_stack(program, goroutine, stack, visit, state);
}
