/* Which builds proofs were tested with: releases, and experiments by their names. */
#include "golang/binary/experiments.h"
#include "golang/binary/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char why[256];

static bool is_tested(const char *version, int minor)
{
    why[0] = '\0';
    return go_build_is_tested(version, minor, why, sizeof why);
}

static void assert_refused(const char *version, int minor, const char *because)
{
    assert_false(is_tested(version, minor));
    if (!strstr(why, because))
        fail_msg("%s: refused because %s", version, why);
}

static void releases_that_are_known_are(void **state)
{
    (void)state;
    assert_true(is_tested("go1.22.12", 22));
    assert_true(is_tested("go1.18", layout_oldest()));
    assert_true(is_tested("go1.25.1 some words", 25));
}

static void others_are_not(void **state)
{
    (void)state;
    assert_refused("go1.17.13", layout_oldest() - 1, "built with go1.17.13");
    assert_refused("go1.99", layout_newest() + 1, "built with go1.99");
    assert_refused("devel go1.23-2f6426834c", 23, "built with devel");
}

static void experiments_are_tested_with_their_release(void **state)
{
    (void)state;
    assert_true(is_tested("go1.22.12 X:loopvar", 22));
    assert_true(is_tested("go1.22.12 X:loopvar,rangefunc", 22));
    assert_true(is_tested("go1.25.1 X:nodwarf5 -race", 25));
    assert_refused("go1.23.4 X:loopvar", 23, "GOEXPERIMENT=loopvar, with which Go 1.23");
}

static void one_that_was_not_tested_is_named(void **state)
{
    (void)state;
    assert_refused("go1.22.12 X:noallocheaders", 22, "GOEXPERIMENT=noallocheaders");
    assert_refused("go1.22.12 X:loopvar,noallocheaders", 22, "GOEXPERIMENT=noallocheaders");
    assert_refused("go1.22.12-X:noallocheaders", 22, "GOEXPERIMENT=noallocheaders");
    /* Neither a part of a name nor more than it is that name. */
    assert_refused("go1.22.12 X:loop", 22, "GOEXPERIMENT=loop,");
    assert_refused("go1.22.12 X:loopvars", 22, "GOEXPERIMENT=loopvars,");
}

static void what_is_no_experiment_is_none(void **state)
{
    (void)state;
    assert_true(is_tested("go1.22.12 fooX:noallocheaders", 22));
    assert_refused("go1.22.12 fooX:a X:noallocheaders", 22, "GOEXPERIMENT=noallocheaders");
    assert_true(is_tested("go1.22.12 X:", 22));
    assert_true(is_tested("go1.22.12 X:,loopvar,", 22));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(releases_that_are_known_are),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(experiments_are_tested_with_their_release),
        cmocka_unit_test(one_that_was_not_tested_is_named),
        cmocka_unit_test(what_is_no_experiment_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
