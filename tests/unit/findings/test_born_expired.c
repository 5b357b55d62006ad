#include "scene.h"

static struct snapshot_context born_ended(double late)
{
    return (struct snapshot_context){.id = 2,
                                     .parent_id = BACKGROUND,
                                     .kind = CONTEXT_DEADLINE,
                                     .owners = 1,
                                     .state = CONTEXT_TIMED_OUT,
                                     .ended_by = ENDED_BY_DEADLINE,
                                     .born_ended = true,
                                     .created_ns = ago(10),
                                     .ended_ns = ago(10),
                                     .deadline_ns = ago(10 + late)};
}

static void a_deadline_in_the_past_is_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct snapshot_context context = born_ended(2.5);
    context.creation_stack = at(&scene, "dequeue", 5);
    scene_context(&scene, context);
    expect_only(&scene, "born-expired", CONFIDENCE_SUSPECT, 1,
                "1 context created in dequeue (server.c:5) had a deadline that was past already, "
                "by 2.5s.");
}

static void silent_on_now_and_on_an_ended_parent(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, born_ended(0.005));
    expect_silence(&scene);

    scene = scene_new();
    struct snapshot_context context = born_ended(2.5);
    context.state = CONTEXT_CANCELED;
    context.ended_by = ENDED_BY_PARENT;
    scene_context(&scene, context);
    expect_silence(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_in_the_past_is_suspect),
        cmocka_unit_test(silent_on_now_and_on_an_ended_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
