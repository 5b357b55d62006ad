#include "snapshot/builder.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/invariant.h"
#include "snapshot/builder_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_OBJECT_SLOTS = 256 };

struct snapshot_builder *builder_new(void)
{
    struct snapshot_builder *builder = calloc(1, sizeof *builder);
    if (!builder)
        return NULL;
    builder->seed = hash_seed();
    builder->object_slot_count = FIRST_OBJECT_SLOTS;
    builder->object_slots = calloc(FIRST_OBJECT_SLOTS, sizeof *builder->object_slots);
    bool strings = strings_init(&builder->strings);
    bool stacks = stacks_init(&builder->stacks);
    if (!strings || !stacks || !builder->object_slots) {
        builder_free(builder);
        return NULL;
    }
    return builder;
}

void builder_free(struct snapshot_builder *builder)
{
    if (!builder)
        return;
    strings_free(&builder->strings);
    stacks_free(&builder->stacks);
    free(builder->contexts);
    free(builder->moving);
    free(builder->holders);
    free(builder->ancestors);
    free(builder->tasks);
    free(builder->waits);
    free(builder->objects);
    free(builder->object_keys);
    free(builder->object_slots);
    free(builder->events);
    free(builder->losses);
    free(builder);
}

/*
 * Room for `count` more items behind *items; marks the builder as failed if there is none. Indexes
 * are 32 bits wide and the highest stands for nothing.
 */
static bool make_room(struct snapshot_builder *builder, void **items, size_t present, size_t count,
                      size_t *capacity, size_t size)
{
    if (builder->failed)
        return false;
    void *grown =
        count < UINT32_MAX - present ? array_grow(*items, capacity, present + count, size) : NULL;
    if (!grown) {
        builder->failed = true;
        return false;
    }
    invariant(*capacity >= present + count);
    *items = grown;
    return true;
}

void builder_reserve(struct snapshot_builder *builder, size_t contexts, size_t tasks, size_t waits)
{
    void *items = builder->contexts;
    if (make_room(builder, &items, builder->context_count, contexts, &builder->context_capacity,
                  sizeof *builder->contexts))
        builder->contexts = items;
    items = builder->tasks;
    if (make_room(builder, &items, builder->task_count, tasks, &builder->task_capacity,
                  sizeof *builder->tasks))
        builder->tasks = items;
    items = builder->waits;
    if (make_room(builder, &items, builder->wait_count, waits, &builder->wait_capacity,
                  sizeof *builder->waits))
        builder->waits = items;
}

struct snapshot_program *builder_program(struct snapshot_builder *builder)
{
    return &builder->program;
}

void builder_language(struct snapshot_builder *builder, const struct language *language)
{
    builder->language = language;
}

/* ---- strings and stacks ---- */

snapshot_string builder_string_bytes(struct snapshot_builder *builder, const char *text,
                                     size_t length)
{
    snapshot_string string = 0;
    if (builder->failed)
        return 0;
    if (!strings_intern(&builder->strings, text, length, &string))
        builder->failed = true;
    invariant(builder->failed || string < builder->strings.size);
    return string;
}

snapshot_string builder_string(struct snapshot_builder *builder, const char *text)
{
    return text ? builder_string_bytes(builder, text, strlen(text)) : 0;
}

snapshot_string builder_string_format(struct snapshot_builder *builder, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        builder->failed = true;
        return 0;
    }
    snapshot_string string = builder_string_bytes(builder, text, (size_t)length);
    free(text);
    return string;
}

uint32_t builder_stack(struct snapshot_builder *builder, const struct snapshot_frame *frames,
                       size_t count, bool truncated)
{
    uint32_t stack = SNAPSHOT_NONE;
    if (builder->failed || count == 0)
        return SNAPSHOT_NONE;
    if (!stacks_intern(&builder->stacks, frames, count, truncated, &stack))
        builder->failed = true;
    invariant(builder->failed || stack < builder->stacks.stack_count);
    return stack;
}

void builder_expand_frames(struct snapshot_builder *builder, builder_expand_function *expand,
                           void *state)
{
    if (!builder->failed && !stacks_expand(&builder->stacks, builder, expand, state))
        builder->failed = true;
}

/* ---- things ---- */

void builder_add_context(struct snapshot_builder *builder, const struct snapshot_context *context)
{
    void *items = builder->contexts;
    if (!make_room(builder, &items, builder->context_count, 1, &builder->context_capacity,
                   sizeof *context))
        return;
    builder->contexts = items;
    builder->contexts[builder->context_count++] = *context;
}

void builder_context_was_moving(struct snapshot_builder *builder, uint64_t id)
{
    void *items = builder->moving;
    if (!make_room(builder, &items, builder->moving_count, 1, &builder->moving_capacity, sizeof id))
        return;
    builder->moving = items;
    builder->moving[builder->moving_count++] = id;
}

void builder_context_is_held(struct snapshot_builder *builder, uint64_t id,
                             const struct snapshot_holder *holder)
{
    void *items = builder->holders;
    if (!make_room(builder, &items, builder->holder_count, 1, &builder->holder_capacity,
                   sizeof *builder->holders))
        return;
    builder->holders = items;
    builder->holders[builder->holder_count++] =
        (struct pending_holder){.holder = *holder, .context_id = id};
}

void builder_add_ancestor(struct snapshot_builder *builder, uint64_t id,
                          const struct snapshot_ancestor *ancestor)
{
    void *items = builder->ancestors;
    if (!make_room(builder, &items, builder->ancestor_count, 1, &builder->ancestor_capacity,
                   sizeof *builder->ancestors))
        return;
    builder->ancestors = items;
    builder->ancestors[builder->ancestor_count++] =
        (struct pending_ancestor){.ancestor = *ancestor, .task_id = id};
}

void builder_ends_are_told_once(struct snapshot_builder *builder)
{
    builder->ends_are_told_once = true;
}

void builder_add_task(struct snapshot_builder *builder, const struct snapshot_task *task,
                      uint64_t current_context_id, uint64_t start_context_id)
{
    void *items = builder->tasks;
    if (!make_room(builder, &items, builder->task_count, 1, &builder->task_capacity,
                   sizeof *builder->tasks))
        return;
    builder->tasks = items;
    builder->tasks[builder->task_count++] = (struct pending_task){
        .task = *task,
        .current_context_id = current_context_id,
        .start_context_id = start_context_id,
    };
}

void builder_add_wait(struct snapshot_builder *builder, const struct snapshot_wait *wait,
                      uint64_t task_id, uint64_t bounded_by_id)
{
    void *items = builder->waits;
    if (!make_room(builder, &items, builder->wait_count, 1, &builder->wait_capacity,
                   sizeof *builder->waits))
        return;
    builder->waits = items;
    builder->waits[builder->wait_count++] =
        (struct pending_wait){.wait = *wait, .task_id = task_id, .bounded_by_id = bounded_by_id};
}

void builder_add_event(struct snapshot_builder *builder, const struct snapshot_event *event)
{
    void *items = builder->events;
    if (!make_room(builder, &items, builder->event_count, 1, &builder->event_capacity,
                   sizeof *event))
        return;
    builder->events = items;
    builder->events[builder->event_count++] = *event;
}

static void add_loss(struct snapshot_builder *builder, const char *what, const char *why,
                     uint64_t count, bool expected)
{
    if (count == 0)
        return;
    snapshot_string what_string = builder_string(builder, what);
    snapshot_string why_string = builder_string(builder, why);
    for (size_t i = 0; i < builder->loss_count; i++) {
        struct snapshot_loss *loss = &builder->losses[i];
        if (loss->what == what_string && loss->why == why_string) {
            loss->count += count;
            return;
        }
    }
    void *items = builder->losses;
    if (!make_room(builder, &items, builder->loss_count, 1, &builder->loss_capacity,
                   sizeof *builder->losses))
        return;
    builder->losses = items;
    builder->losses[builder->loss_count++] =
        (struct snapshot_loss){what_string, why_string, count, expected};
}

void builder_add_loss(struct snapshot_builder *builder, const char *what, const char *why,
                      uint64_t count)
{
    add_loss(builder, what, why, count, false);
}

void builder_add_expected_loss(struct snapshot_builder *builder, const char *what, const char *why,
                               uint64_t count)
{
    add_loss(builder, what, why, count, true);
}

/* ---- objects ---- */

static uint64_t hash_object(const struct snapshot_builder *builder, uint64_t key, uint8_t kind)
{
    return hash_mix(builder->seed, hash_mix(builder->seed, key) ^ kind);
}

static bool double_object_slots(struct snapshot_builder *builder)
{
    size_t count = builder->object_slot_count * 2;
    invariant((count & (count - 1)) == 0 && count > builder->object_count);
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < builder->object_count; i++) {
        uint64_t hash = hash_object(builder, builder->object_keys[i], builder->objects[i].kind);
        size_t place = hash & (count - 1);
        while (slots[place] != 0)
            place = (place + 1) & (count - 1);
        slots[place] = (uint32_t)i + 1;
    }
    free(builder->object_slots);
    builder->object_slots = slots;
    builder->object_slot_count = count;
    return true;
}

/* Waiters may have seen different owners; 0 is this very snapshot, in which there is one only. */
static void complete_owner(struct snapshot_object *known, const struct snapshot_object *object)
{
    bool seen_later = known->owner_seen_ns != 0 &&
                      (object->owner_seen_ns == 0 || object->owner_seen_ns > known->owner_seen_ns);
    bool both = known->owner_task_id != 0 && object->owner_task_id != 0;
    if (both && known->owner_seen_ns == 0 && object->owner_seen_ns == 0 &&
        known->owner_task_id != object->owner_task_id) {
        known->owner_seen_ns = SNAPSHOT_TIME_UNKNOWN;
    } else if (object->owner_task_id != 0 && (known->owner_task_id == 0 || seen_later)) {
        known->owner_task_id = object->owner_task_id;
        known->owner_seen_ns = object->owner_seen_ns;
        known->owner_thread = object->owner_thread;
    }
    if (known->owner_thread == 0) {
        known->owner_thread = object->owner_thread;
        known->owner_gone = object->owner_gone;
    }
    known->owner_gone = known->owner_gone && known->owner_task_id == 0;
}

/* What was unknown and is known now. */
static void complete_object(struct snapshot_object *known, const struct snapshot_object *object)
{
    invariant(known->kind == object->kind);
    if (known->address == 0)
        known->address = object->address;
    known->closed = known->closed || object->closed;
    if (known->name == 0)
        known->name = object->name;
    if (known->type == 0)
        known->type = object->type;
    complete_owner(known, object);
    if (known->capacity == 0)
        known->capacity = object->capacity;
    if (known->length == 0)
        known->length = object->length;
    if (known->references == 0)
        known->references = object->references;
    if (known->creation_stack == SNAPSHOT_NONE)
        known->creation_stack = object->creation_stack;
    if (known->signalable.value == FACT_UNKNOWN)
        known->signalable = object->signalable;
}

static uint32_t append_object(struct snapshot_builder *builder, uint64_t key,
                              const struct snapshot_object *object)
{
    void *items = builder->objects;
    if (!make_room(builder, &items, builder->object_count, 1, &builder->object_capacity,
                   sizeof *object))
        return SNAPSHOT_NONE;
    builder->objects = items;
    items = builder->object_keys;
    if (!make_room(builder, &items, builder->object_count, 1, &builder->object_key_capacity,
                   sizeof *builder->object_keys))
        return SNAPSHOT_NONE;
    builder->object_keys = items;
    builder->object_keys[builder->object_count] = key;
    struct snapshot_object *added = &builder->objects[builder->object_count];
    *added = *object;
    if (added->id == 0)
        added->id = key;
    return (uint32_t)builder->object_count++;
}

uint32_t builder_object(struct snapshot_builder *builder, uint64_t key,
                        const struct snapshot_object *object)
{
    if (builder->failed)
        return SNAPSHOT_NONE;
    if (builder->object_count * 2 >= builder->object_slot_count && !double_object_slots(builder)) {
        builder->failed = true;
        return SNAPSHOT_NONE;
    }
    size_t mask = builder->object_slot_count - 1;
    invariant(builder->object_count < mask); /* a search ends at a free slot */
    size_t place = hash_object(builder, key, object->kind) & mask;
    for (; builder->object_slots[place] != 0; place = (place + 1) & mask) {
        uint32_t index = builder->object_slots[place] - 1;
        if (builder->object_keys[index] == key && builder->objects[index].kind == object->kind) {
            complete_object(&builder->objects[index], object);
            return index;
        }
    }
    uint32_t index = append_object(builder, key, object);
    if (index != SNAPSHOT_NONE)
        builder->object_slots[place] = index + 1;
    return index;
}

/* ---- facts ---- */

void builder_derive_task_facts(struct snapshot_builder *builder, enum precondition missing)
{
    builder->derive_task_facts = true;
    builder->derive_missing = (uint8_t)missing;
}
