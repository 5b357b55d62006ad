/*
 * What waits tell of who holds locks, when two of them begin at the same time. The waits are real
 * in all but that nobody blocks in them: locks are libc's, and this stands for the recorder.
 */
#include "preload/holders.h"
#include "preload/process_state.h"
#include "preload/threads.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- the recorder ---- */

static __thread ctxt_wait_holders_t recorded;
static _Atomic ctxt_task_id_t last_task;

ctxt_task_id_t ctxt_task_self(void)
{
    static __thread ctxt_task_id_t task;
    task = task ? task : ++last_task;
    return task;
}

void ctxt_wait_holders(uint32_t token, const ctxt_wait_holders_t *holders)
{
    (void)token;
    recorded = *holders;
}

void ctxt_wait_end(uint32_t token)
{
    (void)token;
}

/* ---- waits ---- */

/* The calling thread waits for a lock, or for something else (NULL), and gives `released` up. */
static void begin_wait(const char *frame, const pthread_mutex_t *lock, const void *released,
                       ctxt_wait_mark_t mark)
{
    memset(&recorded, 0, sizeof recorded);
    struct open_wait *wait = open_waits_push(frame);
    wait->token = 1;
    wait->as_seen = (struct blocked){mark, released};
    holders_record(wait, &(struct lock_name){CTXT_WAIT_MUTEX, lock});
}

static void meet(_Atomic uint64_t *arrived)
{
    uint64_t both = (++*arrived + 1) / 2 * 2;
    for (int i = 1; *arrived < both; i++)
        if (i % 1000 == 0)
            sched_yield();
}

/* ---- of the two ends of an edge one tells ---- */

enum { HOLDER_PLACE = 7, ROUNDS = 200000 };

static struct {
    pthread_mutex_t lock;
    _Atomic uint64_t arrived;
    _Atomic bool holder_recorded, waiter_recorded;
    uint64_t unrecorded;
} ends = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void dawdle(uint64_t turns)
{
    for (volatile uint64_t i = 0; i < turns; i++)
        ;
}

/*
 * Lines of the cache that both write, so that they are the other's each time. What a thread stores
 * after them reaches the other late, while it reads on.
 */
static struct {
    _Alignas(64) _Atomic uint64_t word;
} contended[8];

static void fill_store_buffer(void)
{
    for (size_t i = 0; i < sizeof contended / sizeof *contended; i++)
        atomic_store_explicit(&contended[i].word, i, memory_order_relaxed);
}

static void *hold_and_wait(void *unused)
{
    char frame = 0;
    pthread_mutex_lock(&ends.lock);
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        dawdle(round / 64 % 64);
        fill_store_buffer();
        begin_wait(&frame, NULL, NULL, (ctxt_wait_mark_t){HOLDER_PLACE, round});
        ends.holder_recorded = recorded.held[0].address == &ends.lock;
        meet(&ends.arrived);
        ends.unrecorded += !ends.holder_recorded && !ends.waiter_recorded;
        meet(&ends.arrived);
        open_waits_end(&frame, false);
    }
    pthread_mutex_unlock(&ends.lock);
    return unused;
}

static void *wait_for_lock(void *unused)
{
    char frame = 0;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        dawdle(round % 64);
        fill_store_buffer();
        begin_wait(&frame, &ends.lock, NULL, (ctxt_wait_mark_t){1, round});
        ends.waiter_recorded =
            recorded.owner_in.place == HOLDER_PLACE && recorded.owner_in.sequence == round;
        meet(&ends.arrived);
        meet(&ends.arrived);
        open_waits_end(&frame, false);
    }
    return unused;
}

static void run_together(void *(*one)(void *), void *(*other)(void *))
{
    pthread_t threads[2];
    assert_int_equal(pthread_create(&threads[0], NULL, one, NULL), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, other, NULL), 0);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

static void test_one_of_both_records(void **unused)
{
    (void)unused;
    run_together(hold_and_wait, wait_for_lock);
    assert_int_equal(ends.unrecorded, 0);
}

/* ---- what is recorded is so ---- */

enum { WAITS = 2000000 };

static struct {
    pthread_mutex_t lock;
    _Atomic bool is_over;
    bool held[WAITS + 1]; /* through the wait of this sequence; written before it begins */
    uint64_t claims, false_claims;
} claims = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Takes the lock in turn for a wait, and just before or after one. */
static void *come_and_go(void *unused)
{
    char frame = 0;
    for (uint64_t i = 1; i <= WAITS; i++) {
        claims.held[i] = i % 3 == 0;
        pthread_mutex_lock(&claims.lock);
        dawdle(i % 8);
        if (!claims.held[i])
            pthread_mutex_unlock(&claims.lock);
        begin_wait(&frame, NULL, NULL, (ctxt_wait_mark_t){HOLDER_PLACE, i});
        dawdle(i / 8 % 8);
        open_waits_end(&frame, false);
        if (claims.held[i])
            pthread_mutex_unlock(&claims.lock);
    }
    claims.is_over = true;
    return unused;
}

static void *look_on(void *unused)
{
    char frame = 0;
    for (uint64_t i = 1; !claims.is_over; i++) {
        begin_wait(&frame, &claims.lock, NULL, (ctxt_wait_mark_t){1, i});
        if (recorded.owner_in.place) {
            claims.claims++;
            claims.false_claims +=
                recorded.owner_in.place != HOLDER_PLACE || !claims.held[recorded.owner_in.sequence];
        }
        open_waits_end(&frame, false);
    }
    return unused;
}

static void test_records_are_true(void **unused)
{
    (void)unused;
    run_together(come_and_go, look_on);
    assert_int_equal(claims.false_claims, 0);
}

/* ---- who unlocks ---- */

static struct {
    pthread_mutex_t lock;
    _Atomic uint64_t arrived;
    const void *released;
    uint64_t owner_place;
} passing = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Lets go of the lock in the middle of its wait. */
static void *let_go(void *unused)
{
    char frame = 0;
    pthread_mutex_lock(&passing.lock);
    begin_wait(&frame, NULL, passing.released, (ctxt_wait_mark_t){HOLDER_PLACE, 1});
    meet(&passing.arrived);
    meet(&passing.arrived);
    pthread_mutex_unlock(&passing.lock);
    meet(&passing.arrived);
    meet(&passing.arrived);
    open_waits_end(&frame, false);
    return unused;
}

static void *take_over(void *unused)
{
    char frame = 0;
    meet(&passing.arrived);
    begin_wait(&frame, &passing.lock, NULL, (ctxt_wait_mark_t){1, 1});
    passing.owner_place = recorded.owner_in.place;
    meet(&passing.arrived);
    meet(&passing.arrived);
    pthread_mutex_lock(&passing.lock);
    open_waits_end(&frame, true);
    pthread_mutex_unlock(&passing.lock);
    meet(&passing.arrived);
    return unused;
}

static void test_condition_gives_its_mutex_up(void **unused)
{
    (void)unused;
    passing.released = &passing.lock;
    run_together(let_go, take_over);
    assert_int_equal(passing.owner_place, 0);
    assert_false(holders_were_bypassed());
}

/*
 * A thread that waits for a lock of its own, and is not given it: by a limit of time, or since a
 * handler jumped out of the wait. The lock names it before and afterwards nevertheless.
 */
static void test_own_lock_that_is_not_given(void **unused)
{
    (void)unused;
    char frame = 0;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    begin_wait(&frame, &lock, NULL, (ctxt_wait_mark_t){1, 1});
    assert_ptr_equal(recorded.held[0].address, &lock);
    open_waits_end(&frame, false);
    begin_wait(&frame, &lock, NULL, (ctxt_wait_mark_t){1, 3});
    open_waits_end_all();
    pthread_mutex_unlock(&lock);
    assert_false(holders_were_bypassed());
}

static void test_lock_that_another_has_unlocked(void **unused)
{
    (void)unused;
    passing.released = NULL;
    run_together(let_go, take_over);
    assert_int_equal(passing.owner_place, HOLDER_PLACE);
    assert_true(holders_were_bypassed());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_of_both_records),
        cmocka_unit_test(test_records_are_true),
        cmocka_unit_test(test_condition_gives_its_mutex_up),
        cmocka_unit_test(test_own_lock_that_is_not_given),
        cmocka_unit_test(test_lock_that_another_has_unlocked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
