/* From items to rows: filter, sort, fold. */
#include "ctxtop/tree.h"
#include "scene.h"

struct fixture {
    struct sample *sample;
    struct model model;
    struct tree tree;
    struct rows rows;
    struct folds folds;
    struct filter filter;
    struct order order;
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->sample = scene_sample();
    fixture->model = scene_model(fixture->sample);
    fixture->folds.depth = FOLD_NOTHING;
    fixture->order.column = ORDER_NATURAL;
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    tree_free(&fixture->tree);
    rows_free(&fixture->rows);
    folds_free(&fixture->folds);
    sample_free(fixture->sample);
    free(fixture);
    return 0;
}

static const char *rows_of(struct fixture *fixture)
{
    tree_build(&fixture->tree, &contexts_view, &fixture->model, &fixture->filter, fixture->order);
    rows_build(&fixture->rows, &fixture->tree, &fixture->folds);
    return scene_rows(&fixture->tree, &fixture->rows);
}

static void order_is_that_of_creation(void **state)
{
    assert_string_equal(rows_of(*state), "1\n 2\n  4\n   6\n  5\n 3\n7\n");
}

static void folding_by_depth(void **state)
{
    struct fixture *fixture = *state;
    folds_set_depth(&fixture->folds, 1);
    assert_string_equal(rows_of(fixture), "1\n 2+\n 3\n7\n");
    folds_set_depth(&fixture->folds, 0);
    assert_string_equal(rows_of(fixture), "1+\n7\n");
}

static void folding_one_by_hand(void **state)
{
    struct fixture *fixture = *state;
    folds_set(&fixture->folds, ITEM_CONTEXT, 4, true);
    assert_string_equal(rows_of(fixture), "1\n 2\n  4+\n  5\n 3\n7\n");
    folds_set(&fixture->folds, ITEM_CONTEXT, 4, false);
    assert_string_equal(rows_of(fixture), "1\n 2\n  4\n   6\n  5\n 3\n7\n");
}

static void unfolding_one_in_what_is_folded(void **state)
{
    struct fixture *fixture = *state;
    folds_set_depth(&fixture->folds, 1);
    folds_set(&fixture->folds, ITEM_CONTEXT, 2, false);
    assert_string_equal(rows_of(fixture), "1\n 2\n  4+\n  5\n 3\n7\n");
}

static void folding_all_forgets_what_was_done_by_hand(void **state)
{
    struct fixture *fixture = *state;
    folds_set(&fixture->folds, ITEM_CONTEXT, 2, false);
    folds_set_depth(&fixture->folds, 1);
    assert_string_equal(rows_of(fixture), "1\n 2+\n 3\n7\n");
}

static void what_cannot_be_folded_is_not(void **state)
{
    struct fixture *fixture = *state;
    folds_set(&fixture->folds, ITEM_CONTEXT, 3, true);
    assert_string_equal(rows_of(fixture), "1\n 2\n  4\n   6\n  5\n 3\n7\n");
}

static void filter_keeps_matches_and_what_they_are_below(void **state)
{
    struct fixture *fixture = *state;
    filter_set(&fixture->filter, "kind:value");
    assert_string_equal(rows_of(fixture), "1\n 2\n  4\n   6\n");
    assert_int_equal(fixture->tree.matches, 1);
    assert_true(fixture->tree.nodes[fixture->rows.rows[3].item].matches);
    assert_false(fixture->tree.nodes[fixture->rows.rows[0].item].matches);
}

static void filter_that_nothing_passes_leaves_no_rows(void **state)
{
    struct fixture *fixture = *state;
    filter_set(&fixture->filter, "no such thing");
    assert_string_equal(rows_of(fixture), "");
}

static void only_siblings_are_sorted(void **state)
{
    struct fixture *fixture = *state;
    fixture->order = (struct order){.column = 0};
    assert_string_equal(rows_of(fixture), "1\n 3\n 2\n  4\n   6\n  5\n7\n");
    fixture->order.descending = true;
    assert_string_equal(rows_of(fixture), "7\n1\n 2\n  4\n   6\n  5\n 3\n");
}

static void equal_ones_keep_their_order(void **state)
{
    struct fixture *fixture = *state;
    /* Both requests have one name, whichever way they are sorted. */
    fixture->order = (struct order){.column = 0};
    filter_set(&fixture->filter, "request");
    assert_string_equal(rows_of(fixture), "1\n 2\n  4\n  5\n");
    fixture->order.descending = true;
    assert_string_equal(rows_of(fixture), "1\n 2\n  4\n  5\n");
}

static void what_has_ended_can_be_hidden(void **state)
{
    struct fixture *fixture = *state;
    fixture->model.hide_ended = true;
    assert_string_equal(rows_of(fixture), "1\n 2\n  4\n   6\n 3\n7\n");
}

static void following_goes_through_everything(void **state)
{
    struct fixture *fixture = *state;
    static const uint64_t expected[] = {1, 2, 4, 6, 5, 3, 7};
    folds_set_depth(&fixture->folds, 0);
    rows_of(fixture);
    uint32_t item = fixture->tree.first_root;
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(fixture->tree.items.items[item].id, expected[i]);
        item = tree_following(&fixture->tree, item);
    }
    assert_int_equal(item, ITEM_NONE);
}

static const char *prefix(struct fixture *fixture, uint32_t row, unsigned width)
{
    static char text[256];
    rows_prefix(&fixture->rows, &fixture->tree, row, width, text, sizeof text);
    return text;
}

static void lines_of_the_tree(void **state)
{
    struct fixture *fixture = *state;
    text_set_unicode(true);
    rows_of(fixture);
    assert_string_equal(prefix(fixture, 0, 40), "");
    assert_string_equal(prefix(fixture, 1, 40), "├─ ");
    assert_string_equal(prefix(fixture, 2, 40), "│  ├─ ");
    assert_string_equal(prefix(fixture, 3, 40), "│  │  └─ ");
    assert_string_equal(prefix(fixture, 5, 40), "└─ ");
    folds_set_depth(&fixture->folds, 1);
    rows_of(fixture);
    assert_string_equal(prefix(fixture, 1, 40), "├▸ ");
    theme_set_ascii(true);
    assert_string_equal(prefix(fixture, 1, 40), "|+ ");
    assert_string_equal(prefix(fixture, 2, 40), "`- ");
    theme_set_ascii(false);
}

static void deep_rows_show_their_depth(void **state)
{
    struct fixture *fixture = *state;
    text_set_unicode(true);
    rows_of(fixture);
    assert_string_equal(prefix(fixture, 3, 8), "3 │  └─ ");
    assert_string_equal(prefix(fixture, 3, 1), "3 └─ ");
}

static struct sample *chain(uint32_t length)
{
    struct snapshot_builder *builder = scene_begin();
    uint32_t stack = scene_stack(builder, "make");
    for (uint32_t i = 1; i <= length; i++) {
        const struct snapshot_context context = {
            .id = i,
            .parent_id = i - 1,
            .kind = CONTEXT_CANCEL,
            .created_ns = i,
            .ended_ns = SNAPSHOT_NEVER,
            .deadline_ns = SNAPSHOT_NEVER,
            .requested_deadline_ns = SNAPSHOT_NEVER,
            .creation_stack = stack,
            .cancel_stack = SNAPSHOT_NONE,
        };
        builder_add_context(builder, &context);
    }
    struct snapshot *snapshot = builder_finish(builder);
    assert_non_null(snapshot);
    return sample_new(snapshot, NULL, NULL, 0);
}

/* Recursion would need a stack as deep as the tree. */
static void very_deep_trees_work(void **state)
{
    struct fixture *fixture = *state;
    enum { DEEP = 200000 };
    sample_free(fixture->sample);
    fixture->sample = chain(DEEP);
    assert_non_null(fixture->sample);
    fixture->model = scene_model(fixture->sample);
    tree_build(&fixture->tree, &contexts_view, &fixture->model, &fixture->filter, fixture->order);
    rows_build(&fixture->rows, &fixture->tree, &fixture->folds);
    assert_int_equal(fixture->rows.count, DEEP);
    assert_int_equal(fixture->rows.deepest, DEEP - 2);
    assert_int_equal(fixture->sample->sums[0].descendants, DEEP - 1);
    text_set_unicode(true);
    assert_string_equal(prefix(fixture, DEEP - 1, 20), "199999          └─ ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(order_is_that_of_creation, begin, end),
        cmocka_unit_test_setup_teardown(folding_by_depth, begin, end),
        cmocka_unit_test_setup_teardown(folding_one_by_hand, begin, end),
        cmocka_unit_test_setup_teardown(unfolding_one_in_what_is_folded, begin, end),
        cmocka_unit_test_setup_teardown(folding_all_forgets_what_was_done_by_hand, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_folded_is_not, begin, end),
        cmocka_unit_test_setup_teardown(filter_keeps_matches_and_what_they_are_below, begin, end),
        cmocka_unit_test_setup_teardown(filter_that_nothing_passes_leaves_no_rows, begin, end),
        cmocka_unit_test_setup_teardown(only_siblings_are_sorted, begin, end),
        cmocka_unit_test_setup_teardown(equal_ones_keep_their_order, begin, end),
        cmocka_unit_test_setup_teardown(what_has_ended_can_be_hidden, begin, end),
        cmocka_unit_test_setup_teardown(following_goes_through_everything, begin, end),
        cmocka_unit_test_setup_teardown(lines_of_the_tree, begin, end),
        cmocka_unit_test_setup_teardown(deep_rows_show_their_depth, begin, end),
        cmocka_unit_test_setup_teardown(very_deep_trees_work, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
