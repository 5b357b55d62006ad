/*
 * Goroutines that are at no safe point: what they have in their hands is found, wherever it is. The
 * programs are clean; the planted twins are in test_proof.c.
 */
#include "go_silence.h"

#define LOOKS 40

static void look_at(const char *program, const char *argument)
{
    check_silence(program, argument, LOOKS, false);
    check_silence(program, argument, LOOKS, true);
}

static void test_a_struct_on_the_stack_that_a_register_leads_to(void **state)
{
    (void)state;
    look_at("inflight", "struct");
}

static void test_a_closure_on_the_stack_that_a_register_leads_to(void **state)
{
    (void)state;
    look_at("inflight", "closure");
}

static void test_a_channel_that_a_register_leads_to(void **state)
{
    (void)state;
    look_at("inflight", "channel");
}

static void test_a_slot_that_no_map_has_at_a_write_barrier(void **state)
{
    (void)state;
    look_at("inflight", "barrier");
}

static void test_what_is_being_copied(void **state)
{
    (void)state;
    look_at("inflight", "shift");
}

static void test_a_stack_that_is_moved(void **state)
{
    (void)state;
    look_at("deepstacks", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_struct_on_the_stack_that_a_register_leads_to),
        cmocka_unit_test(test_a_closure_on_the_stack_that_a_register_leads_to),
        cmocka_unit_test(test_a_channel_that_a_register_leads_to),
        cmocka_unit_test(test_a_slot_that_no_map_has_at_a_write_barrier),
        cmocka_unit_test(test_what_is_being_copied),
        cmocka_unit_test(test_a_stack_that_is_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
