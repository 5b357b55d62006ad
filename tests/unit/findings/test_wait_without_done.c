#include "obedience.h"

static void a_wait_under_a_deadline_that_does_not_watch_it_is_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, (struct snapshot_context){.id = WORK,
                                                    .parent_id = BACKGROUND,
                                                    .kind = CONTEXT_DEADLINE,
                                                    .deadline_ns = ahead(2.5),
                                                    .owners = 1});
    worker(&scene, (struct snapshot_task){.state = TASK_WAITING});
    scene_wait(&scene, WORKER, descriptor(&scene, 7), WAIT_READ,
               (struct snapshot_wait){.since_ns = ago(8), .stack = at(&scene, "fetch", 3)});
    expect_only(&scene, "wait-without-done", CONFIDENCE_LIKELY, 1,
                "1 task is blocked in fetch (server.c:3) and will not notice the end of its "
                "context: thread 102 has been waiting to read from descriptor 7 for 8.0s; "
                "deadline context 2 ends in 2.5s.");
}

static void without_a_deadline_it_is_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    open_work(&scene);
    worker(&scene, (struct snapshot_task){.state = TASK_WAITING});
    scene_wait(&scene, WORKER, condition(&scene), WAIT_CONDITION, (struct snapshot_wait){0});
    scene_check(&scene);
    const struct finding *finding = finding_of(&scene, "wait-without-done", CONFIDENCE_SUSPECT);
    assert_non_null(strstr(finding->sentence, "cancel context 2 can be cancelled at any time."));
    expect_findings(&scene, 1);
    scene_free(&scene);
}

static void silent_on_waits_that_are_fine(void **state)
{
    (void)state;
    enum {
        LOCKING,
        ACCEPTING,
        POLLING,
        BOUNDED,
        TIMED,
        YOUNG,
        WAKENED,
        POOLED,
        NEVER_ENDING,
        CASES
    };
    for (int which = 0; which < CASES; which++) {
        struct scene scene = scene_new();
        if (which == NEVER_ENDING)
            scene_context(&scene, (struct snapshot_context){.id = WORK,
                                                            .parent_id = BACKGROUND,
                                                            .kind = CONTEXT_WITHOUT_CANCEL});
        else
            open_work(&scene);
        worker(&scene, (struct snapshot_task){.state = TASK_WAITING});
        struct snapshot_wait wait = {0};
        uint32_t object = condition(&scene);
        enum wait_operation operation = WAIT_CONDITION;
        if (which == LOCKING) {
            object = mutex_of(&scene, 5, MAIN);
            operation = WAIT_LOCK;
        } else if (which == ACCEPTING || which == POLLING) {
            object = descriptor(&scene, 4);
            operation = which == ACCEPTING ? WAIT_ACCEPT : WAIT_POLL;
        } else if (which == BOUNDED) {
            wait.bounded_by = WORK;
        } else if (which == TIMED) {
            wait.until_ns = ahead(1);
        } else if (which == YOUNG) {
            wait.since_ns = ago(0.3);
        } else if (which == WAKENED) {
            scene_context(&scene,
                          (struct snapshot_context){
                              .id = 9, .parent_id = WORK, .kind = CONTEXT_AFTER_FUNC, .owners = 1});
        } else if (which == POOLED) {
            object = channel(&scene, 6, fact_yes());
            operation = WAIT_RECEIVE;
        }
        scene_wait(&scene, WORKER, object, operation, wait);
        expect_silence(&scene);
    }
}

static void silent_on_a_program_at_rest(void **state)
{
    (void)state;
    /* A pool of workers waits for jobs; a server accepts; main waits for a signal. */
    struct scene scene = scene_without_tasks();
    open_work(&scene);
    uint32_t jobs = channel(&scene, 50, fact_yes());
    for (uint64_t id = 10; id < 30; id++) {
        scene_task_in(&scene, (struct snapshot_task){.id = id, .state = TASK_WAITING}, WORK, WORK);
        scene_wait(&scene, id, jobs, WAIT_RECEIVE, (struct snapshot_wait){.since_ns = ago(500)});
    }
    scene_task_in(&scene, (struct snapshot_task){.id = 5, .state = TASK_WAITING}, WORK, WORK);
    scene_wait(&scene, 5, descriptor(&scene, 3), WAIT_ACCEPT,
               (struct snapshot_wait){.since_ns = ago(500)});
    scene_task_in(&scene, (struct snapshot_task){.id = MAIN, .main = true, .state = TASK_WAITING},
                  WORK, 0);
    scene_wait(&scene, MAIN,
               scene_object(&scene, 1, (struct snapshot_object){.kind = OBJECT_TIMER}), WAIT_SLEEP,
               (struct snapshot_wait){.until_ns = ahead(3600)});
    expect_silence(&scene);
}

static void silent_when_main_joins_a_worker_that_works(void **state)
{
    (void)state;
    struct scene scene = scene_without_tasks();
    open_work(&scene);
    scene_task_in(&scene, (struct snapshot_task){.id = WORKER}, WORK, WORK);
    scene_task_in(&scene, (struct snapshot_task){.id = MAIN, .main = true, .state = TASK_WAITING},
                  WORK, 0);
    scene_wait(&scene, MAIN, task_object(&scene, WORKER), WAIT_JOIN,
               (struct snapshot_wait){.since_ns = ago(50)});
    expect_silence(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_under_a_deadline_that_does_not_watch_it_is_likely),
        cmocka_unit_test(without_a_deadline_it_is_suspect),
        cmocka_unit_test(silent_on_waits_that_are_fine),
        cmocka_unit_test(silent_on_a_program_at_rest),
        cmocka_unit_test(silent_when_main_joins_a_worker_that_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
