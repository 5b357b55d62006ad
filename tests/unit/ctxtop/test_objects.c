#include "view_test.h"

static void objects_have_their_waiters_below(void **state)
{
    (void)state;
    struct items items = items_of(&objects_view);
    /* The system's own task is hidden, and with it what only it waits for. */
    assert_int_equal(items.count, 4);
    for (uint32_t i = 0; i < items.count; i += 2) {
        assert_int_equal(items.items[i].kind, ITEM_OBJECT);
        assert_int_equal(items.items[i + 1].kind, ITEM_WAIT);
        assert_int_equal(items.items[i + 1].parent, i);
    }
    free(items.items);
    model.show_system = true;
    items = items_of(&objects_view);
    assert_int_equal(items.count, 6);
    free(items.items);
    model.show_system = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_have_their_waiters_below),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
