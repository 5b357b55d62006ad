/* How a program ended, in words. */
#include "snapshot/snapshot.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_ending(enum program_end end, int32_t detail, const char *expected)
{
    char text[PROGRAM_ENDING_SIZE];
    const struct snapshot_program program = {.end = (uint8_t)end, .end_detail = detail};
    assert_string_equal(program_ending(&program, text), expected);
}

static void endings_are_told_apart(void **state)
{
    (void)state;
    assert_ending(PROGRAM_EXITED, 0, "has exited");
    assert_ending(PROGRAM_EXITED_WITH, 0, "exited with status 0");
    assert_ending(PROGRAM_EXITED_WITH, 255, "exited with status 255");
    assert_ending(PROGRAM_EXECED, 0, "became another program (exec)");
}

static void what_nobody_saw_is_not_made_up(void **state)
{
    (void)state;
    assert_ending(PROGRAM_END_UNKNOWN, 0,
                  "ended, and nobody saw how (killed, crashed, or left by _exit)");
    assert_ending((enum program_end)200, 0,
                  "ended, and nobody saw how (killed, crashed, or left by _exit)");
}

static void signals_have_their_names(void **state)
{
    (void)state;
    assert_ending(PROGRAM_KILLED_BY, SIGKILL, "was killed by signal 9 (SIGKILL)");
    assert_ending(PROGRAM_KILLED_BY, SIGSEGV, "was killed by signal 11 (SIGSEGV)");
    assert_ending(PROGRAM_KILLED_BY, 60, "was killed by signal 60"); /* of real time: no name */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endings_are_told_apart),
        cmocka_unit_test(what_nobody_saw_is_not_made_up),
        cmocka_unit_test(signals_have_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
