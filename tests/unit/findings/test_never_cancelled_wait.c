#include "scene.h"

enum { WAITER = 2, CONTEXT = 2 };

static void waiter(struct scene *scene, uint64_t context, struct snapshot_wait wait)
{
    scene_task_in(scene, (struct snapshot_task){.id = WAITER, .state = TASK_WAITING}, 0, context);
    wait.stack = at(scene, "await", 40);
    scene_wait(scene, WAITER, context_object(scene, context), WAIT_DONE, wait);
}

static void waiting_for_background_is_proved(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    waiter(&scene, BACKGROUND, (struct snapshot_wait){0});
    expect_only(&scene, "never-cancelled-wait", CONFIDENCE_PROVED, 1,
                "1 task waits in await (server.c:40) for the end of background, which never ends; "
                "thread 102 has waited for 10s.");
}

static void waiting_for_a_lost_context_is_proved_beside_the_loss(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, (struct snapshot_context){.id = CONTEXT,
                                                    .parent_id = BACKGROUND,
                                                    .observers = 1,
                                                    .creation_stack = at(&scene, "start", 12)});
    waiter(&scene, CONTEXT, (struct snapshot_wait){0});
    scene_check(&scene);
    const struct finding *finding = finding_of(&scene, "never-cancelled-wait", CONFIDENCE_PROVED);
    assert_string_equal(finding->sentence,
                        "1 task waits in await (server.c:40) for the end of cancel context 2 "
                        "created in start (server.c:12), which nothing can end any more; thread "
                        "102 has waited for 10s.");
    finding_of(&scene, "lost-cancel", CONFIDENCE_PROVED);
    expect_findings(&scene, 2);
    scene_free(&scene);
}

static void unknown_counts_withhold_it(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context_with(
        &scene,
        (struct snapshot_context){.id = CONTEXT,
                                  .parent_id = BACKGROUND,
                                  .cancellable = fact_unknown(PRECONDITION_STOPPED_PROGRAM),
                                  .held_only_by_parent = fact_no()},
        (struct context_options){.uncounted = true});
    waiter(&scene, CONTEXT, (struct snapshot_wait){0});
    scene_check(&scene);
    assert_true(scene.findings->withheld[PRECONDITION_STOPPED_PROGRAM] >= 1);
    expect_silence(&scene);
}

/* What the source does not know of the task wins over what its waits look like. */
static void an_unknown_of_the_task_withholds_it(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct fact lost = fact_unknown(PRECONDITION_NO_LOSSES);
    scene_task(&scene,
               (struct snapshot_task){.id = WAITER, .state = TASK_WAITING, .wakeable = lost});
    scene_wait(&scene, WAITER, context_object(&scene, BACKGROUND), WAIT_DONE,
               (struct snapshot_wait){0});
    expect_withheld(&scene, PRECONDITION_NO_LOSSES, 1);
}

static void silent_when_there_is_a_way_out(void **state)
{
    (void)state;
    enum { OWNED, TIMED, BOUNDED, SELECTED, YOUNG, PARENTS, CASES };
    for (int which = 0; which < CASES; which++) {
        struct scene scene = scene_new();
        scene_context(
            &scene, (struct snapshot_context){.id = CONTEXT, .parent_id = BACKGROUND, .owners = 1});
        scene_context(&scene,
                      (struct snapshot_context){
                          .id = 3, .parent_id = CONTEXT, .kind = CONTEXT_VALUE, .observers = 1});
        struct snapshot_wait wait = {0};
        if (which == TIMED)
            wait.until_ns = ahead(100);
        if (which == BOUNDED)
            wait.bounded_by = CONTEXT;
        if (which == YOUNG)
            wait.since_ns = ago(0.2);
        if (which == SELECTED) {
            wait.group = 1;
            scene_wait(&scene, WAITER, channel(&scene, 5, fact_yes()), WAIT_RECEIVE, wait);
        }
        waiter(&scene, which == OWNED ? CONTEXT : which == PARENTS ? 3 : BACKGROUND, wait);
        expect_silence(&scene);
    }
}

static void silent_when_the_source_knows_better(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_task(&scene, (struct snapshot_task){.id = WAITER,
                                              .state = TASK_WAITING,
                                              .wakeable = fact_yes(),
                                              .wakeable_without_parent = fact_yes()});
    scene_wait(&scene, WAITER, context_object(&scene, BACKGROUND), WAIT_DONE,
               (struct snapshot_wait){0});
    expect_silence(&scene);
}

/* That it could end the context itself, were it awake, helps nobody. */
static void one_that_nothing_wakes_is_told_though_its_context_could_end(void **state)
{
    (void)state;
    for (int main = 0; main < 2; main++) {
        struct scene scene = scene_without_tasks();
        scene_collected(&scene);
        scene_context_with(&scene,
                           (struct snapshot_context){.id = CONTEXT,
                                                     .parent_id = BACKGROUND,
                                                     .cancellable = fact_yes(),
                                                     .held_only_by_parent = fact_no()},
                           (struct context_options){.uncounted = true});
        scene_task(&scene, (struct snapshot_task){.id = WAITER,
                                                  .main = main,
                                                  .kind = TASK_GOROUTINE,
                                                  .state = TASK_WAITING,
                                                  .wakeable = fact_no(),
                                                  .wakeable_without_parent = fact_no()});
        scene_wait(&scene, WAITER, context_object(&scene, CONTEXT), WAIT_DONE,
                   (struct snapshot_wait){0});
        expect_only(&scene, "never-cancelled-wait", main ? CONFIDENCE_SUSPECT : CONFIDENCE_PROVED,
                    1, NULL);
    }
}

static void silent_on_main_that_stays_until_it_is_killed(void **state)
{
    (void)state;
    struct scene scene = scene_without_tasks();
    scene_task(&scene, (struct snapshot_task){.id = MAIN, .main = true, .state = TASK_WAITING});
    scene_wait(&scene, MAIN, context_object(&scene, BACKGROUND), WAIT_DONE,
               (struct snapshot_wait){0});
    expect_silence(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_for_background_is_proved),
        cmocka_unit_test(waiting_for_a_lost_context_is_proved_beside_the_loss),
        cmocka_unit_test(unknown_counts_withhold_it),
        cmocka_unit_test(an_unknown_of_the_task_withholds_it),
        cmocka_unit_test(silent_when_there_is_a_way_out),
        cmocka_unit_test(silent_when_the_source_knows_better),
        cmocka_unit_test(one_that_nothing_wakes_is_told_though_its_context_could_end),
        cmocka_unit_test(silent_on_main_that_stays_until_it_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
