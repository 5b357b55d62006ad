/* A census: what is at one place is counted together, with its oldest and the first to end. */
#include "findings/census.h"
#include "scene.h"

static struct census *census_of(struct scene *scene)
{
    scene_check(scene);
    struct census *census = census_take(scene->snapshot);
    assert_non_null(census);
    return census;
}

static void expect_group(const struct scene *scene, const struct census_group *group,
                         enum census_kind kind, uint32_t count, const char *place,
                         const char *doing)
{
    char buffer[256];
    struct text text = text_into(buffer, sizeof buffer);
    census_place(&text, scene->snapshot, group);
    assert_string_equal(buffer, place);
    assert_string_equal(census_doing(scene->snapshot, group), doing);
    assert_int_equal(group->kind, kind);
    assert_int_equal(group->count, count);
}

static void tasks_are_counted_where_they_are(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    uint32_t place = at(&scene, "worker", 12);
    for (uint64_t id = 2; id < 602; id++) {
        scene_task(&scene, (struct snapshot_task){.id = id, .state = TASK_WAITING});
        for (int i = 0; i < 2; i++)
            scene_wait(&scene, id, channel(&scene, 5 + (uint64_t)i, fact_yes()), WAIT_RECEIVE,
                       (struct snapshot_wait){.group = (uint32_t)id,
                                              .stack = place,
                                              .since_ns = ago(id == 77 ? 90 : 10),
                                              .until_ns = id == 99 ? ahead(3) : ahead(30)});
    }
    scene_task(&scene, (struct snapshot_task){.id = 700, .stack = at(&scene, "spin", 3)});
    scene_task(&scene, (struct snapshot_task){.id = 701, .creation_stack = at(&scene, "start", 4)});
    scene_task(&scene, (struct snapshot_task){.id = 702, .system = true, .stack = place});
    scene_task(&scene, (struct snapshot_task){.id = 703, .state = TASK_EXITED, .stack = place});
    struct census *census = census_of(&scene);
    assert_int_equal(census->count, 4);
    expect_group(&scene, &census->groups[0], CENSUS_TASKS, 600, " in worker (server.c:12)",
                 "select");
    assert_int_equal(census->groups[0].waiting, 600);
    assert_true(census->groups[0].since_ns == ago(90));
    assert_true(census->groups[0].until_ns == ahead(3));
    expect_group(&scene, &census->groups[1], CENSUS_TASKS, 1, " at a place that is not known",
                 "running");
    expect_group(&scene, &census->groups[2], CENSUS_TASKS, 1, " in spin (server.c:3)", "running");
    expect_group(&scene, &census->groups[3], CENSUS_TASKS, 1, " created in start (server.c:4)",
                 "running");
    assert_true(census->groups[3].since_ns == SNAPSHOT_TIME_UNKNOWN);
    assert_true(census->groups[3].until_ns == SNAPSHOT_NEVER);
    census_free(census);
    scene_free(&scene);
}

/* The deadline of the context that ends the wait counts, and that of one that is waited for. */
static void deadlines_wake_tasks(void **state)
{
    (void)state;
    for (int waited_for = 0; waited_for < 2; waited_for++) {
        struct scene scene = scene_without_tasks();
        scene_context(&scene, (struct snapshot_context){.id = 2,
                                                        .parent_id = BACKGROUND,
                                                        .kind = CONTEXT_DEADLINE,
                                                        .deadline_ns = ahead(7)});
        scene_task(&scene, (struct snapshot_task){.id = 2, .state = TASK_WAITING});
        if (waited_for)
            scene_wait(&scene, 2, context_object(&scene, 2), WAIT_DONE, (struct snapshot_wait){0});
        else
            scene_wait(&scene, 2, channel(&scene, 5, fact_yes()), WAIT_RECEIVE,
                       (struct snapshot_wait){.bounded_by = 2});
        struct census *census = census_of(&scene);
        assert_true(census->groups[0].until_ns == ahead(7));
        census_free(census);
        scene_free(&scene);
    }
}

static void contexts_are_counted_by_who_made_them(void **state)
{
    (void)state;
    struct scene scene = scene_without_tasks();
    snapshot_string key = builder_string(scene.builder, "session");
    for (uint64_t id = 10; id < 13; id++)
        scene_context(&scene, (struct snapshot_context){.id = id,
                                                        .parent_id = BACKGROUND,
                                                        .kind = CONTEXT_DEADLINE,
                                                        .created_ns = ago((double)id),
                                                        .deadline_ns = ahead((double)id),
                                                        .creation_stack = at(&scene, "serve", 1)});
    for (uint64_t id = 20; id < 24; id++) {
        scene_context(&scene, (struct snapshot_context){.id = id,
                                                        .parent_id = BACKGROUND,
                                                        .kind = CONTEXT_VALUE,
                                                        .created_ns = SNAPSHOT_TIME_UNKNOWN,
                                                        .key = key});
        scene_context(&scene, (struct snapshot_context){.id = id + 10, .parent_id = id});
    }
    scene_context(&scene, (struct snapshot_context){.id = 40, .parent_id = BACKGROUND});
    scene_context(&scene, (struct snapshot_context){.id = 41,
                                                    .parent_id = BACKGROUND,
                                                    .state = CONTEXT_CANCELED,
                                                    .ended_ns = ago(1)});
    struct census *census = census_of(&scene);
    assert_int_equal(census->count, 4);
    expect_group(&scene, &census->groups[0], CENSUS_CONTEXTS, 4, " of kind value \"session\"", "");
    assert_true(census->groups[0].since_ns == SNAPSHOT_TIME_UNKNOWN);
    expect_group(&scene, &census->groups[1], CENSUS_CONTEXTS, 4,
                 " of kind cancel under value \"session\"", "");
    expect_group(&scene, &census->groups[2], CENSUS_CONTEXTS, 3, " created in serve (server.c:1)",
                 "");
    assert_true(census->groups[2].since_ns == ago(12));
    assert_true(census->groups[2].until_ns == ahead(10));
    expect_group(&scene, &census->groups[3], CENSUS_CONTEXTS, 1, " of kind cancel", "");
    census_free(census);
    scene_free(&scene);
}

static void nothing_is_an_empty_census(void **state)
{
    (void)state;
    struct scene scene = scene_without_tasks();
    struct census *census = census_of(&scene);
    assert_int_equal(census->count, 0);
    census_free(census);
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_are_counted_where_they_are),
        cmocka_unit_test(deadlines_wake_tasks),
        cmocka_unit_test(contexts_are_counted_by_who_made_them),
        cmocka_unit_test(nothing_is_an_empty_census),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
