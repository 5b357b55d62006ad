#include "view_test.h"

/* Identities must not depend on where things are in the arrays, or cursors would jump. */
static void identities_are_the_same_in_the_next_snapshot(void **state)
{
    struct sample *later = scene_sample_without(5);
    (void)state;
    for (const struct view *const *view = view_table; *view != NULL; view++) {
        if (!view_available(*view, &model) || *view == &findings_view)
            continue;
        struct items before = items_of(*view);
        model.sample = later;
        struct items after = items_of(*view);
        model.sample = sample;
        for (uint32_t i = 0; i < after.count; i++) {
            uint32_t same = 0;
            for (uint32_t j = 0; j < before.count; j++)
                same += before.items[j].id == after.items[i].id &&
                        before.items[j].kind == after.items[i].kind;
            assert_int_equal(same, 1);
        }
        free(before.items);
        free(after.items);
    }
    sample_free(later);
}

static void every_view_is_complete(void **state)
{
    (void)state;
    for (const struct view *const *view = view_table; *view != NULL; view++) {
        assert_ptr_equal(view_find((*view)->name), *view);
        assert_true(strlen((*view)->title) > 0);
        assert_true(strlen((*view)->heading) > 0);
        assert_true(strlen((*view)->help) > 0);
        assert_true(strlen((*view)->empty) > 0);
        assert_true((*view)->column_count > 0);
        assert_true((*view)->columns[0].drop == 0);
        assert_non_null((*view)->compare);
        assert_non_null((*view)->words);
        assert_non_null((*view)->detail);
    }
    assert_null(view_find("no such view"));
}

static void every_column_sorts_consistently(void **state)
{
    (void)state;
    for (const struct view *const *view = view_table; *view != NULL; view++) {
        if (!view_available(*view, &model))
            continue;
        struct items items = items_of(*view);
        for (unsigned column = 0; column < (*view)->column_count; column++) {
            for (uint32_t i = 0; i < items.count; i++) {
                for (uint32_t j = 0; j < items.count; j++) {
                    if (items.items[i].kind != items.items[j].kind)
                        continue;
                    int one = (*view)->compare(&model, &items.items[i], &items.items[j], column);
                    int two = (*view)->compare(&model, &items.items[j], &items.items[i], column);
                    assert_true((one < 0) == (two > 0) && (one == 0) == (two == 0));
                }
            }
        }
        free(items.items);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_are_the_same_in_the_next_snapshot),
        cmocka_unit_test(every_view_is_complete),
        cmocka_unit_test(every_column_sorts_consistently),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
