/* Ancestors of tasks are found by task, in the order in which they were added. */
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void add_task(struct snapshot_builder *builder, uint64_t id)
{
    const struct snapshot_task task = {
        .id = id, .creation_stack = SNAPSHOT_NONE, .stack = SNAPSHOT_NONE};
    builder_add_task(builder, &task, 0, 0);
}

static void add_ancestor(struct snapshot_builder *builder, uint64_t task, uint64_t id,
                         uint32_t stack)
{
    const struct snapshot_ancestor ancestor = {.task = 77, .stack = stack, .id = id};
    builder_add_ancestor(builder, task, &ancestor);
}

static void expect(const struct snapshot *snapshot, uint64_t task, const uint64_t *ids,
                   uint32_t count)
{
    uint32_t found, index = snapshot_find_task(snapshot, task);
    const struct snapshot_ancestor *ancestors = snapshot_ancestors_of(snapshot, index, &found);
    assert_int_equal(found, count);
    assert_true(count ? ancestors != NULL : !ancestors);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(ancestors[i].id, ids[i]);
        assert_int_equal(ancestors[i].task, index);
        assert_int_equal(ancestors[i].stack, SNAPSHOT_NONE);
    }
}

static void each_task_has_its_own(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    assert_non_null(builder);
    for (uint64_t id = 9; id > 5; id--)
        add_task(builder, id);
    add_ancestor(builder, 8, 6, SNAPSHOT_NONE);
    add_ancestor(builder, 6, 3, SNAPSHOT_NONE);
    add_ancestor(builder, 8, 2, 12345); /* no stack of the builder's */
    add_ancestor(builder, 8, 1, SNAPSHOT_NONE);
    add_ancestor(builder, 100, 1, SNAPSHOT_NONE); /* there is no such task */
    struct snapshot *snapshot = builder_finish(builder);
    assert_non_null(snapshot);
    assert_int_equal(snapshot->ancestor_count, 4);
    expect(snapshot, 6, (uint64_t[]){3}, 1);
    expect(snapshot, 7, NULL, 0);
    expect(snapshot, 8, (uint64_t[]){6, 2, 1}, 3);
    expect(snapshot, 9, NULL, 0);
    assert_int_equal(snapshot->loss_count, 1);
    snapshot_free(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_task_has_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
