#include "obedience.h"

static void blocked_since_before_the_end_is_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    ended_work(&scene, 5);
    worker(&scene, (struct snapshot_task){.state = TASK_WAITING});
    scene_wait(&scene, WORKER, descriptor(&scene, 7), WAIT_READ,
               (struct snapshot_wait){.since_ns = ago(8), .stack = at(&scene, "fetch", 3)});
    expect_only(&scene, "cancelled-but-blocked-elsewhere", CONFIDENCE_LIKELY, 1,
                "1 task stays blocked in fetch (server.c:3) although its context ended 5.0s ago "
                "(client hung up): thread 102 waits to read from descriptor 7, which does not "
                "watch it.");
}

static void what_nothing_can_wake_is_a_leaked_task_instead(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    ended_work(&scene, 5);
    worker(&scene, (struct snapshot_task){.state = TASK_WAITING});
    scene_wait(&scene, WORKER, channel(&scene, 9, fact_no()), WAIT_SEND, (struct snapshot_wait){0});
    expect_only(&scene, "leaked-task", CONFIDENCE_PROVED, 1, NULL);
}

static void blocked_since_after_the_end_is_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    ended_work(&scene, 5);
    worker(&scene, (struct snapshot_task){.state = TASK_WAITING});
    scene_wait(&scene, WORKER, channel(&scene, 9, fact_yes()), WAIT_SEND,
               (struct snapshot_wait){.since_ns = ago(3)});
    expect_only(&scene, "cancelled-but-blocked-elsewhere", CONFIDENCE_SUSPECT, 1, NULL);
}

/* As in a Go program: nobody recorded under which context it works. */
static void blocked_under_a_likely_context(struct scene *scene, struct snapshot_context context)
{
    *scene = scene_new();
    scene_context(scene, context);
    scene_task(scene, (struct snapshot_task){
                          .id = WORKER, .state = TASK_WAITING, .likely_context_id = context.id});
    scene_wait(scene, WORKER, descriptor(scene, 7), WAIT_READ,
               (struct snapshot_wait){.since_ns = ago(8), .stack = at(scene, "fetch", 3)});
}

static void under_a_likely_context_is_suspect(void **state)
{
    (void)state;
    struct scene scene;
    blocked_under_a_likely_context(&scene, (struct snapshot_context){.id = 3,
                                                                     .parent_id = BACKGROUND,
                                                                     .owners = 1,
                                                                     .state = CONTEXT_CANCELED,
                                                                     .ended_ns = ago(5)});
    expect_only(&scene, "cancelled-but-blocked-elsewhere", CONFIDENCE_SUSPECT, 1,
                "1 task stays blocked in fetch (server.c:3) although the context that it likely "
                "works under had ended 5.0s ago: thread 102 waits to read from descriptor 7, "
                "which does not watch it.");
}

static void silent_while_a_likely_context_is_open_or_when_its_end_is_unknown(void **state)
{
    (void)state;
    struct scene scene;
    blocked_under_a_likely_context(
        &scene, (struct snapshot_context){.id = 3, .parent_id = BACKGROUND, .owners = 1});
    expect_silence(&scene);
    blocked_under_a_likely_context(&scene,
                                   (struct snapshot_context){.id = 3,
                                                             .parent_id = BACKGROUND,
                                                             .owners = 1,
                                                             .state = CONTEXT_CANCELED,
                                                             .ended_ns = SNAPSHOT_TIME_UNKNOWN});
    expect_silence(&scene);
}

static void silent_on_joins_and_on_waits_that_watch_a_context(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    ended_work(&scene, 5);
    worker(&scene, (struct snapshot_task){.state = TASK_WAITING});
    scene_task(&scene, (struct snapshot_task){.id = 3});
    scene_wait(&scene, WORKER, task_object(&scene, 3), WAIT_JOIN, (struct snapshot_wait){0});
    expect_silence(&scene);

    scene = scene_new();
    ended_work(&scene, 5);
    worker(&scene, (struct snapshot_task){.state = TASK_WAITING});
    scene_context(&scene, (struct snapshot_context){.id = 3, .parent_id = BACKGROUND, .owners = 1});
    scene_wait(&scene, WORKER, descriptor(&scene, 7), WAIT_WRITE,
               (struct snapshot_wait){.bounded_by = 3});
    expect_silence(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocked_since_before_the_end_is_likely),
        cmocka_unit_test(what_nothing_can_wake_is_a_leaked_task_instead),
        cmocka_unit_test(blocked_since_after_the_end_is_suspect),
        cmocka_unit_test(under_a_likely_context_is_suspect),
        cmocka_unit_test(silent_while_a_likely_context_is_open_or_when_its_end_is_unknown),
        cmocka_unit_test(silent_on_joins_and_on_waits_that_watch_a_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
