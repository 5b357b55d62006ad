/* Tasks, waits, objects and events: ids become indexes, and what leads nowhere is counted. */
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void add_task(struct snapshot_builder *builder, uint64_t id, uint64_t parent)
{
    struct snapshot_task task = {
        .id = id, .parent_id = parent, .creation_stack = SNAPSHOT_NONE, .stack = SNAPSHOT_NONE};
    builder_add_task(builder, &task, 0, 0);
}

static uint32_t add_object(struct snapshot_builder *builder, uint8_t kind, uint64_t key)
{
    struct snapshot_object object = {.kind = kind, .creation_stack = SNAPSHOT_NONE};
    return builder_object(builder, key, &object);
}

static void add_wait(struct snapshot_builder *builder, uint64_t task, uint32_t object,
                     uint32_t group)
{
    struct snapshot_wait wait = {
        .object = object, .group = group, .stack = SNAPSHOT_NONE, .until_ns = SNAPSHOT_NEVER};
    builder_add_wait(builder, &wait, task, 0);
}

static void waits_of_a_task_are_neighbours(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    add_task(builder, 9, 0);
    add_task(builder, 4, 9);
    uint32_t channel = add_object(builder, OBJECT_CHANNEL, 100);
    uint32_t mutex = add_object(builder, OBJECT_MUTEX, 100);
    assert_int_not_equal(channel, mutex); /* the same key, but another kind */
    add_wait(builder, 9, channel, 1);
    add_wait(builder, 4, channel, 0);
    add_wait(builder, 9, mutex, 1);
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(snapshot->tasks[0].id, 4);
    assert_int_equal(snapshot->tasks[0].parent, 1);
    const struct snapshot_task *task = &snapshot->tasks[1];
    assert_int_equal(task->wait_count, 2);
    assert_int_equal(snapshot->waits[task->first_wait].object, channel);
    assert_int_equal(snapshot->waits[task->first_wait + 1].object, mutex);
    for (uint32_t i = 0; i < snapshot->wait_count; i++)
        assert_true(snapshot->waits[i].task < 2);
    const struct snapshot_object *object = &snapshot->objects[channel];
    assert_int_equal(object->waiter_count, 2);
    uint32_t second = snapshot->waits[object->first_waiter].next_of_object;
    assert_int_not_equal(second, SNAPSHOT_NONE);
    assert_int_equal(snapshot->waits[second].object, channel);
    assert_int_equal(snapshot->waits[second].next_of_object, SNAPSHOT_NONE);
    snapshot_free(snapshot);
}

static void waits_without_task_or_object_are_counted(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    add_task(builder, 1, 0);
    uint32_t object = add_object(builder, OBJECT_CHANNEL, 5);
    add_wait(builder, 1, object, 0);
    add_wait(builder, 2, object, 0);     /* no such task */
    add_wait(builder, 1, object + 1, 0); /* no such object */
    add_wait(builder, 1, SNAPSHOT_NONE, 0);
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(snapshot->wait_count, 1);
    assert_int_equal(snapshot->loss_count, 1);
    assert_int_equal(snapshot->losses[0].count, 3);
    assert_string_equal(snapshot_text(snapshot, snapshot->losses[0].what), "waits");
    snapshot_free(snapshot);
}

static void objects_are_completed(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    struct snapshot_object object = {.kind = OBJECT_CHANNEL, .creation_stack = SNAPSHOT_NONE};
    uint32_t number = builder_object(builder, 7, &object);
    object.name = builder_string(builder, "jobs");
    object.capacity = 16;
    object.closed = true;
    object.signalable.value = FACT_NO;
    assert_int_equal(builder_object(builder, 7, &object), number);
    object.name = builder_string(builder, "other");
    object.capacity = 1;
    object.signalable.value = FACT_YES;
    assert_int_equal(builder_object(builder, 7, &object), number);
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(snapshot->object_count, 1);
    assert_string_equal(snapshot_text(snapshot, snapshot->objects[0].name), "jobs");
    assert_int_equal(snapshot->objects[0].capacity, 16);
    assert_true(snapshot->objects[0].closed);
    assert_int_equal(snapshot->objects[0].signalable.value, FACT_NO);
    assert_int_equal(snapshot->objects[0].id, 7);
    snapshot_free(snapshot);
}

static void objects_find_their_contexts_and_tasks(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    struct snapshot_context context = {
        .id = 70, .creation_stack = SNAPSHOT_NONE, .cancel_stack = SNAPSHOT_NONE};
    builder_add_context(builder, &context);
    struct snapshot_task task = {.id = 3, .creation_stack = SNAPSHOT_NONE, .stack = SNAPSHOT_NONE};
    builder_add_task(builder, &task, 70, 71);
    uint32_t done = add_object(builder, OBJECT_CONTEXT, 70);
    uint32_t gone = add_object(builder, OBJECT_CONTEXT, 71);
    uint32_t join = add_object(builder, OBJECT_TASK, 3);
    uint32_t channel = add_object(builder, OBJECT_CHANNEL, 70);
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(snapshot->objects[done].context, 0);
    assert_int_equal(snapshot->objects[gone].context, SNAPSHOT_NONE);
    assert_int_equal(snapshot->objects[join].task, 0);
    assert_int_equal(snapshot->objects[channel].context, SNAPSHOT_NONE);
    assert_int_equal(snapshot->tasks[0].current_context, 0);
    assert_int_equal(snapshot->tasks[0].start_context, SNAPSHOT_NONE);
    snapshot_free(snapshot);
}

static void parents_of_tasks_form_no_cycle(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    add_task(builder, 1, 3);
    add_task(builder, 2, 1);
    add_task(builder, 3, 2);
    add_task(builder, 4, 3);
    add_task(builder, 5, 5);
    add_task(builder, 5, 1); /* twice */
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(snapshot->task_count, 5);
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        uint32_t steps = 0;
        for (uint32_t task = i; task != SNAPSHOT_NONE; task = snapshot->tasks[task].parent)
            assert_true(++steps <= snapshot->task_count);
    }
    assert_int_equal(snapshot->loss_count, 2);
    snapshot_free(snapshot);
}

static void events_are_in_order_of_time(void **state)
{
    (void)state;
    const int64_t times[] = {5, -3, 9, 5, 0};
    struct snapshot_builder *builder = builder_new();
    for (unsigned i = 0; i < 5; i++) {
        struct snapshot_event event = {
            .time_ns = times[i], .subject_id = i, .stack = SNAPSHOT_NONE};
        builder_add_event(builder, &event);
    }
    struct snapshot *snapshot = builder_finish(builder);
    const uint64_t expected[] = {1, 4, 0, 3, 2};
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(snapshot->events[i].subject_id, expected[i]);
    snapshot_free(snapshot);
}

static void losses_add_up(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    builder_add_loss(builder, "contexts", "the segment was full", 2);
    builder_add_loss(builder, "tasks", "the segment was full", 0);
    builder_add_loss(builder, "contexts", "the segment was full", 3);
    builder_add_loss(builder, "contexts", "other", 1);
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(snapshot->loss_count, 2);
    assert_int_equal(snapshot->losses[0].count, 5);
    snapshot_free(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_of_a_task_are_neighbours),
        cmocka_unit_test(waits_without_task_or_object_are_counted),
        cmocka_unit_test(objects_are_completed),
        cmocka_unit_test(objects_find_their_contexts_and_tasks),
        cmocka_unit_test(parents_of_tasks_form_no_cycle),
        cmocka_unit_test(events_are_in_order_of_time),
        cmocka_unit_test(losses_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
