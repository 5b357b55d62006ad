/* Which findings fail: by certainty, by severity, by both. */
#include "ctxreport/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct gate parsed(const char *text)
{
    struct gate gate = gate_default();
    if (!gate_parse(text, &gate))
        fail_msg("%s is refused", text);
    return gate;
}

static void expect(const char *text, unsigned confidence, unsigned severity)
{
    struct gate gate = parsed(text);
    assert_int_equal(gate.confidence, confidence);
    assert_int_equal(gate.severity, severity);
}

static void words_are_read(void **state)
{
    (void)state;
    expect("proved", CONFIDENCE_PROVED, SEVERITY_LOW);
    expect("suspect", CONFIDENCE_SUSPECT, SEVERITY_LOW);
    expect("high", CONFIDENCE_PROVED, SEVERITY_HIGH);
    expect("likely,critical", CONFIDENCE_LIKELY, SEVERITY_CRITICAL);
    expect("medium,suspect", CONFIDENCE_SUSPECT, SEVERITY_MEDIUM);
    expect("none", FAIL_ON_NOTHING, SEVERITY_LOW);
}

static void others_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "prove", "proved,", ",high", "high;likely", "none,high", "provedx", "likely,high,low"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct gate gate = gate_default();
        if (gate_parse(bad[i], &gate))
            fail_msg("'%s' is taken", bad[i]);
    }
}

static void both_have_to_be_reached(void **state)
{
    (void)state;
    struct gate gate = parsed("likely,high");
    assert_true(gate_stops(&gate, CONFIDENCE_LIKELY, SEVERITY_HIGH));
    assert_true(gate_stops(&gate, CONFIDENCE_PROVED, SEVERITY_CRITICAL));
    assert_false(gate_stops(&gate, CONFIDENCE_SUSPECT, SEVERITY_CRITICAL));
    assert_false(gate_stops(&gate, CONFIDENCE_PROVED, SEVERITY_MEDIUM));
    gate = parsed("none");
    assert_false(gate_stops(&gate, CONFIDENCE_PROVED, SEVERITY_CRITICAL));
}

/* A word that nobody knows is from a stranger's report: it is not passed over. */
static void an_unknown_severity_counts(void **state)
{
    (void)state;
    assert_int_equal(severity_of("medium"), SEVERITY_MEDIUM);
    assert_int_equal(severity_of("?"), SEVERITY_CRITICAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(both_have_to_be_reached),
        cmocka_unit_test(an_unknown_severity_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
