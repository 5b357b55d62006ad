/* The ways in which one wait can end. */
#include "snapshot/outlook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { CONTEXTS = 4, TASKS = 4, OBJECTS = 2, WAITS = 2 };

static struct tables tables;
static struct snapshot_context contexts[CONTEXTS];
static struct snapshot_task tasks[TASKS];
static struct snapshot_object objects[OBJECTS];
static struct snapshot_wait waits[WAITS];
static struct fact can_end[CONTEXTS], signalable[OBJECTS];
static struct snapshot_wait wait;

static const struct fact yes = {.value = FACT_YES}, no = {.value = FACT_NO};

static struct fact unknown(enum precondition missing)
{
    return (struct fact){.value = FACT_UNKNOWN, .missing = (uint8_t)missing};
}

/* A wait for object 0, without end, which nothing bounds; all tasks run. */
static int begin(void **state)
{
    (void)state;
    tables = (struct tables){.contexts = contexts,
                             .tasks = tasks,
                             .objects = objects,
                             .waits = waits,
                             .can_end = can_end};
    tables.snapshot.object_count = OBJECTS;
    tables.snapshot.context_count = CONTEXTS;
    tables.snapshot.task_count = TASKS;
    memset(contexts, 0, sizeof contexts);
    memset(tasks, 0, sizeof tasks);
    memset(objects, 0, sizeof objects);
    for (int i = 0; i < CONTEXTS; i++) {
        contexts[i].state = CONTEXT_OPEN;
        contexts[i].deadline_ns = SNAPSHOT_NEVER;
        contexts[i].cancellable = can_end[i] = no;
    }
    for (int i = 0; i < TASKS; i++)
        tasks[i].state = TASK_RUNNING;
    signalable[0] = signalable[1] = no;
    wait = (struct snapshot_wait){.until_ns = SNAPSHOT_NEVER, .bounded_by = SNAPSHOT_NONE};
    return 0;
}

static void is(bool without_parent, struct fact fact, uint32_t task)
{
    const struct outlook outlook = outlook_of_wait(&tables, &wait, signalable, without_parent);
    assert_int_equal(outlook.fact.value, fact.value);
    if (fact.value == FACT_UNKNOWN)
        assert_int_equal(outlook.fact.missing, fact.missing);
    assert_int_equal(outlook.task, task);
}

static void is_fact(struct fact fact)
{
    is(false, fact, SNAPSHOT_NONE);
}

static void a_wait_with_an_end_ends(void **state)
{
    (void)state;
    objects[0].kind = OBJECT_NOTHING;
    is_fact(no);
    wait.until_ns = 5;
    is_fact(yes);
}

static void some_objects_are_signalled_from_outside(void **state)
{
    (void)state;
    objects[0].kind = OBJECT_DESCRIPTOR;
    is_fact(yes);
    objects[0].kind = OBJECT_TIMER;
    is_fact(yes);
}

static void others_by_who_can_signal_them(void **state)
{
    (void)state;
    static const enum object_kind kinds[] = {OBJECT_CHANNEL, OBJECT_SEMAPHORE, OBJECT_CONDITION};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        objects[0].kind = (uint8_t)kinds[i];
        signalable[0] = no;
        is_fact(no);
        signalable[0] = yes;
        is_fact(yes);
        signalable[0] = unknown(PRECONDITION_NO_LOSSES);
        is_fact(unknown(PRECONDITION_NO_LOSSES));
    }
    signalable[0] = unknown(PRECONDITION_NONE);
    is_fact(unknown(PRECONDITION_NOT_OBSERVABLE)); /* there is always a reason */
    objects[0] = (struct snapshot_object){.kind = OBJECT_CHANNEL, .closed = true};
    signalable[0] = no;
    is_fact(yes);
}

/* ---- contexts ---- */

static void a_context_ends_as_it_can(void **state)
{
    (void)state;
    objects[0] = (struct snapshot_object){.kind = OBJECT_CONTEXT, .context = 1};
    is_fact(no);
    can_end[1] = yes;
    is_fact(yes);
    objects[0].context = SNAPSHOT_NONE;
    is_fact(unknown(PRECONDITION_NO_LOSSES));
}

static void without_its_parent_its_owners_and_its_deadline_count(void **state)
{
    (void)state;
    objects[0] = (struct snapshot_object){.kind = OBJECT_CONTEXT, .context = 1};
    can_end[1] = yes;
    is(true, no, SNAPSHOT_NONE);
    contexts[1].cancellable = yes;
    is(true, yes, SNAPSHOT_NONE);
    contexts[1].cancellable = no;
    contexts[1].deadline_ns = 5;
    is(true, yes, SNAPSHOT_NONE);
    contexts[1].deadline_ns = SNAPSHOT_TIME_UNKNOWN;
    is(true, unknown(PRECONDITION_NOT_OBSERVABLE), SNAPSHOT_NONE);
    contexts[1].cancellable = yes;
    is(true, yes, SNAPSHOT_NONE);
    contexts[1] =
        (struct snapshot_context){.state = CONTEXT_CANCELED, .deadline_ns = SNAPSHOT_NEVER};
    is(true, yes, SNAPSHOT_NONE);
}

static void what_bounds_a_wait_ends_it_too(void **state)
{
    (void)state;
    objects[0].kind = OBJECT_CHANNEL;
    wait.bounded_by = 2;
    is_fact(no);
    can_end[2] = unknown(PRECONDITION_NO_FREE_OBSERVER);
    is_fact(unknown(PRECONDITION_NO_FREE_OBSERVER));
    can_end[2] = yes;
    is_fact(yes);
    wait.bounded_by = SNAPSHOT_NONE;
    wait.bound_missing = PRECONDITION_NO_LOSSES;
    is_fact(unknown(PRECONDITION_NO_LOSSES));
}

/* ---- locks and joins ---- */

static void a_lock_is_let_go_by_who_holds_it(void **state)
{
    (void)state;
    objects[0] = (struct snapshot_object){.kind = OBJECT_MUTEX, .owner_task = SNAPSHOT_NONE};
    is_fact(unknown(PRECONDITION_NOT_OBSERVABLE));
    objects[0].owner_task_id = 77; /* who is not here */
    is_fact(unknown(PRECONDITION_NO_LOSSES));
    objects[0].owner_task = 3;
    is(false, no, 3);
    tasks[3].state = TASK_EXITED;
    is_fact(no);
    objects[0] = (struct snapshot_object){.kind = OBJECT_MUTEX, .owner_gone = true};
    is_fact(no);
}

static void readers_of_a_lock_are_not_known(void **state)
{
    (void)state;
    objects[0] = (struct snapshot_object){.kind = OBJECT_RWMUTEX, .owner_task = SNAPSHOT_NONE};
    signalable[0] = unknown(PRECONDITION_NO_LOSSES);
    is_fact(unknown(PRECONDITION_NO_LOSSES));
    objects[0].owner_gone = true;
    is_fact(no);
    objects[0] =
        (struct snapshot_object){.kind = OBJECT_RWMUTEX, .owner_task_id = 77, .owner_task = 3};
    is(false, no, 3);
}

/* An owner that was seen to hold it at 50 still does if it cannot have moved since. */
static void an_owner_may_have_let_go(void **state)
{
    (void)state;
    const struct fact may = unknown(PRECONDITION_TWO_SNAPSHOTS_AGREE);
    objects[0] = (struct snapshot_object){
        .kind = OBJECT_MUTEX, .owner_task_id = 77, .owner_task = 3, .owner_seen_ns = 50};
    tasks[3].wait_count = 1;
    tasks[3].first_wait = 1;
    waits[1] = (struct snapshot_wait){.since_ns = 50};
    is(false, no, 3);
    waits[1].since_ns = 51;
    is(false, may, 3);
    waits[1].since_ns = SNAPSHOT_TIME_UNKNOWN;
    is(false, may, 3);
    tasks[3].state = TASK_EXITED;
    tasks[3].exited_ns = 50;
    is_fact(no);
    tasks[3].exited_ns = 51;
    is_fact(may);
}

static void a_join_ends_with_the_task(void **state)
{
    (void)state;
    objects[0] = (struct snapshot_object){.kind = OBJECT_TASK, .task = 3};
    is(false, no, 3);
    tasks[3].state = TASK_EXITED;
    is_fact(yes);
    objects[0].task = SNAPSHOT_NONE;
    is_fact(unknown(PRECONDITION_NO_LOSSES));
}

static void the_better_of_two_facts_is_the_surer_way(void **state)
{
    (void)state;
    const struct fact one = unknown(PRECONDITION_NO_LOSSES), other = unknown(PRECONDITION_END_SEEN);
    assert_int_equal(better_fact(no, no).value, FACT_NO);
    assert_int_equal(better_fact(no, yes).value, FACT_YES);
    assert_int_equal(better_fact(yes, one).value, FACT_YES);
    assert_int_equal(better_fact(no, one).missing, PRECONDITION_NO_LOSSES);
    assert_int_equal(better_fact(one, no).missing, PRECONDITION_NO_LOSSES);
    assert_int_equal(better_fact(one, other).missing, PRECONDITION_NO_LOSSES);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wait_with_an_end_ends),
        TEST(some_objects_are_signalled_from_outside),
        TEST(others_by_who_can_signal_them),
        TEST(a_context_ends_as_it_can),
        TEST(without_its_parent_its_owners_and_its_deadline_count),
        TEST(what_bounds_a_wait_ends_it_too),
        TEST(a_lock_is_let_go_by_who_holds_it),
        TEST(readers_of_a_lock_are_not_known),
        TEST(an_owner_may_have_let_go),
        TEST(a_join_ends_with_the_task),
        TEST(the_better_of_two_facts_is_the_surer_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
