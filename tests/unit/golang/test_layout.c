/* A layout from debug information that lies is refused: readers take sizes from it. */
#include "base/error.h"
#include "golang/binary/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct layout layout_of_newest(void)
{
    struct layout layout;
    struct error error;
    assert_true(layout_find(&layout, layout_newest(), "a release", -1, &error));
    return layout;
}

static void test_every_release_in_the_table_is_plausible(void **state)
{
    (void)state;
    struct layout layout;
    struct error error;
    for (int minor = layout_oldest(); minor <= layout_newest(); minor++)
        assert_true(layout_find(&layout, minor, "a release", -1, &error));
}

static void refuse(enum layout_field field, int32_t value)
{
    struct layout layout = layout_of_newest();
    struct error error = {.sentence = ""};
    layout.at[field] = value;
    assert_false(layout_check(&layout, "go1.66", &error));
    assert_non_null(strstr(error.sentence, "go1.66"));
}

static void test_what_cannot_be_is_refused(void **state)
{
    (void)state;
    const struct layout layout = layout_of_newest();
    refuse(G_GOID, -2);
    refuse(G_GOID, INT32_MAX);
    refuse(G_SIZE, INT32_MAX);
    refuse(G_SIZE, 0);
    refuse(G_SCHED_SP, layout.at[G_SIZE]); /* a member behind the end of its type */
    refuse(G_SIZE, layout.at[G_SCHED_SP]);
    refuse(DEFER_SIZE, 1 << 20);
    refuse(HEAP_ALLSPANS, INT32_MIN);
}

static void test_what_is_absent_is_fine(void **state)
{
    (void)state;
    struct layout layout = layout_of_newest();
    struct error error;
    layout.at[G_SIZE] = layout.at[DEFER_SIZE] = layout.at[G_LABELS] = LAYOUT_ABSENT;
    assert_true(layout_check(&layout, "a release", &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_release_in_the_table_is_plausible),
        cmocka_unit_test(test_what_cannot_be_is_refused),
        cmocka_unit_test(test_what_is_absent_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
