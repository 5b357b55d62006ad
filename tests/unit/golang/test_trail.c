/* The way back from an object to the root that it was first reached from. */
#include "golang/proof/trail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define OBJECTS 100000

static void from_every_object_it_leads_to_its_root(void **state)
{
    (void)state;
    struct trail trail;
    struct origin origin;
    assert_true(trail_begin(&trail, OBJECTS));
    /* Object n was reached from n - 10, those below 10 from roots; the last one was not. */
    for (uint64_t n = 0; n + 1 < OBJECTS; n++) {
        const struct origin it = n < 10
                                     ? (struct origin){.where = n, .slot = 8, .kind = ORIGIN_STACK}
                                     : (struct origin){.where = n - 10, .kind = ORIGIN_OBJECT};
        assert_true(trail_leave(&trail, n, &it));
    }
    for (uint64_t n = 0; n + 1 < OBJECTS; n += 777) {
        uint64_t steps = 0;
        for (origin.kind = ORIGIN_OBJECT, origin.where = n; origin.kind == ORIGIN_OBJECT; steps++)
            assert_true(trail_step(&trail, origin.where, &origin));
        assert_int_equal(origin.where, n % 10);
        assert_int_equal(origin.slot, 8);
        assert_int_equal(steps, n / 10 + 1);
    }
    assert_false(trail_step(&trail, OBJECTS - 1, &origin));
    trail_free(&trail);
}

static void more_objects_than_have_numbers_are_refused(void **state)
{
    (void)state;
    struct trail trail;
    assert_false(trail_begin(&trail, UINT64_C(1) << 31));
    trail_free(&trail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_every_object_it_leads_to_its_root),
        cmocka_unit_test(more_objects_than_have_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
