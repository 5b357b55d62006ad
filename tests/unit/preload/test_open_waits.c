/* Waits that nest, are ended, or have been left without their wrapper's knowledge. */
#include "preload/open_waits.h"
#include "preload/process_state.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the recorder ---- */

static __thread uint32_t ended[16], ended_count;
static _Atomic uint32_t last_ended; /* by any thread */

ctxt_task_id_t ctxt_task_self(void)
{
    return (ctxt_task_id_t)gettid();
}

void ctxt_wait_holders(uint32_t token, const ctxt_wait_holders_t *holders)
{
    (void)token;
    (void)holders;
}

void ctxt_wait_end(uint32_t token)
{
    ended[ended_count++] = token;
    last_ended = token;
}

/* ---- of the test ---- */

/* Frames of one stack, as far apart as those of different functions: lower ones are called later.
 */
enum { APART = 1024, FRAMES = MOST_OPEN_WAITS + 2 };
static char *frames[FRAMES];

static struct open_wait *push(int depth, uint32_t token)
{
    struct open_wait *wait = open_waits_push(frames[depth]);
    if (wait)
        wait->token = token;
    return wait;
}

static void assert_ended(uint32_t count, const uint32_t *tokens)
{
    assert_int_equal(ended_count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(ended[i], tokens[i]);
    ended_count = 0;
}
#define ASSERT_ENDED(...)                                                                          \
    assert_ended(sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), (uint32_t[]){__VA_ARGS__})
#define ASSERT_NONE_ENDED() assert_int_equal(ended_count, 0)

/* On the stack itself, so that no signal stack is in the way. */
static void with_frames(void (*test)(void))
{
    char stack[FRAMES * APART];
    for (int i = 0; i < FRAMES; i++)
        frames[i] = stack + sizeof stack - 1 - i * APART;
    ended_count = 0;
    test();
    open_waits_end_all();
}

static void nest(void)
{
    assert_false(open_waits_any());
    struct open_wait *outer = push(0, 11);
    assert_int_equal(outer->self, gettid());
    assert_non_null(push(1, 12));
    assert_non_null(push(2, 13));
    ASSERT_NONE_ENDED();
    open_waits_end(frames[2], false);
    ASSERT_ENDED(13);
    open_waits_end(frames[1], false);
    open_waits_end(frames[0], false);
    ASSERT_ENDED(12, 11);
    assert_false(open_waits_any());
    open_waits_end(frames[0], false); /* it is over */
    ASSERT_NONE_ENDED();
}

static void leave_by_the_end_of_an_outer_one(void)
{
    push(0, 11);
    push(1, 12);
    push(2, 13);
    open_waits_end(frames[1], false);
    ASSERT_ENDED(13, 12);
    assert_true(open_waits_any());
    open_waits_end(frames[2], false); /* was left, and is not in the way of others */
    ASSERT_NONE_ENDED();
}

/* The next wait comes from a frame that cannot lie above a live one. */
static void leave_by_the_next_wait(void)
{
    push(0, 11);
    push(2, 12);
    push(1, 13);
    ASSERT_ENDED(12);
    push(1, 14); /* of the same frame: it has been left, too */
    ASSERT_ENDED(13);
    assert_non_null(push(0, 15));
    ASSERT_ENDED(14, 11);
}

static void leave_all(void)
{
    push(0, 11);
    push(1, 12);
    open_waits_end_all();
    ASSERT_ENDED(12, 11);
}

/* What has no place is not known; it ends without the others. */
static void nest_too_deep(void)
{
    for (int i = 0; i < MOST_OPEN_WAITS; i++)
        assert_non_null(push(i, (uint32_t)i + 1));
    assert_null(push(MOST_OPEN_WAITS, 99));
    open_waits_end(frames[MOST_OPEN_WAITS], false);
    ASSERT_NONE_ENDED();
    open_waits_end(frames[MOST_OPEN_WAITS - 1], false);
    ASSERT_ENDED(MOST_OPEN_WAITS);
    assert_non_null(push(MOST_OPEN_WAITS, 99));
}

#define TEST(function)                                                                             \
    static void test_##function(void **unused)                                                     \
    {                                                                                              \
        (void)unused;                                                                              \
        with_frames(function);                                                                     \
    }
TEST(nest)
TEST(leave_by_the_end_of_an_outer_one)
TEST(leave_by_the_next_wait)
TEST(leave_all)
TEST(nest_too_deep)

/* ---- on a signal stack ---- */

/* It lies above the stack that it interrupts, or below: both are tried. */
static int step;

static void wait_in_handler(int signal)
{
    (void)signal;
    char here = 0;
    struct open_wait *wait = open_waits_push(&here);
    wait->token = 12;
    ASSERT_NONE_ENDED(); /* the wait that was interrupted goes on */
    if (step == 0)
        open_waits_end(&here, false);
}

static void interrupt(char *memory)
{
    const stack_t signals = {.ss_sp = memory, .ss_size = 65536};
    struct sigaction action = {.sa_handler = wait_in_handler, .sa_flags = SA_ONSTACK};
    assert_int_equal(sigaltstack(&signals, NULL), 0);
    sigaction(SIGUSR1, &action, NULL);
    char stack[2 * APART] = "", *frame = stack + sizeof stack - 1;
    struct open_wait *wait = open_waits_push(frame);
    wait->token = 11;
    raise(SIGUSR1);
    if (step == 0) {
        ASSERT_ENDED(12);
        open_waits_end(frame, false);
        ASSERT_ENDED(11);
        return;
    }
    /* The handler was left in the middle: the next wait on the stack below finds that. */
    open_waits_push(frame - APART)->token = 13;
    ASSERT_ENDED(12);
    open_waits_end_all();
    ASSERT_ENDED(13, 11);
}

static void test_on_a_signal_stack(void **unused)
{
    (void)unused;
    char below[65536];
    ended_count = 0;
    char *above = malloc(65536); /* or below all stacks */
    for (step = 0; step < 2; step++) {
        interrupt(above);
        interrupt(below);
    }
    const stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    free(above);
}

/* ---- whose they are ---- */

static void *wait_in_thread(void *unused)
{
    char frame = 0;
    assert_false(open_waits_any());
    struct open_wait *wait = open_waits_push(&frame);
    wait->token = 21;
    assert_int_equal(wait->self, gettid());
    return unused; /* with the wait open: it ends with the thread */
}

static void test_of_each_thread(void **unused)
{
    (void)unused;
    pthread_t thread;
    char frame = 0;
    ended_count = 0;
    open_waits_push(&frame)->token = 11;
    assert_int_equal(pthread_create(&thread, NULL, wait_in_thread, NULL), 0);
    pthread_join(thread, NULL);
    assert_int_equal(last_ended, 21);
    assert_true(open_waits_any());
    open_waits_end_all();
    ASSERT_ENDED(11);
}

static void test_in_a_forked_child_there_are_none(void **unused)
{
    (void)unused;
    char frame = 0;
    open_waits_push(&frame)->token = 11;
    ended_count = 0;
    pid_t child = fork();
    if (child == 0) {
        bool good = !open_waits_any();
        open_waits_end(&frame, false);
        good = good && ended_count == 0 && open_waits_push(&frame)->self == gettid();
        _exit(good ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    open_waits_end_all();
    ASSERT_ENDED(11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nest),
        cmocka_unit_test(test_leave_by_the_end_of_an_outer_one),
        cmocka_unit_test(test_leave_by_the_next_wait),
        cmocka_unit_test(test_leave_all),
        cmocka_unit_test(test_nest_too_deep),
        cmocka_unit_test(test_on_a_signal_stack),
        cmocka_unit_test(test_of_each_thread),
        cmocka_unit_test(test_in_a_forked_child_there_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
