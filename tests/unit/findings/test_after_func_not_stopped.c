#include "scene.h"

enum { LONG_LIVED = 2, FIRST = 100 };

static void long_lived(struct scene *scene, struct snapshot_context context)
{
    context.id = LONG_LIVED;
    context.parent_id = BACKGROUND;
    context.owners = 1;
    context.created_ns = ago(600);
    scene_context(scene, context);
}

static void registrations(struct scene *scene, unsigned count, uint32_t stack,
                          struct snapshot_context context)
{
    for (uint64_t id = FIRST; id < FIRST + count; id++) {
        context.id = id;
        context.parent_id = LONG_LIVED;
        context.kind = CONTEXT_AFTER_FUNC;
        context.creation_stack = stack;
        scene_context(scene, context);
    }
}

static void a_pile_without_handles_is_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    long_lived(&scene, (struct snapshot_context){.name = builder_string(scene.builder, "server")});
    registrations(&scene, 50, at(&scene, "watch", 8), (struct snapshot_context){0});
    expect_only(&scene, "after-func-not-stopped", CONFIDENCE_LIKELY, 50,
                "50 functions were registered in watch (server.c:8) to run after cancel context 2 "
                "(server) ends, and not stopped: it is still open, and nobody holds their handles "
                "any more; the oldest registration is 10s old.");
}

static void what_was_stopped_is_no_pile(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    long_lived(&scene, (struct snapshot_context){0});
    registrations(&scene, 5000, at(&scene, "watch", 8),
                  (struct snapshot_context){.stopped = true, .owners = 1});
    expect_findings(&scene, 0);
    scene_free(&scene);
}

static void piles_of_different_calls_are_told_apart(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    long_lived(&scene, (struct snapshot_context){0});
    for (uint64_t id = FIRST; id < FIRST + 60; id++)
        scene_context(&scene, (struct snapshot_context){
                                  .id = id,
                                  .parent_id = LONG_LIVED,
                                  .kind = CONTEXT_AFTER_FUNC,
                                  .creation_stack = at(&scene, id % 3 ? "watch" : "log", 8)});
    expect_findings(&scene, 2);
    assert_int_equal(scene.findings->items[0].count, 40);
    assert_int_equal(scene.findings->items[1].count, 20);
    scene_free(&scene);
}

static void a_pile_without_counts_is_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    long_lived(&scene, (struct snapshot_context){0});
    for (uint64_t id = FIRST; id < FIRST + 50; id++)
        scene_context_with(&scene,
                           (struct snapshot_context){
                               .id = id, .parent_id = LONG_LIVED, .kind = CONTEXT_AFTER_FUNC},
                           (struct context_options){.uncounted = true});
    expect_only(&scene, "after-func-not-stopped", CONFIDENCE_SUSPECT, 50, NULL);
}

static void silent_on_a_few_on_held_ones_and_on_short_lives(void **state)
{
    (void)state;
    enum { FEW, HELD, DEADLINE, ENDED, DIFFERENT, CASES };
    for (int which = 0; which < CASES; which++) {
        struct scene scene = scene_new();
        struct snapshot_context each = {.owners = which == HELD};
        struct snapshot_context parent = {0};
        if (which == DEADLINE) {
            parent.kind = CONTEXT_DEADLINE;
            parent.deadline_ns = each.deadline_ns = ahead(1);
        }
        if (which == ENDED) {
            each.state = CONTEXT_CANCELED;
            each.ended_ns = ago(1);
        }
        long_lived(&scene, parent);
        if (which == DIFFERENT) {
            for (uint32_t line = 1; line <= 50; line++) {
                each = (struct snapshot_context){.id = FIRST + line,
                                                 .parent_id = LONG_LIVED,
                                                 .kind = CONTEXT_AFTER_FUNC,
                                                 .creation_stack = at(&scene, "init", line)};
                scene_context(&scene, each);
            }
        } else {
            registrations(&scene, which == FEW ? 10 : 50, at(&scene, "watch", 8), each);
        }
        expect_silence(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pile_without_handles_is_likely),
        cmocka_unit_test(what_was_stopped_is_no_pile),
        cmocka_unit_test(piles_of_different_calls_are_told_apart),
        cmocka_unit_test(a_pile_without_counts_is_suspect),
        cmocka_unit_test(silent_on_a_few_on_held_ones_and_on_short_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
