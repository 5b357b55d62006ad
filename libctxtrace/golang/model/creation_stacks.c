#include "golang/model/creation_stacks.h"

#include "base/array.h"
#include "golang/binary/field.h"
#include "golang/heap/allocation_samples.h"
#include "golang/heap/allocation_stacks.h"
#include "golang/model/model.h"

#include <stdlib.h>
#include <string.h>

struct lookup {
    const struct go_program *then, *now;
    const struct context_types *types;
    struct model *model;
    uint64_t *addresses;
    size_t count, capacity;
    struct allocation_samples samples;
    struct allocation_stacks stacks;
    uint32_t *numbers; /* of each of these, among the model's call stacks */
    size_t numbered, number_capacity;
    bool moves; /* the program is running */
    bool failed;
};

static void want(struct lookup *lookup, uint64_t address)
{
    if (!ARRAY_ROOM(lookup->addresses, lookup->capacity, lookup->count + 1)) {
        lookup->failed = true;
        return;
    }
    lookup->addresses[lookup->count++] = address;
}

/* Timers of sleeps and poll descriptors are reused from one wait to the next. */
static bool is_created(const struct go_wait *wait)
{
    return wait->address && wait->object != OBJECT_TIMER && wait->object != OBJECT_DESCRIPTOR;
}

static void want_all(struct lookup *lookup)
{
    const struct model *model = lookup->model;
    for (size_t i = 0; i < model->contexts.count; i++)
        if (model->contexts.items[i].shown)
            want(lookup, model->contexts.items[i].address);
    for (size_t i = 0; i < model->stacks.wait_count; i++)
        if (is_created(&model->stacks.waits[i]))
            want(lookup, model->stacks.waits[i].address);
}

/* The number of an allocation's stack among the model's call stacks. */
static uint32_t number_of(struct lookup *lookup, uint32_t index)
{
    const struct allocation_stacks *stacks = &lookup->stacks;
    if (!ARRAY_ROOM(lookup->numbers, lookup->number_capacity, stacks->count)) {
        lookup->failed = true;
        return CALL_STACK_NONE;
    }
    for (; lookup->numbered < stacks->count; lookup->numbered++) {
        const struct allocation_stack *stack = &stacks->items[lookup->numbered];
        lookup->numbers[lookup->numbered] = call_stacks_add(
            &lookup->model->calls, lookup->now, stacks->addresses + stack->first, stack->count);
    }
    return lookup->numbers[index];
}

static uint32_t creation_at(struct lookup *lookup, uint64_t address)
{
    uint64_t bucket = allocation_sample_of(&lookup->samples, &lookup->model->heap, address);
    uint32_t stack = bucket ? allocation_stacks_find(&lookup->stacks, lookup->now, bucket)
                            : ALLOCATION_STACK_NONE;
    return stack == ALLOCATION_STACK_NONE ? CALL_STACK_NONE : number_of(lookup, stack);
}

/* ---- contexts ---- */

/* A context inside a larger object was not necessarily created when that was allocated. */
static bool begins_object(const struct lookup *lookup, uint64_t address)
{
    const struct span *span = heap_span_of(&lookup->model->heap, address);
    return span && address == span_object(span, span_index_of(span, address)) +
                                  (span_has_headers(lookup->then, span) ? 8 : 0);
}

static bool is_as_it_was(const struct lookup *lookup, const struct go_context *context)
{
    const struct go_program *program = lookup->now;
    uint64_t parent[2], done[2] = {0, 0};
    int32_t at = field_offset(program, CANCEL_DONE);
    parent_path_follow(program, &lookup->types->items[context->type].parent,
                       context->core ? context->core : context->address, parent);
    if (context->core && at >= 0)
        memory_read(program->memory, context->core + (uint64_t)at, done, sizeof done);
    return parent[0] == context->parent_itab && parent[1] == context->parent_data &&
           (done[0] ? done[1] : 0) == context->done;
}

static void find_of_contexts(struct lookup *lookup)
{
    struct contexts *contexts = &lookup->model->contexts;
    for (size_t i = 0; i < contexts->count; i++) {
        struct go_context *context = &contexts->items[i];
        uint32_t creation = context->shown ? creation_at(lookup, context->address) : 0;
        if (creation && begins_object(lookup, context->address) &&
            (!lookup->moves || is_as_it_was(lookup, context)))
            context->creation = creation;
    }
}

/* ---- what goroutines wait for ---- */

static bool find_of_waits(struct lookup *lookup, const struct goroutine *goroutine)
{
    bool any = false;
    struct go_wait *waits = lookup->model->stacks.waits + goroutine->stack.first_wait;
    for (uint32_t i = 0; i < goroutine->stack.wait_count; i++) {
        waits[i].creation = is_created(&waits[i]) ? creation_at(lookup, waits[i].address) : 0;
        any |= waits[i].creation != CALL_STACK_NONE;
    }
    return any;
}

static void drop_of_waits(struct lookup *lookup, const struct goroutine *goroutine)
{
    struct go_wait *waits = lookup->model->stacks.waits + goroutine->stack.first_wait;
    for (uint32_t i = 0; i < goroutine->stack.wait_count; i++)
        waits[i].creation = CALL_STACK_NONE;
}

/* What the model says of them stays true of the moment at which they were read. */
static void drop_of_those_that_moved(struct lookup *lookup, struct goroutine **items, size_t count)
{
    goroutines_check(lookup->now, items, count, 0);
    for (size_t i = 0; i < count; i++) {
        if (items[i]->moved)
            drop_of_waits(lookup, items[i]);
        items[i]->moved = false;
    }
}

static void find_of_goroutines(struct lookup *lookup)
{
    struct goroutines *goroutines = &lookup->model->goroutines;
    struct goroutine **found = malloc((goroutines->count + 1) * sizeof(void *));
    size_t count = 0;
    for (size_t i = 0; found && i < goroutines->count; i++)
        if (!goroutines->items[i].moved && find_of_waits(lookup, &goroutines->items[i]))
            found[count++] = &goroutines->items[i];
    if (lookup->moves && count)
        drop_of_those_that_moved(lookup, found, count);
    lookup->failed |= !found;
    free(found);
}

/* ---- both ---- */

/* They were looked at between the two walks. */
static void drop_unconfirmed(struct lookup *lookup)
{
    struct contexts *contexts = &lookup->model->contexts;
    struct goroutine_stacks *stacks = &lookup->model->stacks;
    const struct heap *heap = &lookup->model->heap;
    for (size_t i = 0; i < contexts->count; i++)
        if (contexts->items[i].creation &&
            !allocation_sample_of(&lookup->samples, heap, contexts->items[i].address))
            contexts->items[i].creation = CALL_STACK_NONE;
    for (size_t i = 0; i < stacks->wait_count; i++)
        if (stacks->waits[i].creation &&
            !allocation_sample_of(&lookup->samples, heap, stacks->waits[i].address))
            stacks->waits[i].creation = CALL_STACK_NONE;
}

bool creation_stacks_read(const struct go_program *then, const struct go_program *now,
                          const struct context_types *types, struct model *model)
{
    struct lookup lookup = {.then = then,
                            .now = now,
                            .types = types,
                            .model = model,
                            .moves = !model->captured && now->image->live};
    if (!model->has_heap)
        return true;
    want_all(&lookup);
    bool good =
        !lookup.failed && allocation_samples_read(then, &model->heap, lookup.moves,
                                                  lookup.addresses, lookup.count, &lookup.samples);
    if (good && lookup.samples.count) {
        find_of_contexts(&lookup);
        find_of_goroutines(&lookup);
        if (lookup.moves) {
            good = allocation_samples_confirm(then, &lookup.samples);
            drop_unconfirmed(&lookup);
        }
    }
    good = good && !lookup.failed && !lookup.stacks.failed && !model->calls.failed;
    free(lookup.addresses);
    free(lookup.numbers);
    allocation_samples_free(&lookup.samples);
    allocation_stacks_free(&lookup.stacks);
    return good;
}
