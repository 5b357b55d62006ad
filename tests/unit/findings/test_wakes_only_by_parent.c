#include "scene.h"

enum { SERVER = 2, FIRST = 10 };

static void server(struct scene *scene)
{
    scene_context(scene,
                  (struct snapshot_context){
                      .id = SERVER, .parent_id = BACKGROUND, .owners = 1, .created_ns = ago(600)});
}

/* Each waits for a context of its own, below the server's. */
static void waiters(struct scene *scene, unsigned count, struct snapshot_context context)
{
    for (uint64_t id = FIRST; id < FIRST + count; id++) {
        context.id = id;
        context.parent_id = SERVER;
        scene_context_with(scene, context, (struct context_options){.uncounted = true});
        scene_task(scene,
                   (struct snapshot_task){.id = id, .kind = TASK_GOROUTINE, .state = TASK_WAITING});
        scene_wait(scene, id, context_object(scene, id), WAIT_DONE,
                   (struct snapshot_wait){.stack = at(scene, "watch", 19)});
    }
}

static const struct snapshot_context lost = {.cancellable = {.value = FACT_NO},
                                             .held_only_by_parent = {.value = FACT_YES}};

static const struct snapshot_context held = {.cancellable = {.value = FACT_YES},
                                             .held_only_by_parent = {.value = FACT_NO}};

static void a_pile_is_likely_and_a_few_are_suspect(void **state)
{
    (void)state;
    for (unsigned count = 2; count < 100; count += 50) {
        struct scene scene = scene_new();
        server(&scene);
        waiters(&scene, count, lost);
        enum confidence confidence = count > 10 ? CONFIDENCE_LIKELY : CONFIDENCE_SUSPECT;
        const struct finding *finding = finding_of(&scene, "wakes-only-by-parent", confidence);
        assert_int_equal(finding->count, count);
        if (count == 2)
            assert_string_equal(finding->sentence,
                                "2 tasks wait in watch (server.c:19) for what can only end when a "
                                "parent of their context ends: for one, cancel context 10 itself "
                                "cannot be cancelled; the oldest wait is 10s old.");
        scene_free(&scene);
    }
}

static void silent_when_the_context_can_be_cancelled(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    server(&scene);
    waiters(&scene, 50, held);
    expect_silence(&scene);
}

/* Nothing cancels a value context itself: what counts is the one above. */
static void silent_on_values_of_a_context_that_can_be_cancelled(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    server(&scene);
    waiters(&scene, 50,
            (struct snapshot_context){.kind = CONTEXT_VALUE,
                                      .cancellable = {.value = FACT_NO},
                                      .held_only_by_parent = {.value = FACT_NO}});
    expect_silence(&scene);
}

/* The parent's end is on its way to them. */
static void silent_when_the_parent_has_ended(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, (struct snapshot_context){.id = SERVER,
                                                    .parent_id = BACKGROUND,
                                                    .state = CONTEXT_CANCELED,
                                                    .ended_ns = ago(60),
                                                    .created_ns = ago(600)});
    waiters(&scene, 50, lost);
    expect_silence(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pile_is_likely_and_a_few_are_suspect),
        cmocka_unit_test(silent_when_the_context_can_be_cancelled),
        cmocka_unit_test(silent_when_the_parent_has_ended),
        cmocka_unit_test(silent_on_values_of_a_context_that_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
