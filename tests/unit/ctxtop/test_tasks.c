#include "view_test.h"

static void tasks_show_what_they_wait_for(void **state)
{
    (void)state;
    const struct item worker = item_with(&tasks_view, ITEM_TASK, 1);
    assert_string_equal(scene_cell(&model, &tasks_view, &worker, "TASK", false), "worker");
    assert_string_equal(scene_cell(&model, &tasks_view, &worker, "THREAD", false), "1001");
    assert_string_equal(scene_cell(&model, &tasks_view, &worker, "WAITS FOR", false),
                        "context server");
    assert_string_equal(scene_cell(&model, &tasks_view, &worker, "WAITED", false), "10s");
    const struct item reader = item_with(&waiters_view, ITEM_TASK, 2);
    assert_string_equal(scene_cell(&model, &waiters_view, &reader, "WAITS FOR", false),
                        "descriptor 5");
    assert_string_equal(scene_cell(&model, &waiters_view, &reader, "CONTEXT", false), "server");
}

static void waits_give_up_at_the_deadline_that_bounds_them(void **state)
{
    struct sample *all = sample;
    (void)state;
    struct snapshot_builder *builder = scene_build(0);
    scene_task(builder, 4, "bounded", false);
    scene_wait(builder, 4, OBJECT_DESCRIPTOR, 9, WAIT_READ, 4);
    sample = sample_new(builder_finish(builder), NULL, NULL, 0);
    model.sample = sample;
    const struct item item = item_with(&tasks_view, ITEM_TASK, 4);
    assert_string_equal(scene_cell(&model, &tasks_view, &item, "ENDS IN", false), "10s");
    sample_free(sample);
    sample = all;
    model.sample = all;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_show_what_they_wait_for),
        cmocka_unit_test(waits_give_up_at_the_deadline_that_bounds_them),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
