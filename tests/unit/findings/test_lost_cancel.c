#include "scene.h"

static void owners_gone_under_an_open_parent_is_proved(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .owners = 1});
    uint32_t stack = at(&scene, "handle_request", 212);
    for (uint64_t id = 10; id < 138; id++)
        scene_context(&scene,
                      (struct snapshot_context){.id = id,
                                                .parent_id = 2,
                                                .created_ns = ago(12.4 - (double)id / 1e3 + .01),
                                                .creation_stack = stack});
    expect_only(&scene, "lost-cancel", CONFIDENCE_PROVED, 128,
                "128 contexts created in handle_request (server.c:212) can no longer be "
                "cancelled: all owners are gone, the parent is still open; the oldest is 12s "
                "old.");
}

static void one_reads_in_the_singular(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .owners = 1});
    scene_context(&scene, (struct snapshot_context){
                              .id = 3, .parent_id = 2, .creation_stack = at(&scene, "f", 7)});
    expect_only(&scene, "lost-cancel", CONFIDENCE_PROVED, 1,
                "1 context created in f (server.c:7) can no longer be cancelled: all owners are "
                "gone, the parent is still open; it is 10s old.");
}

static void under_background_it_is_a_leak_in_c(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, (struct snapshot_context){.id = 2, .parent_id = BACKGROUND});
    expect_only(&scene, "lost-cancel", CONFIDENCE_PROVED, 1,
                "1 context below background can no longer be cancelled: all owners are gone, and "
                "nothing above will end it (Go's garbage collector would free this; in C it is a "
                "leak); it is "
                "10s old.");
}

static void in_go_nothing_links_it_to_background(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_collected(&scene);
    scene_context_with(
        &scene,
        (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .cancellable = fact_no()},
        (struct context_options){.uncounted = true});
    expect_silence(&scene);
}

static void add_lost(struct scene *scene, uint64_t id, uint64_t parent)
{
    scene_context_with(scene,
                       (struct snapshot_context){.id = id,
                                                 .parent_id = parent,
                                                 .cancellable = fact_no(),
                                                 .created_ns = SNAPSHOT_TIME_UNKNOWN},
                       (struct context_options){.uncounted = true});
}

/*
 * Go does not remember where a context was made: the place is what it hangs below, and who waits.
 */
static void where_contexts_are_missing_it_is_at_least(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_collected(&scene);
    builder_program(scene.builder)->contexts_missing = 19570;
    scene_context_with(
        &scene,
        (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .cancellable = fact_yes()},
        (struct context_options){.uncounted = true});
    add_lost(&scene, 10, 2);
    scene_check(&scene);
    assert_int_equal(scene.findings->count, 1);
    const char *said = scene.findings->items[0].sentence;
    assert_memory_equal(said, "at least 1 context", sizeof "at least 1 context" - 1);
    scene_free(&scene);
}

static void in_go_the_place_is_what_it_hangs_below(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_collected(&scene);
    scene_context_with(
        &scene,
        (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .cancellable = fact_yes()},
        (struct context_options){.uncounted = true});
    for (uint64_t id = 3; id < 5; id++)
        scene_context_with(
            &scene,
            (struct snapshot_context){
                .id = id,
                .parent_id = 2,
                .kind = CONTEXT_VALUE,
                .key = builder_string(scene.builder, id == 3 ? "main.user(1)" : "main.job(1)")},
            (struct context_options){.uncounted = true});
    add_lost(&scene, 10, 3);
    add_lost(&scene, 11, 3);
    add_lost(&scene, 12, 4);
    scene_task(&scene, (struct snapshot_task){.id = 5,
                                              .kind = TASK_GOROUTINE,
                                              .state = TASK_WAITING,
                                              .wakeable = fact_yes(),
                                              .wakeable_without_parent = fact_yes()});
    scene_wait(&scene, 5, context_object(&scene, 12), WAIT_DONE,
               (struct snapshot_wait){.stack = at(&scene, "main.work", 40)});
    scene_check(&scene);
    unsigned found = 0;
    for (uint32_t i = 0; i < scene.findings->count; i++) {
        const char *said = scene.findings->items[i].sentence;
        found +=
            strstr(said, "2 contexts below main.user(1), a cancel context, background") != NULL;
        found += strstr(said, "1 context below main.job(1), a cancel context, background") &&
                 strstr(said, "goroutine 5 in main.work (server.c:40) waits for it.");
    }
    assert_int_equal(found, 2);
    assert_int_not_equal(scene.findings->items[0].fingerprint,
                         scene.findings->items[1].fingerprint);
    scene_free(&scene);
}

static void hold(struct scene *scene, uint64_t id, const char *function, uint64_t place)
{
    const struct snapshot_holder holder = {
        .stack = function ? at(scene, function, 7) : SNAPSHOT_NONE,
        .name = function ? 0 : builder_string(scene->builder, "the variable main.all"),
        .place = place};
    builder_context_is_held(scene->builder, id, &holder);
}

/* Parents that are alike, kept from three places: no more can a fingerprint tell them apart. */
static void in_go_contexts_kept_from_different_places_are_different_findings(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_collected(&scene);
    for (uint64_t id = 2; id < 6; id++) {
        scene_context_with(
            &scene,
            (struct snapshot_context){.id = id, .parent_id = BACKGROUND, .cancellable = fact_yes()},
            (struct context_options){.uncounted = true});
        add_lost(&scene, id + 10, id);
    }
    hold(&scene, 12, "main.serve", 50);
    hold(&scene, 13, "main.serve", 50);
    hold(&scene, 14, "main.serve", 51);
    hold(&scene, 15, NULL, 52);
    scene_check(&scene);
    expect_findings(&scene, 3);
    unsigned twice = 0, once = 0, variable = 0;
    for (uint32_t i = 0; i < scene.findings->count; i++) {
        const struct finding *it = &scene.findings->items[i];
        assert_int_equal(it->fingerprint, scene.findings->items[0].fingerprint);
        twice += strstr(it->sentence, "2 contexts below a cancel context, background and kept "
                                      "alive by main.serve (server.c:7) can no longer") != NULL;
        once += strstr(it->sentence, "1 context below a cancel context, background and kept alive "
                                     "by main.serve (server.c:7) can no longer") != NULL;
        variable += strstr(it->sentence, "and kept alive by the variable main.all can") != NULL;
    }
    assert_int_equal(twice, 1);
    assert_int_equal(once, 1);
    assert_int_equal(variable, 1);
    scene_free(&scene);
}

/* Its parent is one that can be cancelled, but is not what the program asked to end it. */
static void in_go_one_that_nothing_links_is_not_lost(void **state)
{
    (void)state;
    for (int unlinked = 0; unlinked < 2; unlinked++) {
        struct scene scene = scene_new();
        scene_collected(&scene);
        scene_context_with(
            &scene,
            (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .cancellable = fact_yes()},
            (struct context_options){.uncounted = true});
        scene_context_with(
            &scene,
            (struct snapshot_context){
                .id = 3, .parent_id = 2, .cancellable = fact_no(), .unlinked = unlinked},
            (struct context_options){.uncounted = true});
        if (unlinked)
            expect_silence(&scene);
        else
            expect_only(&scene, "lost-cancel", CONFIDENCE_PROVED, 1, NULL);
    }
}

static void in_go_held_only_by_its_parent_is_proved(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_collected(&scene);
    scene_context_with(
        &scene,
        (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .cancellable = fact_yes()},
        (struct context_options){.uncounted = true});
    for (uint64_t id = 3; id < 6; id++)
        scene_context_with(&scene,
                           (struct snapshot_context){.id = id,
                                                     .parent_id = 2,
                                                     .held_only_by_parent = fact_yes(),
                                                     .created_ns = SNAPSHOT_TIME_UNKNOWN},
                           (struct context_options){.uncounted = true});
    expect_only(&scene, "lost-cancel", CONFIDENCE_PROVED, 3,
                "3 contexts below a cancel context, background can no longer be cancelled: nothing "
                "that could cancel them is "
                "reachable, the parent is still open.");
}

/* It is held by the one who waits, too, who cancels it when it goes on (defer cancel()). */
static void in_go_one_that_is_waited_for_is_left_alone(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_collected(&scene);
    scene_context_with(
        &scene,
        (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .cancellable = fact_yes()},
        (struct context_options){.uncounted = true});
    scene_context_with(
        &scene,
        (struct snapshot_context){.id = 3, .parent_id = 2, .held_only_by_parent = fact_yes()},
        (struct context_options){.uncounted = true});
    scene_task(&scene,
               (struct snapshot_task){
                   .id = 2, .kind = TASK_GOROUTINE, .state = TASK_WAITING, .wakeable = fact_yes()});
    scene_wait(&scene, 2, context_object(&scene, 3), WAIT_DONE, (struct snapshot_wait){0});
    scene_check(&scene);
    for (uint32_t i = 0; i < scene.findings->count; i++)
        assert_string_not_equal(scene.findings->items[i].rule->name, "lost-cancel");
    scene_free(&scene);
}

static void unreliable_counts_lower_the_claim(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context_with(&scene, (struct snapshot_context){.id = 2, .parent_id = BACKGROUND},
                       (struct context_options){.cannot_tell = PRECONDITION_RECORDED_FROM_START});
    scene_check(&scene);
    assert_int_equal(scene.findings->withheld[PRECONDITION_RECORDED_FROM_START], 1);
    assert_int_equal(scene.findings->items[0].missing, PRECONDITION_RECORDED_FROM_START);
    expect_only(&scene, "lost-cancel", CONFIDENCE_LIKELY, 1,
                "1 context below background can apparently no longer be cancelled: all owners are "
                "gone, and "
                "nothing above will end it (Go's garbage collector would free this; in C it is a "
                "leak); it is 10s old. Not proved, because contexts or tasks existed before "
                "recording began.");
}

static void without_counts_the_claim_is_withheld(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context_with(&scene,
                       (struct snapshot_context){
                           .id = 2,
                           .parent_id = BACKGROUND,
                           .cancellable = fact_unknown(PRECONDITION_TWO_SNAPSHOTS_AGREE),
                           .held_only_by_parent = fact_unknown(PRECONDITION_TWO_SNAPSHOTS_AGREE)},
                       (struct context_options){.uncounted = true});
    expect_withheld(&scene, PRECONDITION_TWO_SNAPSHOTS_AGREE, 1);
}

static void silent_while_an_owner_is_left(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    for (uint64_t id = 2; id < 100; id++)
        scene_context(&scene,
                      (struct snapshot_context){.id = id, .parent_id = BACKGROUND, .owners = 1});
    expect_silence(&scene);
}

static void silent_on_what_cannot_be_cancelled_or_has_ended(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(
        &scene, (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .kind = CONTEXT_VALUE});
    scene_context(
        &scene, (struct snapshot_context){.id = 3, .parent_id = 2, .kind = CONTEXT_WITHOUT_CANCEL});
    scene_context(&scene, (struct snapshot_context){.id = 4,
                                                    .parent_id = 2,
                                                    .state = CONTEXT_CANCELED,
                                                    .ended_by = ENDED_BY_OWN_CANCEL,
                                                    .ended_ns = ago(5)});
    /* The end of its parent is on its way to it. */
    scene_context(&scene,
                  (struct snapshot_context){.id = 5, .parent_id = 4, .kind = CONTEXT_VALUE});
    scene_context(&scene, (struct snapshot_context){.id = 6, .parent_id = 5});
    expect_silence(&scene);
}

static void young_ones_count_only_after_death(void **state)
{
    (void)state;
    for (int dead = 0; dead < 2; dead++) {
        struct scene scene = scene_new();
        if (dead)
            scene_dead(&scene, false);
        scene_context(&scene, (struct snapshot_context){
                                  .id = 2, .parent_id = BACKGROUND, .created_ns = ago(0.1)});
        if (dead)
            expect_only(&scene, "lost-cancel", CONFIDENCE_PROVED, 1, NULL);
        else
            expect_silence(&scene);
    }
}

/* It works under the context, and may take over the duty to cancel it. */
static void an_observer_that_goes_on_makes_it_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene,
                  (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .observers = 1});
    scene_task_in(&scene, (struct snapshot_task){.id = 2}, 0, 2);
    scene_check(&scene);
    const struct finding *finding = finding_of(&scene, "lost-cancel", CONFIDENCE_SUSPECT);
    assert_int_equal(finding->missing, PRECONDITION_NO_FREE_OBSERVER);
    expect_findings(&scene, 1);
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_observer_that_goes_on_makes_it_suspect),
        cmocka_unit_test(owners_gone_under_an_open_parent_is_proved),
        cmocka_unit_test(one_reads_in_the_singular),
        cmocka_unit_test(under_background_it_is_a_leak_in_c),
        cmocka_unit_test(in_go_nothing_links_it_to_background),
        cmocka_unit_test(where_contexts_are_missing_it_is_at_least),
        cmocka_unit_test(in_go_the_place_is_what_it_hangs_below),
        cmocka_unit_test(in_go_contexts_kept_from_different_places_are_different_findings),
        cmocka_unit_test(in_go_one_that_nothing_links_is_not_lost),
        cmocka_unit_test(in_go_held_only_by_its_parent_is_proved),
        cmocka_unit_test(in_go_one_that_is_waited_for_is_left_alone),
        cmocka_unit_test(unreliable_counts_lower_the_claim),
        cmocka_unit_test(without_counts_the_claim_is_withheld),
        cmocka_unit_test(silent_while_an_owner_is_left),
        cmocka_unit_test(silent_on_what_cannot_be_cancelled_or_has_ended),
        cmocka_unit_test(young_ones_count_only_after_death),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
