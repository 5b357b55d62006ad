#include "view_test.h"

static void findings_have_their_claims_below(void **state)
{
    (void)state;
    struct items items = items_of(&findings_view);
    assert_true(items.count >= 2);
    bool found = false;
    for (uint32_t i = 0; i + 1 < items.count; i++) {
        const char *text = scene_cell(&model, &findings_view, &items.items[i], "FINDING", false);
        if (strcmp(text, "lost-cancel") != 0)
            continue;
        found = true;
        assert_int_equal(items.items[i + 1].kind, ITEM_CLAIM);
        assert_string_equal(
            scene_cell(&model, &findings_view, &items.items[i + 1], "FINDING", false), "lost");
    }
    assert_true(found);
    free(items.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_have_their_claims_below),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
