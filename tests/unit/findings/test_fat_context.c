#include "scene.h"

/* A chain of `length` contexts below `parent`, all made by the same call. Ids from `first`. */
static void chain(struct scene *scene, uint64_t parent, uint64_t first, unsigned length,
                  uint32_t stack)
{
    for (uint64_t id = first; id < first + length; id++) {
        scene_context(scene, (struct snapshot_context){.id = id,
                                                       .parent_id = id == first ? parent : id - 1,
                                                       .owners = 1,
                                                       .creation_stack = stack});
    }
}

static void a_loop_longer_than_the_greatest_depth_is_proved(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    chain(&scene, BACKGROUND, 2, 60, at(&scene, "poll_loop", 9));
    expect_only(&scene, "fat-context", CONFIDENCE_PROVED, 1,
                "1 chain of contexts wraps the context of the turn before: the same call in "
                "poll_loop (server.c:9) made 60 contexts of one ancestry; it is 60 deep.");
}

static void a_short_loop_is_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    uint32_t stack = at(&scene, "retry", 9);
    chain(&scene, BACKGROUND, 2, 3, stack);
    chain(&scene, BACKGROUND, 20, 5, stack);
    expect_only(&scene, "fat-context", CONFIDENCE_LIKELY, 2,
                "2 chains of contexts wrap the context of the turn before: the same call in retry "
                "(server.c:9) made up to 5 contexts of one ancestry; the oldest is 3 deep.");
}

/* All levels of a recursion that is deeper than stacks are recorded look like one call. */
static void a_truncated_stack_tells_no_loop_from_recursion(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct snapshot_frame frame = {.pc = 0x1000, .function = builder_string(scene.builder, "walk")};
    chain(&scene, BACKGROUND, 2, 130, builder_stack(scene.builder, &frame, 1, true));
    expect_only(&scene, "fat-context", CONFIDENCE_SUSPECT, 1, NULL);
    scene = scene_new();
    frame.function = builder_string(scene.builder, "walk");
    chain(&scene, BACKGROUND, 2, 20, builder_stack(scene.builder, &frame, 1, true));
    expect_silence(&scene);
}

static void branches_of_one_loop_count_each(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    uint32_t stack = at(&scene, "retry", 9);
    chain(&scene, BACKGROUND, 2, 4, stack);
    chain(&scene, 4, 20, 2, stack); /* another end of the same loop, below its third turn */
    expect_only(&scene, "fat-context", CONFIDENCE_LIKELY, 2, NULL);
}

static void silent_on_siblings_and_on_two_turns(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    uint32_t stack = at(&scene, "handle", 9);
    for (uint64_t id = 10; id < 60; id++)
        chain(&scene, BACKGROUND, id * 100, 2, stack);
    expect_silence(&scene);
}

static void silent_on_values_set_line_by_line_and_by_a_loop_over_keys(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    uint32_t loop = at(&scene, "set_all", 50);
    uint64_t id = 2;
    for (uint32_t line = 1; line <= 6; line++, id++)
        scene_context(&scene,
                      (struct snapshot_context){.id = id,
                                                .parent_id = id - 1,
                                                .kind = CONTEXT_VALUE,
                                                .key = builder_string(scene.builder, "one"),
                                                .creation_stack = at(&scene, "set_some", line)});
    for (uint32_t key = 0; key < 6; key++, id++)
        scene_context(&scene, (struct snapshot_context){
                                  .id = id,
                                  .parent_id = id - 1,
                                  .kind = CONTEXT_VALUE,
                                  .key = builder_string_format(scene.builder, "k%u", key),
                                  .creation_stack = loop});
    expect_silence(&scene);
}

static void the_same_value_again_and_again_is_a_loop(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    uint32_t loop = at(&scene, "tick", 50);
    for (uint64_t id = 2; id < 12; id++)
        scene_context(&scene,
                      (struct snapshot_context){.id = id,
                                                .parent_id = id - 1,
                                                .kind = CONTEXT_VALUE,
                                                .key = builder_string(scene.builder, "turn"),
                                                .creation_stack = loop});
    expect_only(&scene, "fat-context", CONFIDENCE_LIKELY, 1, NULL);
}

static void deep_without_repeating_is_suspect_once(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    for (uint64_t id = 2; id < 72; id++)
        scene_context(&scene, (struct snapshot_context){.id = id,
                                                        .parent_id = id - 1,
                                                        .owners = 1,
                                                        .creation_stack =
                                                            at(&scene, "descend", (uint32_t)id)});
    expect_only(&scene, "fat-context", CONFIDENCE_SUSPECT, 1,
                "1 chain of contexts is 70 deep at one created in descend (server.c:52).");
}

static void depths_without_stacks_are_suspect_at_most(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    chain(&scene, BACKGROUND, 2, 200, 0);
    expect_only(&scene, "fat-context", CONFIDENCE_SUSPECT, 1, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_longer_than_the_greatest_depth_is_proved),
        cmocka_unit_test(a_short_loop_is_likely),
        cmocka_unit_test(a_truncated_stack_tells_no_loop_from_recursion),
        cmocka_unit_test(branches_of_one_loop_count_each),
        cmocka_unit_test(silent_on_siblings_and_on_two_turns),
        cmocka_unit_test(silent_on_values_set_line_by_line_and_by_a_loop_over_keys),
        cmocka_unit_test(the_same_value_again_and_again_is_a_loop),
        cmocka_unit_test(deep_without_repeating_is_suspect_once),
        cmocka_unit_test(depths_without_stacks_are_suspect_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
