/* How wide columns are. */
#include "ctxtop/layout.h"
#include "scene.h"

static bool has_flexible(const struct view *view, const struct layout *layout)
{
    for (unsigned i = 0; i < view->column_count; i++) {
        if (layout->width[i] > 0 && view->columns[i].weight > 0)
            return true;
    }
    return false;
}

static void columns_fill_the_screen_and_no_more(void **state)
{
    (void)state;
    for (const struct view *const *view = view_table; *view != NULL; view++) {
        assert_true((*view)->column_count <= LAYOUT_COLUMNS);
        for (unsigned width = 40; width < 400; width++) {
            struct layout layout = layout_fit(*view, width);
            assert_true(layout_width(*view, &layout) <= width);
            if (has_flexible(*view, &layout))
                assert_int_equal(layout_width(*view, &layout), width);
        }
    }
}

static void tiny_screens_keep_what_must_stay(void **state)
{
    (void)state;
    for (const struct view *const *view = view_table; *view != NULL; view++) {
        struct layout layout = layout_fit(*view, 1);
        for (unsigned i = 0; i < (*view)->column_count; i++)
            assert_int_equal(layout.width[i] > 0, (*view)->columns[i].drop == 0);
    }
}

/* A column that is there on a narrow screen is there on every wider one. */
static void columns_come_in_one_order(void **state)
{
    (void)state;
    for (const struct view *const *view = view_table; *view != NULL; view++) {
        struct layout narrow = layout_fit(*view, 20);
        for (unsigned width = 21; width < 400; width++) {
            struct layout wide = layout_fit(*view, width);
            for (unsigned i = 0; i < (*view)->column_count; i++)
                assert_true(narrow.width[i] == 0 || wide.width[i] > 0);
            narrow = wide;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_fill_the_screen_and_no_more),
        cmocka_unit_test(tiny_screens_keep_what_must_stay),
        cmocka_unit_test(columns_come_in_one_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
