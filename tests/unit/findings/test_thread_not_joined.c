#include "scene.h"

enum { CREATOR = 2, FIRST = 10 };

/* Threads that were made one after another, each gone before the next came. */
static void ended_threads(struct scene *scene, unsigned count, uint64_t creator)
{
    uint32_t stack = at(scene, "start_job", 77);
    for (uint64_t id = FIRST; id < FIRST + count; id++)
        scene_task(scene, (struct snapshot_task){.id = id,
                                                 .state = TASK_EXITED,
                                                 .parent_id = creator,
                                                 .created_ns = ago(100 - (double)id),
                                                 .exited_ns = ago(99.5 - (double)id),
                                                 .creation_stack = stack});
}

static void a_pile_is_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    ended_threads(&scene, 20, MAIN);
    expect_only(&scene, "thread-not-joined", CONFIDENCE_SUSPECT, 20,
                "20 threads created in start_job (server.c:77) have ended and were not joined or "
                "detached; the first ended 1m29s ago.");
}

/* A batch would have been joined by then. */
static void a_pile_that_nobody_joined_is_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_dead(&scene, true);
    ended_threads(&scene, 20, MAIN);
    expect_only(&scene, "thread-not-joined", CONFIDENCE_LIKELY, 20,
                "20 threads created in start_job (server.c:77) have ended and were never joined or "
                "detached; the first ended 1m29s before the program did.");

    scene = scene_new();
    scene_task(&scene,
               (struct snapshot_task){
                   .id = CREATOR, .state = TASK_EXITED, .exited_ns = ago(60), .detached = true});
    ended_threads(&scene, 20, CREATOR);
    expect_only(&scene, "thread-not-joined", CONFIDENCE_LIKELY, 20, NULL);
}

static void those_of_a_creator_that_ended_are_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_task(&scene,
               (struct snapshot_task){
                   .id = CREATOR, .state = TASK_EXITED, .exited_ns = ago(60), .detached = true});
    ended_threads(&scene, 1, CREATOR);
    expect_only(&scene, "thread-not-joined", CONFIDENCE_SUSPECT, 1,
                "1 thread created in start_job (server.c:77) has ended and was not joined or "
                "detached; it ended 1m29s ago.");
}

/* Nothing leaks by them; and a destructor may join them after all. */
static void silent_on_helpers_that_end_before_the_program(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_dead(&scene, true);
    ended_threads(&scene, 2, MAIN);
    expect_silence(&scene);
}

static void threads_whose_creation_was_not_seen_are_withheld(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_dead(&scene, true);
    scene_task(&scene, (struct snapshot_task){.id = 5, .state = TASK_EXITED, .exited_ns = ago(9)});
    expect_withheld(&scene, PRECONDITION_NOT_OBSERVABLE, 1);
}

static void silent_while_the_creator_joins_in_order(void **state)
{
    (void)state;
    struct scene scene = scene_without_tasks();
    scene_task(&scene, (struct snapshot_task){.id = MAIN, .main = true, .state = TASK_WAITING});
    scene_task(&scene, (struct snapshot_task){.id = 2});
    scene_wait(&scene, MAIN, task_object(&scene, 2), WAIT_JOIN, (struct snapshot_wait){0});
    ended_threads(&scene, 20, MAIN);
    expect_silence(&scene);
}

static void silent_on_what_may_yet_be_joined(void **state)
{
    (void)state;
    struct scene scene = scene_new(); /* a few, and main goes on */
    ended_threads(&scene, 3, MAIN);
    expect_silence(&scene);

    scene = scene_new(); /* many, all started before the first had ended: work in parallel */
    uint32_t stack = at(&scene, "start_all", 77);
    for (uint64_t id = FIRST; id < FIRST + 64; id++)
        scene_task(&scene, (struct snapshot_task){.id = id,
                                                  .state = TASK_EXITED,
                                                  .created_ns = ago(50),
                                                  .exited_ns = ago(5),
                                                  .creation_stack = stack});
    expect_silence(&scene);
}

static void silent_on_running_joined_and_detached_threads(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        struct scene scene = scene_new();
        scene_dead(&scene, true);
        uint32_t stack = at(&scene, "start_job", 77);
        for (uint64_t id = FIRST; id < FIRST + 20; id++)
            scene_task(&scene, (struct snapshot_task){.id = id,
                                                      .state = kind ? TASK_EXITED : TASK_RUNNING,
                                                      .exited_ns = kind ? ago(9) : 0,
                                                      .joined = kind == 1,
                                                      .detached = kind == 2,
                                                      .creation_stack = stack});
        expect_silence(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pile_is_suspect),
        cmocka_unit_test(a_pile_that_nobody_joined_is_likely),
        cmocka_unit_test(those_of_a_creator_that_ended_are_suspect),
        cmocka_unit_test(silent_on_helpers_that_end_before_the_program),
        cmocka_unit_test(threads_whose_creation_was_not_seen_are_withheld),
        cmocka_unit_test(silent_while_the_creator_joins_in_order),
        cmocka_unit_test(silent_on_what_may_yet_be_joined),
        cmocka_unit_test(silent_on_running_joined_and_detached_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
