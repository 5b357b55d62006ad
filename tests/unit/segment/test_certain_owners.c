/*
 * What the locks that a dead program was waiting for prove: only what was so at one moment. Two
 * tasks that each wait for a lock, and what they have told of it.
 */
#include "base/error.h"
#include "segment/reader.h"
#include "segment_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { A = 1, B = 2, FIRST_LOCK = 0x1000, SECOND_LOCK = 0x2000, MILLISECOND = 1000000 };

static struct segment_writer writer;

static int open_writer(void **state)
{
    (void)state;
    writer_open(&writer);
    return 0;
}

static int close_writer(void **state)
{
    (void)state;
    writer_close(&writer);
    return 0;
}

/* The task waits for the lock; slot and task have one number. */
static uint64_t *lock_wait(uint64_t task, uint64_t lock)
{
    writer_task(&writer, task, task, TASK_ORIGIN_THREAD);
    uint64_t *words = writer_wait(&writer, task, task, OBJECT_MUTEX, WAIT_LOCK, 0);
    words[WAIT_ADDRESS] = lock;
    words[WAIT_FLAGS] = LOCK_OF_LIBC | SEGMENT_OWNER_TOLD_LATER;
    return words;
}

static void owned_by(uint64_t *words, uint64_t owner)
{
    words[WAIT_OWNER_TASK] = owner;
    words[WAIT_OWNER_THREAD] = 1000 + owner;
}

/* It saw the owner while that was in its wait. */
static void seen_in(uint64_t *words, uint64_t owner, const uint64_t *wait)
{
    owned_by(words, owner);
    words[WAIT_OWNER_WAIT] = owner + 1;
    words[WAIT_OWNER_WAIT_SEQUENCE] = wait[WAIT_SEQUENCE];
}

static void check_with(uint64_t task, enum fact_value expected, enum precondition missing)
{
    struct error error = {{0}};
    writer_kill(&writer);
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    assert_non_null(reader);
    struct snapshot *snapshot = builder_finish(segment_reader_read(reader, &error));
    assert_non_null(snapshot);
    uint32_t index = snapshot_find_task(snapshot, task);
    assert_int_not_equal(index, SNAPSHOT_NONE);
    assert_int_equal(snapshot->tasks[index].wakeable.value, expected);
    if (expected == FACT_UNKNOWN)
        assert_int_equal(snapshot->tasks[index].wakeable.missing, missing);
    snapshot_free(snapshot);
    segment_reader_close(reader);
}

static void expect_proved(uint64_t task)
{
    check_with(task, FACT_NO, PRECONDITION_NONE);
}

static void expect_unknown(uint64_t task)
{
    check_with(task, FACT_UNKNOWN, PRECONDITION_TWO_SNAPSHOTS_AGREE);
}

static void a_circle_of_a_holder_that_told_and_one_that_was_seen(void **state)
{
    (void)state;
    uint64_t *first = lock_wait(A, FIRST_LOCK), *second = lock_wait(B, SECOND_LOCK);
    owned_by(first, B);
    second[WAIT_HELD] = FIRST_LOCK; /* B, which came later, holds what A waits for */
    seen_in(second, A, first);
    expect_proved(A);
    expect_proved(B);
}

static void being_seen_once_is_not_enough(void **state)
{
    (void)state;
    uint64_t *first = lock_wait(A, FIRST_LOCK), *second = lock_wait(B, SECOND_LOCK);
    owned_by(first, B);
    owned_by(second, A);
    second[WAIT_HELD] = FIRST_LOCK;
    expect_unknown(A);
    expect_unknown(B);
}

static void the_wait_that_the_owner_was_in_must_stand(void **state)
{
    (void)state;
    enum { OTHER_SEQUENCE, OTHER_SLOT, OTHER_TASK, CASES };
    for (int which = 0; which < CASES; which++) {
        uint64_t *first = lock_wait(A, FIRST_LOCK), *second = lock_wait(B, SECOND_LOCK);
        owned_by(first, B);
        second[WAIT_HELD] = FIRST_LOCK;
        seen_in(second, A, first);
        if (which == OTHER_SEQUENCE)
            second[WAIT_OWNER_WAIT_SEQUENCE] -= 2;
        else if (which == OTHER_SLOT)
            second[WAIT_OWNER_WAIT]++;
        else
            second[WAIT_OWNER_TASK] = B;
        expect_unknown(B);
        second[WAIT_OWNER_WAIT] = second[WAIT_OWNER_WAIT_SEQUENCE] = second[WAIT_HELD] = 0;
    }
}

/* It has just got the lock, and its record has not ended yet: others see it as the holder. */
static void the_waiter_itself_may_have_got_the_lock(void **state)
{
    (void)state;
    uint64_t *first = lock_wait(A, FIRST_LOCK), *second = lock_wait(B, FIRST_LOCK);
    seen_in(second, A, first);
    owned_by(first, B);
    expect_unknown(A);
    expect_unknown(B);
    owned_by(first, A); /* it found itself, but did not say that it holds it */
    expect_unknown(A);
}

static void a_condition_gives_its_mutex_back(void **state)
{
    (void)state;
    uint64_t *first = lock_wait(A, FIRST_LOCK), *second = lock_wait(B, SECOND_LOCK);
    first[WAIT_KINDS] = OBJECT_CONDITION | WAIT_CONDITION << 8;
    seen_in(second, A, first);
    expect_unknown(B);
}

static void a_task_that_waits_for_what_it_holds(void **state)
{
    (void)state;
    uint64_t *words = lock_wait(A, FIRST_LOCK);
    owned_by(words, A);
    words[WAIT_HELD] = FIRST_LOCK;
    expect_proved(A);
    words[WAIT_FLAGS] |= LOCK_ANY_UNLOCKS; /* but there is nobody else */
    expect_proved(A);
    writer_task(&writer, B, B, TASK_ORIGIN_THREAD);
    check_with(A, FACT_UNKNOWN, PRECONDITION_NO_STRANGERS);
    words[WAIT_FLAGS] &= ~(uint64_t)LOCK_ANY_UNLOCKS;
    expect_proved(A);
}

static void a_holder_that_is_gone(void **state)
{
    (void)state;
    uint64_t *words = lock_wait(A, FIRST_LOCK);
    words[WAIT_OWNER_THREAD] = 4711;
    check_with(A, FACT_UNKNOWN, PRECONDITION_NOT_OBSERVABLE);
    words[WAIT_FLAGS] |= SEGMENT_OWNER_GONE | LOCK_ANY_UNLOCKS;
    expect_proved(A);
    writer_task(&writer, B, B, TASK_ORIGIN_THREAD);
    check_with(A, FACT_UNKNOWN, PRECONDITION_NO_STRANGERS);
    words[WAIT_FLAGS] |= LOCK_ROBUST; /* whose waiter wakes */
    check_with(A, FACT_UNKNOWN, PRECONDITION_NOT_OBSERVABLE);
}

/* Of a lock of the program's own making, only what is told, and by more than clocks differ. */
static void an_owner_that_was_told(void **state)
{
    (void)state;
    uint64_t *first = lock_wait(A, FIRST_LOCK), *second = lock_wait(B, SECOND_LOCK);
    second[WAIT_HELD] = FIRST_LOCK;
    owned_by(first, B);
    owned_by(second, A);
    second[WAIT_FLAGS] = SEGMENT_OWNER_TOLD_LATER;
    second[WAIT_SINCE] = first[WAIT_SINCE] + 5 * MILLISECOND;
    expect_proved(B);
    second[WAIT_SINCE] = first[WAIT_SINCE] + MILLISECOND / 10;
    expect_unknown(B);
    second[WAIT_SINCE] = first[WAIT_SINCE] + 5 * MILLISECOND;
    second[WAIT_FLAGS] = 0; /* told before the wait was recorded */
    expect_unknown(B);
}

static void joins_that_can_be_cancelled(void **state)
{
    (void)state;
    uint64_t *first = lock_wait(A, FIRST_LOCK);
    writer_task(&writer, B, B, TASK_ORIGIN_THREAD);
    uint64_t *join = writer_wait(&writer, B, B, OBJECT_TASK, WAIT_JOIN, A);
    seen_in(first, B, join);
    expect_proved(A);
    join[WAIT_FLAGS] = WAIT_CANCELLABLE;
    expect_proved(A);
    writer_task(&writer, 3, 3, TASK_ORIGIN_MAIN);
    check_with(A, FACT_UNKNOWN, PRECONDITION_NO_STRANGERS);
    check_with(B, FACT_UNKNOWN, PRECONDITION_NO_STRANGERS);
}

int main(void)
{
#define OWNER_TEST(name) cmocka_unit_test_setup_teardown(name, open_writer, close_writer)
    const struct CMUnitTest tests[] = {
        OWNER_TEST(a_circle_of_a_holder_that_told_and_one_that_was_seen),
        OWNER_TEST(being_seen_once_is_not_enough),
        OWNER_TEST(the_wait_that_the_owner_was_in_must_stand),
        OWNER_TEST(the_waiter_itself_may_have_got_the_lock),
        OWNER_TEST(a_condition_gives_its_mutex_back),
        OWNER_TEST(a_task_that_waits_for_what_it_holds),
        OWNER_TEST(a_holder_that_is_gone),
        OWNER_TEST(an_owner_that_was_told),
        OWNER_TEST(joins_that_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
