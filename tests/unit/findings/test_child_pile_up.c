#include "scene.h"

enum { SERVER = 2, FIRST = 100, MANY = 1200 };

static void children(struct scene *scene, unsigned count, struct snapshot_context context)
{
    scene_context(scene,
                  (struct snapshot_context){
                      .id = SERVER, .parent_id = BACKGROUND, .owners = 1, .created_ns = ago(600)});
    context.parent_id = SERVER;
    context.creation_stack = at(scene, "accept_one", 31);
    for (context.id = FIRST; context.id < FIRST + count; context.id++)
        scene_context(scene, context);
}

static void many_idle_children_are_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    children(&scene, MANY, (struct snapshot_context){.owners = 1});
    expect_only(&scene, "child-pile-up", CONFIDENCE_SUSPECT, 1,
                "cancel context 2 has 1,200 open children created in accept_one (server.c:31) that "
                "no task uses; it is 10m00s old.");
}

/* As in Go programs. No stack is shown for where they were made. */
static void of_unknown_creation_no_place_is_told(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene,
                  (struct snapshot_context){
                      .id = SERVER, .parent_id = BACKGROUND, .owners = 1, .created_ns = ago(600)});
    for (uint64_t id = FIRST; id < FIRST + MANY; id++)
        scene_context(&scene,
                      (struct snapshot_context){.id = id, .parent_id = SERVER, .owners = 1});
    const struct finding *finding = finding_of(&scene, "child-pile-up", CONFIDENCE_SUSPECT);
    assert_int_equal(finding->site, SNAPSHOT_NONE);
    assert_null(finding->claims[0].stacks[0].label);
    scene_free(&scene);
}

static void silent_when_they_are_few_young_or_used(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    children(&scene, 1000, (struct snapshot_context){.owners = 1});
    expect_silence(&scene);

    scene = scene_new();
    children(&scene, MANY, (struct snapshot_context){.owners = 1, .created_ns = ago(0.2)});
    expect_silence(&scene);

    scene = scene_new();
    children(&scene, MANY, (struct snapshot_context){.owners = 1});
    for (uint64_t id = FIRST; id < FIRST + MANY; id++)
        scene_task_in(&scene, (struct snapshot_task){.id = id}, id, id);
    expect_silence(&scene);
}

static void what_nobody_can_cancel_is_a_lost_cancel_instead(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    children(&scene, MANY, (struct snapshot_context){.observers = 0});
    expect_only(&scene, "lost-cancel", CONFIDENCE_PROVED, MANY, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_idle_children_are_suspect),
        cmocka_unit_test(of_unknown_creation_no_place_is_told),
        cmocka_unit_test(silent_when_they_are_few_young_or_used),
        cmocka_unit_test(what_nobody_can_cancel_is_a_lost_cancel_instead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
