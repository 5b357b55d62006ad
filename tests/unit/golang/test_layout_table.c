/* The table of releases: in order, complete, and each tested with one of its own. */
#include "golang/binary/layout_table.h"
#include "golang/binary/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void releases_follow_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < layout_row_count; i++) {
        assert_int_equal(layout_rows[i].minor, layout_oldest() + (int)i);
        assert_int_equal(go_minor_of(layout_rows[i].tested), layout_rows[i].minor);
    }
}

/* A row that was forgotten has zeros where no release has any. */
static void each_has_its_traits(void **state)
{
    (void)state;
    for (size_t i = 0; i < layout_row_count; i++) {
        const struct release_traits *traits = &layout_rows[i].traits;
        assert_in_range(traits->header_magic, 0xfffffff0, 0xffffffff);
        assert_true(traits->function_record >= 40);
        assert_in_range(traits->inlined_call, traits->inlined_call_has_pc ? 16 : 20, 20);
        assert_true(traits->inlined_name + 4 <= traits->inlined_call);
        assert_true(traits->wrapper >= 21);
        assert_true(traits->specials.finalizer > 0 && traits->specials.last > 0);
    }
}

static void a_newer_release_has_those_of_the_newest(void **state)
{
    (void)state;
    struct release_traits newest = release_traits_of(layout_newest());
    struct release_traits newer = release_traits_of(layout_newest() + 40);
    struct release_traits oldest = release_traits_of(layout_oldest());
    assert_int_equal(newer.pointer_bits, newest.pointer_bits);
    assert_int_equal(newer.specials.last, newest.specials.last);
    assert_int_equal(oldest.pointer_bits, POINTER_BITS_IN_ARENAS_BY_PAIRS);
    assert_int_equal(release_traits_of(22).pointer_bits, POINTER_BITS_IN_SPANS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(releases_follow_each_other),
        cmocka_unit_test(each_has_its_traits),
        cmocka_unit_test(a_newer_release_has_those_of_the_newest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
