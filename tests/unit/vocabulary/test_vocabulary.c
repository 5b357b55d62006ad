/* Every value has a name of its own, and values beyond the last have one, too. */
#include "vocabulary/vocabulary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_value_has_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *(*name)(unsigned value);
        unsigned count;
    } tables[] = {
        {context_kind_name, CONTEXT_KIND_COUNT},
        {context_state_name, CONTEXT_STATE_COUNT},
        {context_end_name, CONTEXT_END_COUNT},
        {task_kind_name, TASK_KIND_COUNT},
        {task_state_name, TASK_STATE_COUNT},
        {object_kind_name, OBJECT_KIND_COUNT},
        {wait_operation_name, WAIT_OPERATION_COUNT},
        {event_kind_name, EVENT_KIND_COUNT},
        {program_state_name, PROGRAM_STATE_COUNT},
        {fact_value_name, FACT_VALUE_COUNT},
        {precondition_text, PRECONDITION_COUNT},
        {intervention_name, INTERVENTION_COUNT},
        {loss_noun, LOSS_COUNT},
        {loss_reason_text, LOSS_REASON_COUNT},
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

static void an_operation_ends_in_a_blank_before_its_object(void **state)
{
    (void)state;
    assert_string_equal(wait_operation_phrase(WAIT_LOCK), "lock ");
    assert_string_equal(wait_operation_phrase(WAIT_SLEEP), "sleep");
    for (unsigned operation = 0; operation < WAIT_OPERATION_COUNT; operation++)
        assert_true(strlen(wait_operation_phrase(operation)) > 1);
}

/* Files that were written hold these; docs/segment-format.md promises that they are kept. */
static void values_in_segments_are_what_they_ever_were(void **state)
{
    (void)state;
    assert_int_equal(RECORDED_CONTEXT_KINDS, 0x1ff);
    assert_int_equal(RECORDED_CONTEXT_STATES, 0x7);
    assert_int_equal(RECORDED_CONTEXT_ENDS, 0xf);
    assert_int_equal(RECORDED_OBJECT_KINDS, 0xfff);
    assert_int_equal(RECORDED_WAIT_OPERATIONS, 0xffff);
    assert_int_equal(RECORDED_EVENT_KINDS, 0xfe);
    static const unsigned lasting[][2] = {
        {CONTEXT_BACKGROUND, 1},
        {CONTEXT_TODO, 2},
        {CONTEXT_CANCEL, 3},
        {CONTEXT_DEADLINE, 4},
        {CONTEXT_VALUE, 5},
        {CONTEXT_WITHOUT_CANCEL, 6},
        {CONTEXT_AFTER_FUNC, 7},
        {CONTEXT_CUSTOM, 8},
        {CONTEXT_OPEN, 0},
        {CONTEXT_CANCELED, 1},
        {CONTEXT_TIMED_OUT, 2},
        {ENDED_NOT, 0},
        {ENDED_BY_OWN_CANCEL, 1},
        {ENDED_BY_PARENT, 2},
        {ENDED_BY_DEADLINE, 3},
        {TASK_ORIGIN_MAIN, 1},
        {TASK_ORIGIN_THREAD, 2},
        {TASK_ORIGIN_GO, 3},
        {TASK_ORIGIN_CALLBACK, 4},
        {TASK_ORIGIN_COROUTINE, 5},
        {TASK_ORIGIN_GOROUTINE, 6},
        {OBJECT_CONTEXT, 1},
        {OBJECT_CHANNEL, 2},
        {OBJECT_MUTEX, 3},
        {OBJECT_RWMUTEX, 4},
        {OBJECT_CONDITION, 5},
        {OBJECT_SEMAPHORE, 6},
        {OBJECT_TASK, 7},
        {OBJECT_GROUP, 8},
        {OBJECT_DESCRIPTOR, 9},
        {OBJECT_TIMER, 10},
        {OBJECT_NOTHING, 11},
        {WAIT_DONE, 1},
        {WAIT_RECEIVE, 2},
        {WAIT_SEND, 3},
        {WAIT_LOCK, 4},
        {WAIT_READ_LOCK, 5},
        {WAIT_CONDITION, 6},
        {WAIT_JOIN, 7},
        {WAIT_GROUP_EMPTY, 8},
        {WAIT_READ, 9},
        {WAIT_WRITE, 10},
        {WAIT_ACCEPT, 11},
        {WAIT_CONNECT, 12},
        {WAIT_POLL, 13},
        {WAIT_SLEEP, 14},
        {WAIT_ACQUIRE, 15},
        {EVENT_CONTEXT_CREATED, 1},
        {EVENT_CONTEXT_ENDED, 2},
        {EVENT_CANCEL_TOO_LATE, 3},
        {EVENT_CONTEXT_RELEASED, 4},
        {EVENT_TASK_CREATED, 5},
        {EVENT_TASK_EXITED, 6},
        {EVENT_TASK_JOINED, 7},
        {LOCK_OF_LIBC, 1},
        {LOCK_RECURSIVE, 2},
        {LOCK_ERROR_CHECKING, 4},
        {LOCK_ROBUST, 8},
        {LOCK_SHARED, 16},
        {LOCK_ANY_UNLOCKS, 32},
        {WAIT_CANCELLABLE, 64},
        {LOCK_OTHERS_UNLOCK, 128},
        {LOSS_CONTEXTS, 0},
        {LOSS_TASKS, 1},
        {LOSS_WAITS, 2},
        {LOSS_OBJECTS, 3},
        {LOSS_TEXTS, 4},
        {LOSS_STACKS, 5},
        {LOSS_MODULES, 6},
        {LOSS_EVENTS, 7},
        {LOSS_CHANGES, 8},
        {LOSS_NOT_SAID, 0},
        {LOSS_FULL, 1},
        {LOSS_NO_SPACE, 2},
        {LOSS_NO_MEMORY, 3},
        {LOSS_INTERRUPTED, 4},
        {LOSS_FORBIDDEN, 5},
    };
    for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++)
        assert_int_equal(lasting[i][0], lasting[i][1]);
}

static void a_task_is_of_the_kind_of_its_origin(void **state)
{
    (void)state;
    assert_int_equal(task_kind_of(TASK_ORIGIN_GO), TASK_THREAD);
    assert_int_equal(task_kind_of(TASK_ORIGIN_CALLBACK), TASK_CALLBACK);
    assert_int_equal(task_kind_of(TASK_ORIGIN_COROUTINE), TASK_COROUTINE);
    assert_int_equal(task_kind_of(TASK_ORIGIN_COUNT), TASK_THREAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_its_name),
        cmocka_unit_test(an_operation_ends_in_a_blank_before_its_object),
        cmocka_unit_test(values_in_segments_are_what_they_ever_were),
        cmocka_unit_test(a_task_is_of_the_kind_of_its_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
