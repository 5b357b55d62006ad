#include "view_test.h"

static void a_select_has_its_cases_below(void **state)
{
    struct sample *all = sample;
    (void)state;
    struct snapshot_builder *builder = scene_build(0);
    scene_task(builder, 4, "chooser", false);
    scene_wait(builder, 4, OBJECT_CHANNEL, 10, WAIT_RECEIVE, 0);
    scene_wait(builder, 4, OBJECT_CONTEXT, 4, WAIT_DONE, 0);
    sample = sample_new(builder_finish(builder), NULL, NULL, 0);
    model.sample = sample;
    struct items items = items_of(&waiters_view);
    assert_int_equal(items.count, 5);
    assert_string_equal(scene_cell(&model, &waiters_view, &items.items[2], "OPERATION", false),
                        "select");
    assert_string_equal(scene_cell(&model, &waiters_view, &items.items[3], "TASK", false), "or");
    assert_int_equal(items.items[4].parent, 2);
    free(items.items);
    sample_free(sample);
    sample = all;
    model.sample = all;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_select_has_its_cases_below),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
