/* A sealed memory with the live one beneath: what comes from where, and whether it holds. */
#include "foreign_memory.h"
#include "image/memory_over.h"
#include "image/packed_ranges.h"

#define HOLDER (BASE + 20 * PAGE) /* in the sealed memory: it leads to the text */
#define TEXT   (BASE + 50 * PAGE) /* which is not */

struct sealing {
    struct memory *live, *sealed;
    struct memory_over over;
};

static int begin(void **state)
{
    static struct sealing own;
    struct packed_ranges none = {0};
    void *memory;
    start(&memory);
    own.live = memory;
    memory_u8(own.live, HOLDER);
    own.sealed = memory_seal(own.live, &none);
    assert_non_null(own.sealed);
    memory_over_begin(&own.over, own.sealed, own.live);
    *state = &own;
    return 0;
}

static int end(void **state)
{
    struct sealing *own = *state;
    struct packed_ranges room = {0};
    memory_unseal(own->sealed, own->live, &room);
    packed_ranges_free(&room);
    memory_free(own->live);
    return 0;
}

static void read_text(struct sealing *own)
{
    memory_over_note(&own->over);
    assert_non_null(memory_at(&own->over.memory, HOLDER, 8));
    assert_memory_equal(memory_at(&own->over.memory, TEXT, 20), program + (TEXT - BASE), 20);
}

static void test_what_is_sealed_is_not_looked_for_beneath(void **state)
{
    struct sealing *own = *state;
    unsigned char before = program[HOLDER - BASE]++;
    memory_over_note(&own->over);
    assert_int_equal(memory_u8(&own->over.memory, HOLDER), before);
    assert_true(memory_over_holds(&own->over)); /* though it is something else by now */
    assert_null(memory_at(&own->over.memory, BASE + HOLE * PAGE, 1));
    assert_null(memory_at(&own->over.memory, BASE + PAGES * PAGE, 1));
    assert_true(memory_over_holds(&own->over));
}

static void test_what_is_beneath_is_as_it_is_now(void **state)
{
    struct sealing *own = *state;
    program[TEXT - BASE]++;
    read_text(own);
    assert_true(memory_over_holds(&own->over));
    assert_null(memory_at(own->sealed, TEXT, 1));
}

static void test_it_does_not_hold_when_what_led_to_it_has_changed(void **state)
{
    struct sealing *own = *state;
    read_text(own);
    program[HOLDER - BASE + 7]++;
    assert_false(memory_over_holds(&own->over));
    program[HOLDER - BASE + 7]--;
    assert_true(memory_over_holds(&own->over));
    program[HOLDER - BASE + 8]++; /* beside it */
    assert_true(memory_over_holds(&own->over));
}

static void test_it_does_not_hold_when_it_has_changed_itself(void **state)
{
    struct sealing *own = *state;
    read_text(own);
    program[TEXT - BASE + 19]++;
    assert_false(memory_over_holds(&own->over));
}

static void test_each_text_is_judged_by_itself(void **state)
{
    struct sealing *own = *state;
    read_text(own);
    program[TEXT - BASE]++;
    assert_false(memory_over_holds(&own->over));
    memory_over_note(&own->over);
    assert_non_null(memory_at(&own->over.memory, BASE + 60 * PAGE, 8));
    assert_true(memory_over_holds(&own->over));
}

/* It cannot have changed. */
static void test_what_is_constant_is_not_compared(void **state)
{
    struct sealing *own = *state;
    memory_over_note(&own->over);
    assert_non_null(memory_at(&own->over.memory, BASE + 3 * PAGE, 8));
    assert_non_null(memory_at(&own->over.memory, TEXT, 8));
    assert_int_equal(own->over.trail.count, 1);
}

static void test_more_than_can_be_noted_does_not_hold(void **state)
{
    struct sealing *own = *state;
    memory_over_note(&own->over);
    assert_non_null(memory_at(&own->over.memory, TEXT, 8));
    for (unsigned i = 1; i < MEMORY_TRAIL; i++)
        memory_at(&own->over.memory, HOLDER + i, 1);
    assert_true(memory_over_holds(&own->over));
    memory_at(&own->over.memory, HOLDER, 1);
    assert_false(memory_over_holds(&own->over));
    memory_over_note(&own->over);
    assert_non_null(memory_at(&own->over.memory, TEXT, 5 * PAGE));
    for (unsigned i = 0; i < 3; i++)
        assert_non_null(memory_at(&own->over.memory, TEXT, 5 * PAGE));
    assert_false(memory_over_holds(&own->over));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_sealed_is_not_looked_for_beneath, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_beneath_is_as_it_is_now, begin, end),
        cmocka_unit_test_setup_teardown(test_it_does_not_hold_when_what_led_to_it_has_changed,
                                        begin, end),
        cmocka_unit_test_setup_teardown(test_it_does_not_hold_when_it_has_changed_itself, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_each_text_is_judged_by_itself, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_constant_is_not_compared, begin, end),
        cmocka_unit_test_setup_teardown(test_more_than_can_be_noted_does_not_hold, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
