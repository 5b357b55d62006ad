/* Every value has a name of its own, and values beyond the last have one, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "snapshot/snapshot.h"

static void every_value_has_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *(*name)(unsigned value);
        unsigned count;
    } tables[] = {
        {context_kind_name, CONTEXT_KIND_COUNT},     {context_state_name, CONTEXT_STATE_COUNT},
        {context_end_name, CONTEXT_END_COUNT},       {task_kind_name, TASK_KIND_COUNT},
        {task_state_name, TASK_STATE_COUNT},         {object_kind_name, OBJECT_KIND_COUNT},
        {wait_operation_name, WAIT_OPERATION_COUNT}, {event_kind_name, EVENT_KIND_COUNT},
        {program_state_name, PROGRAM_STATE_COUNT},   {fact_value_name, FACT_YES + 1},
        {precondition_text, PRECONDITION_COUNT},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (unsigned value = 0; value < tables[i].count; value++) {
            assert_true(strlen(tables[i].name(value)) > 0);
            for (unsigned other = 0; other < value; other++)
                assert_string_not_equal(tables[i].name(value), tables[i].name(other));
        }
        assert_string_equal(tables[i].name(tables[i].count), "unknown");
        assert_string_equal(tables[i].name(UINT32_MAX), "unknown");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_value_has_its_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
