#include "obedience.h"

static void running_on_is_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    ended_work(&scene, 5.25);
    worker(&scene, (struct snapshot_task){.stack = at(&scene, "crunch", 14)});
    expect_only(&scene, "ignored-cancel", CONFIDENCE_LIKELY, 1,
                "1 task still works in crunch (server.c:14) although its context ended 5.2s ago "
                "(client hung up): thread 102.");
}

static void silent_as_long_as_the_end_is_on_its_way(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, (struct snapshot_context){.id = WORK + 1,
                                                    .parent_id = BACKGROUND,
                                                    .state = CONTEXT_CANCELED,
                                                    .created_ns = ago(60),
                                                    .ended_ns = ago(5)});
    scene_context(&scene,
                  (struct snapshot_context){
                      .id = WORK, .parent_id = WORK + 1, .owners = 1, .created_ns = ago(60)});
    worker(&scene, (struct snapshot_task){.stack = at(&scene, "crunch", 14)});
    expect_silence(&scene);
}

static void sleeping_and_polling_counts_as_running(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    ended_work(&scene, 5);
    worker(&scene, (struct snapshot_task){.state = TASK_WAITING});
    scene_wait(&scene, WORKER,
               scene_object(&scene, 5, (struct snapshot_object){.kind = OBJECT_TIMER}), WAIT_SLEEP,
               (struct snapshot_wait){.since_ns = ago(0.05), .until_ns = ahead(0.05)});
    expect_only(&scene, "ignored-cancel", CONFIDENCE_LIKELY, 1, NULL);
}

static void main_itself_is_only_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_without_tasks();
    scene_context(&scene, (struct snapshot_context){.id = WORK,
                                                    .parent_id = BACKGROUND,
                                                    .owners = 1,
                                                    .state = CONTEXT_TIMED_OUT,
                                                    .ended_ns = ago(5)});
    scene_task_in(&scene, (struct snapshot_task){.id = MAIN, .main = true}, WORK, 0);
    expect_only(&scene, "ignored-cancel", CONFIDENCE_SUSPECT, 1, NULL);
}

static void silent_within_the_decent_lag_and_in_callbacks(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    ended_work(&scene, 0.5);
    worker(&scene, (struct snapshot_task){0});
    expect_silence(&scene);

    scene = scene_new();
    ended_work(&scene, 5);
    worker(&scene, (struct snapshot_task){.kind = TASK_CALLBACK});
    expect_silence(&scene);

    scene = scene_new();
    ended_work(&scene, 5);
    worker(&scene, (struct snapshot_task){.system = true});
    expect_silence(&scene);
}

static void silent_on_who_cancelled_it_and_on_who_cleans_up_elsewhere(void **state)
{
    (void)state;
    struct scene scene = scene_without_tasks();
    ended_work(&scene, 5);
    scene_task_in(&scene, (struct snapshot_task){.id = MAIN, .main = true}, WORK, 0);
    expect_silence(&scene);

    scene = scene_new();
    ended_work(&scene, 5);
    scene_context(&scene, (struct snapshot_context){.id = 3,
                                                    .parent_id = BACKGROUND,
                                                    .kind = CONTEXT_DEADLINE,
                                                    .deadline_ns = ahead(5),
                                                    .owners = 1});
    scene_task_in(&scene, (struct snapshot_task){.id = WORKER}, 3, WORK);
    expect_silence(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_on_is_likely),
        cmocka_unit_test(silent_as_long_as_the_end_is_on_its_way),
        cmocka_unit_test(sleeping_and_polling_counts_as_running),
        cmocka_unit_test(main_itself_is_only_suspect),
        cmocka_unit_test(silent_within_the_decent_lag_and_in_callbacks),
        cmocka_unit_test(silent_on_who_cancelled_it_and_on_who_cleans_up_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
