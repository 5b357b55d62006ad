#include "scene.h"

static struct snapshot_context timeout_context(uint64_t id, double left, uint32_t owners)
{
    return (struct snapshot_context){.id = id,
                                     .parent_id = BACKGROUND,
                                     .kind = CONTEXT_DEADLINE,
                                     .owners = owners,
                                     .deadline_ns = ahead(left)};
}

static void owners_gone_is_proved(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    uint32_t stack = at(&scene, "fetch", 30);
    for (uint64_t id = 2; id < 5; id++) {
        struct snapshot_context context = timeout_context(id, 20 + (double)id, 0);
        context.creation_stack = stack;
        scene_context(&scene, context);
    }
    expect_only(&scene, "unreleased-timeout", CONFIDENCE_PROVED, 3,
                "3 contexts with a deadline created in fetch (server.c:30) were not cancelled when "
                "the work was over: all owners are gone; their timer and link to the parent stay "
                "for up to another 24s.");
}

/* The work is not over, and perhaps is to last until the deadline. */
static void one_that_is_worked_under_is_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, timeout_context(2, 90, 0));
    scene_task_in(&scene, (struct snapshot_task){.id = 2}, 0, 2);
    expect_only(&scene, "unreleased-timeout", CONFIDENCE_LIKELY, 1,
                "1 context with a deadline below background will probably not be cancelled when "
                "the work is over: a "
                "task works under it, and all owners of it are gone; its timer and link to the "
                "parent stay for another 1m30s.");
}

static void one_reads_in_the_singular(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, timeout_context(2, 90, 0));
    expect_only(&scene, "unreleased-timeout", CONFIDENCE_PROVED, 1,
                "1 context with a deadline below background was not cancelled when the work was "
                "over: all owners "
                "are gone; its timer and link to the parent stay for another 1m30s.");
}

static void a_creator_that_ended_is_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_task(&scene, (struct snapshot_task){
                           .id = 2, .state = TASK_EXITED, .exited_ns = ago(5), .detached = true});
    struct snapshot_context context = timeout_context(2, 60, 1);
    context.creator_task_id = 2;
    scene_context(&scene, context);
    expect_only(&scene, "unreleased-timeout", CONFIDENCE_SUSPECT, 1,
                "1 context with a deadline below background was not cancelled when the work was "
                "over: the task "
                "that made it has ended, and nothing uses it; its timer and link to the parent "
                "stay for another 1m00s.");
}

static void what_is_used_after_its_creator_ended_is_fine(void **state)
{
    (void)state;
    for (int use = 0; use < 3; use++) {
        struct scene scene = scene_new();
        scene_task(&scene,
                   (struct snapshot_task){
                       .id = 2, .state = TASK_EXITED, .exited_ns = ago(5), .detached = true});
        struct snapshot_context context = timeout_context(2, 60, 1);
        context.creator_task_id = 2;
        context.observers = use == 0;
        scene_context(&scene, context);
        if (use == 1)
            scene_task_in(&scene, (struct snapshot_task){.id = 3}, 2, 2);
        if (use == 2)
            scene_context(&scene, (struct snapshot_context){.id = 3, .parent_id = 2, .owners = 1});
        expect_silence(&scene);
    }
}

static void silent_on_owned_young_and_ended_ones(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, timeout_context(2, 60, 1));
    struct snapshot_context context = timeout_context(3, 60, 0);
    context.created_ns = ago(0.2);
    scene_context(&scene, context);
    context = timeout_context(4, -0.001, 0); /* its timer is about to fire */
    scene_context(&scene, context);
    context = timeout_context(5, -5, 0);
    context.state = CONTEXT_TIMED_OUT;
    context.ended_ns = ago(5);
    context.ended_by = ENDED_BY_DEADLINE;
    scene_context(&scene, context);
    expect_silence(&scene);
}

static void unreliable_counts_lower_the_claim(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context_with(&scene, timeout_context(2, 60, 0),
                       (struct context_options){.cannot_tell = PRECONDITION_NO_LOSSES});
    expect_only(&scene, "unreleased-timeout", CONFIDENCE_LIKELY, 1, NULL);
}

static void without_counts_the_claim_is_withheld(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct snapshot_context context = timeout_context(2, 60, 0);
    context.cancellable = fact_unknown(PRECONDITION_STOPPED_PROGRAM);
    scene_context_with(&scene, context, (struct context_options){.uncounted = true});
    expect_withheld(&scene, PRECONDITION_STOPPED_PROGRAM, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_gone_is_proved),
        cmocka_unit_test(one_that_is_worked_under_is_likely),
        cmocka_unit_test(one_reads_in_the_singular),
        cmocka_unit_test(a_creator_that_ended_is_suspect),
        cmocka_unit_test(what_is_used_after_its_creator_ended_is_fine),
        cmocka_unit_test(silent_on_owned_young_and_ended_ones),
        cmocka_unit_test(unreliable_counts_lower_the_claim),
        cmocka_unit_test(without_counts_the_claim_is_withheld),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
