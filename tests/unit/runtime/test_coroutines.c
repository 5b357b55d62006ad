/* Coroutines that share a thread, or move to another: their waits and contexts are their own. */
#include "record/recorder.h"
#include "runtime/node.h"
#include "runtime_test.h"

#include <pthread.h>
#include <unistd.h>

static uint32_t wait_for(int descriptor)
{
    ctxt_wait_description_t what = {.object = CTXT_WAIT_DESCRIPTOR,
                                    .operation = CTXT_WAIT_TO_READ,
                                    .descriptor = descriptor,
                                    .until_ns = CTXT_NEVER};
    return ctxt_wait_begin(&what);
}

/* How many waits a task is in, and the descriptor of the last one found. */
static unsigned waits_of(ctxt_task_id_t task, uint64_t *descriptor)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < recorder.stocks[AREA_WAITS].used; i++) {
        const segment_word *words = recorder_slot(AREA_WAITS, i);
        if (word_get(words, WAIT_TASK_ID) != task)
            continue;
        *descriptor = word_get(words, WAIT_OBJECT_ID);
        count++;
    }
    return count;
}

static void assert_waits(ctxt_task_id_t task, unsigned count, uint64_t descriptor)
{
    uint64_t found = descriptor;
    assert_int_equal(waits_of(task, &found), count);
    assert_int_equal(found, descriptor);
}

static void end_task(ctxt_task_id_t task)
{
    ctxt_task_end(task);
    ctxt_task_joined(task);
}

static void waits_that_interleave_stay_apart(void **state)
{
    (void)state;
    ctxt_task_id_t a = ctxt_task_begin(CTXT_TASK_COROUTINE, "A", NULL);
    ctxt_task_id_t b = ctxt_task_begin(CTXT_TASK_COROUTINE, "B", NULL);
    ctxt_task_switch(b);
    uint32_t of_b = wait_for(10);
    ctxt_task_switch(a);
    uint32_t of_a = wait_for(11);
    ctxt_task_switch(b);
    ctxt_wait_end(of_b);
    assert_waits(b, 0, 0);
    assert_waits(a, 1, 11);
    of_b = wait_for(12);
    ctxt_wait_end(of_a); /* not of the task that runs: it is left alone */
    assert_waits(a, 1, 11);
    assert_waits(b, 1, 12);
    ctxt_task_switch(a);
    ctxt_wait_end(of_a);
    ctxt_wait_end(of_a); /* for a second time */
    assert_waits(a, 0, 0);
    assert_waits(b, 1, 12);
    ctxt_task_switch(b);
    end_task(b); /* in the middle of a wait */
    assert_waits(b, 0, 0);
    end_task(a);
    ctxt_task_switch(0);
}

struct moved {
    ctxt_task_id_t task;
    uint32_t token;
};

static void *go_on_elsewhere(void *argument)
{
    struct moved *moved = argument;
    ctxt_task_switch(moved->task);
    ctxt_wait_end(moved->token);
    moved->token = wait_for(21);
    ctxt_task_switch(0);
    return NULL;
}

static void a_wait_ends_in_another_thread(void **state)
{
    (void)state;
    struct moved moved = {.task = ctxt_task_begin(CTXT_TASK_COROUTINE, "moves", NULL)};
    ctxt_task_switch(moved.task);
    moved.token = wait_for(20);
    ctxt_task_switch(0);
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, go_on_elsewhere, &moved), 0);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_waits(moved.task, 1, 21); /* the end of the thread is not that of the coroutine's wait */
    ctxt_task_switch(moved.task);
    ctxt_wait_end(moved.token);
    assert_waits(moved.task, 0, 0);
    end_task(moved.task);
    ctxt_task_switch(0);
}

static void what_was_left_within_ends_with_it(void **state)
{
    (void)state;
    ctxt_task_id_t self = ctxt_task_self();
    uint32_t outer = wait_for(30);
    for (int i = 0; i < 1000; i++)
        wait_for(31);
    assert_waits(self, 1001, 31);
    ctxt_wait_end(outer);
    assert_waits(self, 0, 0);
}

static uint64_t current_of(ctxt_task_id_t task)
{
    for (uint32_t i = 0; i < recorder.stocks[AREA_TASKS].used; i++) {
        const segment_word *words = recorder_slot(AREA_TASKS, i);
        if (word_get(words, TASK_ID) == task)
            return word_get(words, TASK_CURRENT_CONTEXT);
    }
    return 0;
}

static void a_context_is_that_of_who_entered_it(void **state)
{
    (void)state;
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    ctxt_t *of_a = ctxt_with_cancel(server), *of_b = ctxt_with_cancel(server);
    ctxt_enter(server);
    ctxt_task_id_t a = ctxt_task_begin(CTXT_TASK_COROUTINE, "A", NULL);
    ctxt_task_id_t b = ctxt_task_begin(CTXT_TASK_COROUTINE, "B", NULL);
    ctxt_task_switch(a);
    ctxt_enter(of_a);
    assert_int_equal(current_of(a), of_a->record.id);
    ctxt_task_switch(b);
    assert_int_equal(current_of(b), server->record.id); /* what it was started with */
    ctxt_enter(of_b);
    ctxt_leave(of_b);
    assert_int_equal(current_of(b), server->record.id);
    assert_int_equal(current_of(a), of_a->record.id);
    ctxt_task_switch(a);
    ctxt_leave(of_a);
    assert_int_equal(current_of(a), server->record.id);
    ctxt_task_switch(0);
    ctxt_leave(server);
    end_task(a);
    end_task(b);
    ctxt_cancel(server);
    ctxt_unref(of_a);
    ctxt_unref(of_b);
    ctxt_unref(server);
}

static int begin(void **state)
{
    (void)state;
    return ctxt_trace_start();
}

static int end(void **state)
{
    (void)state;
    unlink(recorder.path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_that_interleave_stay_apart),
        cmocka_unit_test(a_wait_ends_in_another_thread),
        cmocka_unit_test(what_was_left_within_ends_with_it),
        cmocka_unit_test(a_context_is_that_of_who_entered_it),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
