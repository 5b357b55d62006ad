#include "ctxtop/folds.h"
#include "scene.h"

static struct folds folds;

static int begin(void **state)
{
    (void)state;
    folds = (struct folds){.depth = 2};
    return 0;
}

static int end(void **state)
{
    (void)state;
    folds_free(&folds);
    return 0;
}

static void what_is_deep_is_folded(void **state)
{
    (void)state;
    assert_false(folds_is_folded(&folds, ITEM_CONTEXT, 1, 1));
    assert_true(folds_is_folded(&folds, ITEM_CONTEXT, 1, 2));
    assert_true(folds_is_folded(&folds, ITEM_CONTEXT, 1, 3));
    folds.depth = FOLD_NOTHING;
    assert_false(folds_is_folded(&folds, ITEM_CONTEXT, 1, FOLD_NOTHING - 1));
}

static void what_was_done_by_hand_counts_at_every_depth(void **state)
{
    (void)state;
    folds_set(&folds, ITEM_CONTEXT, 1, true);
    folds_set(&folds, ITEM_CONTEXT, 2, false);
    for (uint32_t depth = 0; depth < 4; depth++) {
        assert_true(folds_is_folded(&folds, ITEM_CONTEXT, 1, depth));
        assert_false(folds_is_folded(&folds, ITEM_CONTEXT, 2, depth));
    }
    folds_set(&folds, ITEM_CONTEXT, 1, false);
    assert_false(folds_is_folded(&folds, ITEM_CONTEXT, 1, 3));
}

/* A task and a context can have one number. */
static void items_of_other_kinds_are_others(void **state)
{
    (void)state;
    folds_set(&folds, ITEM_CONTEXT, 1, true);
    assert_false(folds_is_folded(&folds, ITEM_TASK, 1, 0));
    assert_false(folds_is_folded(&folds, ITEM_CONTEXT, 1 + (UINT64_C(1) << 32), 0));
}

static void a_new_depth_forgets_what_was_done_by_hand(void **state)
{
    (void)state;
    folds_set(&folds, ITEM_CONTEXT, 1, true);
    folds_set(&folds, ITEM_CONTEXT, 2, false);
    folds_set_depth(&folds, 3);
    assert_false(folds_is_folded(&folds, ITEM_CONTEXT, 1, 2));
    assert_true(folds_is_folded(&folds, ITEM_CONTEXT, 2, 3));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_deep_is_folded),
        TEST(what_was_done_by_hand_counts_at_every_depth),
        TEST(items_of_other_kinds_are_others),
        TEST(a_new_depth_forgets_what_was_done_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
