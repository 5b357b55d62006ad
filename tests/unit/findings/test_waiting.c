/* What a task waits for, and whether it obeys the context that it works under. */
#include "findings/waiting.h"
#include "scene.h"

static struct scene scene;
static struct snapshot *snapshot;

static int begin(void **state)
{
    (void)state;
    scene = scene_new();
    snapshot = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    snapshot_free(snapshot);
    return 0;
}

static void take(void)
{
    snapshot = builder_finish(scene.builder);
    assert_non_null(snapshot);
}

static uint32_t task_of(uint64_t id)
{
    const uint32_t task = snapshot_find_task(snapshot, id);
    assert_int_not_equal(task, SNAPSHOT_NONE);
    return task;
}

static uint32_t context_of(uint64_t id)
{
    const uint32_t context = snapshot_find_context(snapshot, id);
    assert_int_not_equal(context, SNAPSHOT_NONE);
    return context;
}

static void waiting_task(uint64_t id, uint64_t context)
{
    scene_task_in(&scene, (struct snapshot_task){.id = id, .state = TASK_WAITING}, context, 0);
}

/* ---- facts about one task, or one wait ---- */

static void the_context_entered_comes_before_the_one_it_began_with(void **state)
{
    (void)state;
    scene_context(&scene, (struct snapshot_context){.id = 2});
    scene_context(&scene, (struct snapshot_context){.id = 3});
    scene_task_in(&scene, (struct snapshot_task){.id = 2}, 2, 3);
    scene_task_in(&scene, (struct snapshot_task){.id = 3}, 0, 3);
    scene_task_in(&scene, (struct snapshot_task){.id = 4}, 99, 3); /* is not here */
    take();
    assert_int_equal(context_of_task(snapshot, task_of(2)), context_of(2));
    assert_int_equal(context_of_task(snapshot, task_of(3)), context_of(3));
    assert_int_equal(context_of_task(snapshot, task_of(4)), SNAPSHOT_NONE);
    assert_int_equal(context_of_task(snapshot, task_of(MAIN)), SNAPSHOT_NONE);
}

/* Where nothing was recorded; not where what was entered is not here. */
static void a_likely_context_comes_last(void **state)
{
    (void)state;
    bool likely;
    scene_context(&scene, (struct snapshot_context){.id = 2});
    scene_context(&scene, (struct snapshot_context){.id = 3});
    scene_task_in(&scene, (struct snapshot_task){.id = 2, .likely_context_id = 3}, 2, 0);
    scene_task_in(&scene, (struct snapshot_task){.id = 3, .likely_context_id = 3}, 0, 0);
    scene_task_in(&scene, (struct snapshot_task){.id = 4, .likely_context_id = 3}, 99, 0);
    scene_task_in(&scene, (struct snapshot_task){.id = 5}, 0, 0);
    take();
    assert_int_equal(context_to_obey(snapshot, task_of(2), &likely), context_of(2));
    assert_false(likely);
    assert_int_equal(context_to_obey(snapshot, task_of(3), &likely), context_of(3));
    assert_true(likely);
    assert_int_equal(context_to_obey(snapshot, task_of(4), &likely), SNAPSHOT_NONE);
    assert_false(likely);
    assert_int_equal(context_to_obey(snapshot, task_of(5), &likely), SNAPSHOT_NONE);
}

static void some_tasks_are_not_the_programs_own(void **state)
{
    (void)state;
    assert_true(task_is_programs_own(&(struct snapshot_task){.state = TASK_RUNNING}));
    assert_false(task_is_programs_own(&(struct snapshot_task){.state = TASK_EXITED}));
    assert_false(
        task_is_programs_own(&(struct snapshot_task){.state = TASK_RUNNING, .system = true}));
    assert_false(task_is_programs_own(
        &(struct snapshot_task){.state = TASK_RUNNING, .kind = TASK_CALLBACK}));
}

static void main_may_keep_the_program(void **state)
{
    (void)state;
    struct snapshot c = {0}, go = {.program.main_may_block = true};
    const struct snapshot_task main = {.main = true}, other = {0};
    assert_true(task_keeps_program(&go, &main));
    assert_false(task_keeps_program(&go, &other));
    assert_false(task_keeps_program(&c, &main));
}

static void the_cases_of_a_select_are_those_of_one_group(void **state)
{
    (void)state;
    waiting_task(2, 0);
    for (uint64_t key = 70; key < 74; key++)
        scene_wait(&scene, 2, channel(&scene, key, fact_no()), WAIT_RECEIVE,
                   (struct snapshot_wait){.group = key < 72 ? 1 : 0});
    take();
    const struct snapshot_wait *waits = &snapshot->waits[snapshot->tasks[task_of(2)].first_wait];
    assert_int_equal(snapshot->tasks[task_of(2)].wait_count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(wait_cases(snapshot, &waits[i]), waits[i].group ? 2 : 1);
}

static void a_wait_ends_by_time_or_by_its_context(void **state)
{
    (void)state;
    scene_context(&scene, (struct snapshot_context){.id = 2, .owners = 1});
    take();
    static const struct {
        int64_t until_ns;
        enum precondition missing;
        uint64_t bounded_by;
        enum fact_value value;
    } cases[] = {
        {INT64_C(5), PRECONDITION_NONE, 0, FACT_YES},
        {SNAPSHOT_TIME_UNKNOWN, PRECONDITION_NONE, 0, FACT_YES},
        {SNAPSHOT_NEVER, PRECONDITION_NONE, 0, FACT_NO},
        {SNAPSHOT_NEVER, PRECONDITION_NONE, 2, FACT_YES},
        {SNAPSHOT_NEVER, PRECONDITION_NONE, BACKGROUND, FACT_NO},
        {SNAPSHOT_NEVER, PRECONDITION_END_SEEN, 0, FACT_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct snapshot_wait wait = {
            .until_ns = cases[i].until_ns,
            .bound_missing = (uint8_t)cases[i].missing,
            .bounded_by = cases[i].bounded_by ? context_of(cases[i].bounded_by) : SNAPSHOT_NONE};
        const struct fact fact = wait_has_way_out(snapshot, &wait);
        assert_int_equal(fact.value, cases[i].value);
        if (fact.value == FACT_UNKNOWN)
            assert_int_equal(fact.missing, cases[i].missing);
    }
}

static void the_task_waited_for_holds_the_lock_or_is_joined(void **state)
{
    (void)state;
    static const struct snapshot_wait none = {0}, over = {.may_be_over = true};
    scene_task(&scene, (struct snapshot_task){.id = 2, .state = TASK_RUNNING});
    scene_task(&scene, (struct snapshot_task){.id = 3, .state = TASK_EXITED, .exited_ns = ago(1)});
    for (uint64_t id = 10; id < 17; id++)
        waiting_task(id, 0);
    scene_wait(&scene, 10, mutex_of(&scene, 70, 2), WAIT_LOCK, none);
    scene_wait(&scene, 11, mutex_of(&scene, 70, 2), WAIT_READ_LOCK, none);
    scene_wait(&scene, 12, task_object(&scene, 2), WAIT_JOIN, none);
    scene_wait(&scene, 13, task_object(&scene, 3), WAIT_JOIN, none);
    scene_wait(&scene, 14, mutex_of(&scene, 70, 2), WAIT_LOCK, over);
    scene_wait(&scene, 15, channel(&scene, 71, fact_no()), WAIT_RECEIVE, none);
    scene_wait(&scene, 16, mutex_of(&scene, 70, 2), WAIT_LOCK, none);
    scene_wait(&scene, 16, channel(&scene, 71, fact_no()), WAIT_RECEIVE, none);
    take();
    static const uint64_t expected[] = {2, 2, 2, 0, 0, 0, 0}; /* of tasks 10 to 16 */
    for (uint64_t id = 10; id < 17; id++) {
        const uint64_t other = expected[id - 10];
        assert_int_equal(task_waited_for(snapshot, task_of(id)),
                         other ? task_of(other) : SNAPSHOT_NONE);
    }
}

/* ---- obedience ---- */

/* Of task 2, which is there, in a snapshot that is taken here. */
static enum obedience obedience(uint32_t *wait)
{
    const struct thresholds thresholds = thresholds_default();
    uint32_t any;
    take();
    return task_obedience(snapshot, &thresholds, task_of(2), wait ? wait : &any);
}

static void ended(double seconds_ago, uint64_t canceller)
{
    scene_context(&scene, (struct snapshot_context){.id = 2,
                                                    .state = CONTEXT_CANCELED,
                                                    .ended_ns = ago(seconds_ago),
                                                    .canceller_task_id = canceller});
}

static void on_a_channel(enum wait_operation operation, struct snapshot_wait wait)
{
    waiting_task(2, 2);
    scene_wait(&scene, 2, channel(&scene, 70, fact_unknown(PRECONDITION_NOT_OBSERVABLE)), operation,
               wait);
}

static void who_waits_on_after_the_end_does_not_obey(void **state)
{
    (void)state;
    uint32_t wait;
    ended(5, 0);
    on_a_channel(WAIT_RECEIVE, (struct snapshot_wait){0});
    assert_int_equal(obedience(&wait), KEEPS_WAITING);
    assert_int_equal(wait, snapshot->tasks[task_of(2)].first_wait);
}

static void who_runs_on_does_not_either(void **state)
{
    (void)state;
    uint32_t wait;
    ended(5, 0);
    scene_task_in(&scene, (struct snapshot_task){.id = 2}, 2, 0);
    assert_int_equal(obedience(&wait), KEEPS_RUNNING);
    assert_int_equal(wait, SNAPSHOT_NONE);
}

static void who_waits_for_so_long_polls(void **state)
{
    (void)state;
    ended(5, 0);
    on_a_channel(WAIT_RECEIVE, (struct snapshot_wait){.until_ns = ahead(1)});
    assert_int_equal(obedience(NULL), KEEPS_RUNNING);
}

static void a_lag_is_tolerated(void **state)
{
    (void)state;
    ended(0.5, 0);
    on_a_channel(WAIT_RECEIVE, (struct snapshot_wait){0});
    assert_int_equal(obedience(NULL), OBEYS);
}

static void who_cancelled_it_obeys(void **state)
{
    (void)state;
    ended(5, 2);
    on_a_channel(WAIT_RECEIVE, (struct snapshot_wait){0});
    assert_int_equal(obedience(NULL), OBEYS);
}

static void who_waits_for_others_to_end_obeys(void **state)
{
    (void)state;
    ended(5, 0);
    on_a_channel(WAIT_GROUP_EMPTY, (struct snapshot_wait){0});
    assert_int_equal(obedience(NULL), OBEYS);
}

static void who_watches_another_context_obeys(void **state)
{
    (void)state;
    ended(5, 0);
    scene_context(&scene, (struct snapshot_context){.id = 3, .owners = 1});
    on_a_channel(WAIT_RECEIVE, (struct snapshot_wait){.bounded_by = 3});
    assert_int_equal(obedience(NULL), OBEYS);
}

static void an_end_that_it_has_not_heard_of_is_none(void **state)
{
    (void)state;
    scene_context(&scene,
                  (struct snapshot_context){.id = 2, .state = CONTEXT_ENDING, .ended_ns = ago(5)});
    on_a_channel(WAIT_RECEIVE, (struct snapshot_wait){0});
    assert_int_equal(obedience(NULL), OBEYS);
}

static void nor_is_one_that_is_not_known(void **state)
{
    (void)state;
    scene_context(&scene, (struct snapshot_context){
                              .id = 2, .state = CONTEXT_STATE_UNKNOWN, .ended_ns = ago(5)});
    on_a_channel(WAIT_RECEIVE, (struct snapshot_wait){0});
    assert_int_equal(obedience(NULL), OBEYS);
}

static void open_context(void)
{
    scene_context(&scene, (struct snapshot_context){.id = 2, .owners = 1});
}

static void who_waits_without_watching_may_not_notice_an_end(void **state)
{
    (void)state;
    open_context();
    scene_context(&scene,
                  (struct snapshot_context){.id = 3, .parent_id = 2, .kind = CONTEXT_CANCEL});
    on_a_channel(WAIT_RECEIVE, (struct snapshot_wait){0});
    assert_int_equal(obedience(NULL), MAY_NOT_NOTICE_AN_END);
}

static void main_need_not_notice_an_end(void **state)
{
    (void)state;
    open_context();
    scene_task_in(&scene, (struct snapshot_task){.id = 2, .main = true, .state = TASK_WAITING}, 2,
                  0);
    scene_wait(&scene, 2, channel(&scene, 70, fact_unknown(PRECONDITION_NOT_OBSERVABLE)),
               WAIT_RECEIVE, (struct snapshot_wait){0});
    assert_int_equal(obedience(NULL), OBEYS);
}

static void a_short_wait_may_be_over_soon(void **state)
{
    (void)state;
    open_context();
    on_a_channel(WAIT_RECEIVE, (struct snapshot_wait){.since_ns = ago(0.5)});
    assert_int_equal(obedience(NULL), OBEYS);
}

static void servers_wait_for_connections_all_day(void **state)
{
    (void)state;
    open_context();
    on_a_channel(WAIT_ACCEPT, (struct snapshot_wait){0});
    assert_int_equal(obedience(NULL), OBEYS);
}

static void workers_are_stopped_by_who_can_signal(void **state)
{
    (void)state;
    open_context();
    waiting_task(2, 2);
    scene_wait(&scene, 2, channel(&scene, 70, fact_yes()), WAIT_RECEIVE, (struct snapshot_wait){0});
    assert_int_equal(obedience(NULL), OBEYS);
}

static void a_function_that_runs_at_the_end_may_wake_it(void **state)
{
    (void)state;
    open_context();
    scene_context(&scene,
                  (struct snapshot_context){.id = 3, .parent_id = 2, .kind = CONTEXT_CANCEL});
    scene_context(&scene,
                  (struct snapshot_context){.id = 4, .parent_id = 2, .kind = CONTEXT_AFTER_FUNC});
    on_a_channel(WAIT_RECEIVE, (struct snapshot_wait){0});
    assert_int_equal(obedience(NULL), OBEYS);
}

static void nothing_can_be_noticed_of_what_cannot_end(void **state)
{
    (void)state;
    waiting_task(2, BACKGROUND);
    scene_wait(&scene, 2, channel(&scene, 70, fact_unknown(PRECONDITION_NOT_OBSERVABLE)),
               WAIT_RECEIVE, (struct snapshot_wait){0});
    assert_int_equal(obedience(NULL), OBEYS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_context_entered_comes_before_the_one_it_began_with),
        TEST(a_likely_context_comes_last),
        TEST(some_tasks_are_not_the_programs_own),
        TEST(main_may_keep_the_program),
        TEST(the_cases_of_a_select_are_those_of_one_group),
        TEST(a_wait_ends_by_time_or_by_its_context),
        TEST(the_task_waited_for_holds_the_lock_or_is_joined),
        TEST(who_waits_on_after_the_end_does_not_obey),
        TEST(who_runs_on_does_not_either),
        TEST(who_waits_for_so_long_polls),
        TEST(a_lag_is_tolerated),
        TEST(who_cancelled_it_obeys),
        TEST(who_waits_for_others_to_end_obeys),
        TEST(who_watches_another_context_obeys),
        TEST(an_end_that_it_has_not_heard_of_is_none),
        TEST(nor_is_one_that_is_not_known),
        TEST(who_waits_without_watching_may_not_notice_an_end),
        TEST(main_need_not_notice_an_end),
        TEST(a_short_wait_may_be_over_soon),
        TEST(servers_wait_for_connections_all_day),
        TEST(workers_are_stopped_by_who_can_signal),
        TEST(a_function_that_runs_at_the_end_may_wake_it),
        TEST(nothing_can_be_noticed_of_what_cannot_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
