/* Objects that tasks wait on and that live long: channels, groups. */
#include "record/lifecycle.h"
#include "record/stacks.h"
#include "record/texts.h"

/* See OBJ_REFERENCES. */
#define ONE_HOLDER UINT64_C(1)
#define ONE_MADE   (UINT64_C(1) << 32)

/* See OBJ_RETURNED. */
#define ONE_BY_ANOTHER UINT64_C(1)
#define ONE_BY_CREATOR (UINT64_C(1) << 32)

void record_object_created(struct record_slot *slot, const struct record_object *object)
{
    invariant(object->kind < OBJECT_KIND_COUNT);
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    if (recorder_take_slot(thread, AREA_OBJECTS, LOSS_OBJECTS, slot)) {
        segment_word *words = recorder_slot(AREA_OBJECTS, slot->index);
        uint32_t stack = stack_here(NULL);
        uint64_t sequence = slot_begin(words);
        word_set(words, OBJ_ID, slot->id);
        word_set(words, OBJ_KIND_AND_FLAGS, object->kind);
        word_set(words, OBJ_ADDRESS, (uint64_t)(uintptr_t)object->address);
        word_set(words, OBJ_CREATED, (uint64_t)clock_now(&thread->clock));
        word_set(words, OBJ_CREATOR_TASK, thread->running.id);
        word_set(words, OBJ_STACK, stack);
        word_set(words, OBJ_CAPACITY_AND_LENGTH, object->capacity);
        word_set(words, OBJ_REFERENCES, ONE_HOLDER | ONE_MADE);
        word_set(words, OBJ_CONTEXT, object->context_id);
        word_set(words, OBJ_NAME, 0);
        word_set(words, OBJ_RETURNED, 0);
        slot_end(words, sequence);
    }
    recorder_leave(thread);
}

static void add(segment_word *words, unsigned word, uint64_t change)
{
    atomic_fetch_add_explicit(&words[word], change, memory_order_release);
}

void record_object_references(struct record_slot *slot, int change)
{
    invariant(change == 1 || change == -1);
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_OBJECTS, slot);
    if (words && change > 0) {
        add(words, OBJ_REFERENCES, ONE_HOLDER | ONE_MADE);
    } else if (words) {
        bool made_it = word_get(words, OBJ_CREATOR_TASK) == thread->running.id;
        add(words, OBJ_RETURNED, made_it ? ONE_BY_CREATOR : ONE_BY_ANOTHER);
        add(words, OBJ_REFERENCES, -ONE_HOLDER);
    }
    recorder_leave(thread);
}

void record_object_under_way(struct record_slot *slot, int change)
{
    invariant(change == 1 || change == -1);
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_OBJECTS, slot);
    if (words)
        add(words, OBJ_REFERENCES, change > 0 ? ONE_HOLDER : -ONE_HOLDER);
    recorder_leave(thread);
}

void record_object_length(struct record_slot *slot, uint32_t capacity, uint32_t length)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_OBJECTS, slot);
    if (words)
        word_set(words, OBJ_CAPACITY_AND_LENGTH, capacity | (uint64_t)length << 32);
    recorder_leave(thread);
}

void record_object_closed(struct record_slot *slot)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_OBJECTS, slot);
    if (words) {
        uint64_t sequence = slot_begin(words);
        word_set(words, OBJ_KIND_AND_FLAGS,
                 word_get(words, OBJ_KIND_AND_FLAGS) | SEGMENT_CLOSED << 8);
        slot_end(words, sequence);
    }
    recorder_leave(thread);
}

void record_object_named(struct record_slot *slot, const char *name)
{
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_OBJECTS, slot);
    if (words) {
        uint64_t before = word_get(words, OBJ_NAME), text = text_store(thread, name);
        uint64_t sequence = slot_begin(words);
        word_set(words, OBJ_NAME, text);
        slot_end(words, sequence);
        text_free(thread, before);
    }
    recorder_leave(thread);
}

void record_object_released(struct record_slot *slot)
{
    if (!slot->id)
        return;
    struct recorder_thread *thread = recorder_enter();
    if (!thread)
        return;
    segment_word *words = recorder_current(AREA_OBJECTS, slot);
    if (words) {
        uint64_t name = word_get(words, OBJ_NAME);
        recorder_free_slot(thread, AREA_OBJECTS, slot);
        text_free(thread, name);
    }
    recorder_leave(thread);
}
