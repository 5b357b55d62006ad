#include "scene.h"

enum { REQUEST = 2, WORKER = 2, NEW = 10 };

static void request(struct scene *scene, struct snapshot_context context)
{
    context.id = REQUEST;
    context.parent_id = BACKGROUND;
    context.owners = 1;
    if (context.created_ns == 0)
        context.created_ns = ago(60);
    scene_context(scene, context);
}

static void made_by_worker(struct scene *scene, struct snapshot_context context)
{
    context.id = NEW;
    context.owners = 1;
    context.creator_task_id = WORKER;
    context.creation_stack = at(scene, "query", 80);
    scene_context(scene, context);
}

static void a_root_made_under_a_start_context_is_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    request(&scene, (struct snapshot_context){.kind = CONTEXT_DEADLINE, .deadline_ns = ahead(30)});
    scene_task_in(&scene, (struct snapshot_task){.id = WORKER}, REQUEST, REQUEST);
    made_by_worker(&scene, (struct snapshot_context){.parent_id = BACKGROUND});
    expect_only(&scene, "broken-inheritance", CONFIDENCE_LIKELY, 1,
                "1 context created in query (server.c:80) hangs directly under background, "
                "although its creator thread 102 was started with deadline context 2: its "
                "cancellation and deadline are lost.");
}

static void a_start_context_that_ended_later_counts(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    request(&scene, (struct snapshot_context){.state = CONTEXT_CANCELED,
                                              .ended_by = ENDED_BY_OWN_CANCEL,
                                              .ended_ns = ago(0.5)});
    scene_task_in(&scene, (struct snapshot_task){.id = WORKER}, REQUEST, REQUEST);
    made_by_worker(&scene, (struct snapshot_context){.parent_id = BACKGROUND});
    expect_only(&scene, "broken-inheritance", CONFIDENCE_LIKELY, 1, NULL);
}

static void waiting_below_a_root_within_an_entered_context_is_likely(void **state)
{
    (void)state;
    for (int waits = 0; waits < 2; waits++) {
        struct scene scene = scene_new();
        request(&scene, (struct snapshot_context){0});
        scene_task_in(&scene, (struct snapshot_task){.id = WORKER, .state = TASK_WAITING}, REQUEST,
                      0);
        made_by_worker(&scene, (struct snapshot_context){.parent_id = BACKGROUND});
        scene_wait(&scene, WORKER,
                   scene_object(&scene, 7, (struct snapshot_object){.kind = OBJECT_DESCRIPTOR}),
                   WAIT_READ, (struct snapshot_wait){.bounded_by = waits ? NEW : REQUEST});
        if (!waits) {
            expect_silence(&scene);
            continue;
        }
        expect_only(&scene, "broken-inheritance", CONFIDENCE_LIKELY, 1,
                    "1 context created in query (server.c:80) hangs directly under background, "
                    "although its creator thread 102 is in cancel context 2: its cancellation is "
                    "lost.");
    }
}

static void silent_when_it_is_inherited_or_detached_on_purpose(void **state)
{
    (void)state;
    for (int on_purpose = 0; on_purpose < 2; on_purpose++) {
        struct scene scene = scene_new();
        request(&scene, (struct snapshot_context){0});
        scene_task_in(&scene, (struct snapshot_task){.id = WORKER}, REQUEST, REQUEST);
        if (on_purpose)
            scene_context(&scene, (struct snapshot_context){.id = 3,
                                                            .parent_id = REQUEST,
                                                            .kind = CONTEXT_WITHOUT_CANCEL,
                                                            .creator_task_id = WORKER});
        made_by_worker(&scene, (struct snapshot_context){.parent_id = on_purpose ? 3 : REQUEST});
        expect_silence(&scene);
    }
}

static void silent_when_a_server_makes_requests_from_background(void **state)
{
    (void)state;
    struct scene scene = scene_without_tasks();
    for (uint64_t id = 2; id < 20; id++)
        scene_context(&scene,
                      (struct snapshot_context){
                          .id = id, .parent_id = BACKGROUND, .owners = 1, .creator_task_id = MAIN});
    /* main has entered the last of them, and made a child below it. */
    scene_context(&scene, (struct snapshot_context){
                              .id = 30, .parent_id = 19, .owners = 1, .creator_task_id = MAIN});
    scene_task_in(&scene, (struct snapshot_task){.id = MAIN, .main = true}, 30, 0);
    expect_findings(&scene, 0);
    scene_free(&scene);
}

static void silent_when_the_ambient_one_had_ended_or_never_ends(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    request(&scene, (struct snapshot_context){.state = CONTEXT_CANCELED,
                                              .ended_by = ENDED_BY_OWN_CANCEL,
                                              .ended_ns = ago(10.1)});
    scene_context(&scene, (struct snapshot_context){.id = 3,
                                                    .parent_id = REQUEST,
                                                    .kind = CONTEXT_WITHOUT_CANCEL,
                                                    .created_ns = ago(50)});
    scene_task_in(&scene, (struct snapshot_task){.id = WORKER}, 3, REQUEST);
    made_by_worker(&scene, (struct snapshot_context){.parent_id = BACKGROUND});
    expect_silence(&scene);
}

/* In each case the task waits below the new context, while it is in another one. */
static void silent_when_the_entered_context_has_nothing_to_inherit(void **state)
{
    (void)state;
    enum { NEWER, NEVER_ENDING, ENDED, BELOW, CASES };
    for (int which = 0; which < CASES; which++) {
        struct scene scene = scene_new();
        uint64_t entered = REQUEST;
        if (which == NEWER) {
            request(&scene, (struct snapshot_context){.created_ns = ago(9.9)});
        } else if (which == ENDED) {
            request(&scene, (struct snapshot_context){.state = CONTEXT_CANCELED,
                                                      .ended_by = ENDED_BY_OWN_CANCEL,
                                                      .ended_ns = ago(10.1)});
        } else {
            entered = 3;
            scene_context(&scene,
                          (struct snapshot_context){.id = entered,
                                                    .parent_id = which == BELOW ? NEW : BACKGROUND,
                                                    .kind = which == BELOW ? CONTEXT_CANCEL
                                                                           : CONTEXT_WITHOUT_CANCEL,
                                                    .owners = 1});
        }
        scene_task_in(&scene, (struct snapshot_task){.id = WORKER, .state = TASK_WAITING}, entered,
                      0);
        made_by_worker(&scene, (struct snapshot_context){.parent_id = BACKGROUND});
        scene_wait(&scene, WORKER,
                   scene_object(&scene, 7, (struct snapshot_object){.kind = OBJECT_DESCRIPTOR}),
                   WAIT_READ, (struct snapshot_wait){.bounded_by = NEW});
        expect_silence(&scene);
    }
}

static void silent_when_the_creator_is_gone(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    made_by_worker(&scene, (struct snapshot_context){.parent_id = BACKGROUND});
    expect_silence(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_made_under_a_start_context_is_likely),
        cmocka_unit_test(a_start_context_that_ended_later_counts),
        cmocka_unit_test(waiting_below_a_root_within_an_entered_context_is_likely),
        cmocka_unit_test(silent_when_it_is_inherited_or_detached_on_purpose),
        cmocka_unit_test(silent_when_a_server_makes_requests_from_background),
        cmocka_unit_test(silent_when_the_ambient_one_had_ended_or_never_ends),
        cmocka_unit_test(silent_when_the_entered_context_has_nothing_to_inherit),
        cmocka_unit_test(silent_when_the_creator_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
