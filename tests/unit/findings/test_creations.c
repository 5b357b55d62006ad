/* Creations that were sampled: said of those that they are known of, and of nobody else. */
#include "findings/census.h"
#include "findings/creations.h"
#include "scene.h"

enum { SERVER = 2, FIRST = 100, MANY = 1004 };

/* One of a Go program that nothing can cancel any more. `stack` 0: it was not sampled. */
static void add_lost(struct scene *scene, uint64_t id, uint32_t stack)
{
    scene_context_with(scene,
                       (struct snapshot_context){.id = id,
                                                 .parent_id = SERVER,
                                                 .cancellable = fact_no(),
                                                 .created_ns = SNAPSHOT_TIME_UNKNOWN,
                                                 .creation_stack = stack,
                                                 .creation_sampled = true},
                       (struct context_options){.uncounted = true});
}

static struct scene go_scene(void)
{
    struct scene scene = scene_new();
    scene_collected(&scene);
    scene_context_with(&scene,
                       (struct snapshot_context){.id = SERVER,
                                                 .parent_id = BACKGROUND,
                                                 .cancellable = fact_yes(),
                                                 .creation_sampled = true},
                       (struct context_options){.uncounted = true});
    return scene;
}

/* The first `served` were sampled in one function, the next `polled` in another. */
static struct scene lost_scene(unsigned served, unsigned polled)
{
    struct scene scene = go_scene();
    uint32_t serve = at(&scene, "main.serve", 17), poll = at(&scene, "main.poll", 90);
    for (unsigned i = 0; i < MANY; i++)
        add_lost(&scene, FIRST + i, i < served ? serve : i < served + polled ? poll : 0);
    return scene;
}

static uint64_t expect_start(struct scene *scene, const char *start)
{
    const struct finding *finding = finding_of(scene, "lost-cancel", CONFIDENCE_PROVED);
    uint64_t fingerprint = finding->fingerprint;
    assert_int_equal(finding->count, MANY);
    assert_int_equal(finding->site, SNAPSHOT_NONE);
    assert_memory_equal(finding->sentence, start, strlen(start));
    expect_findings(scene, 1);
    scene_free(scene);
    return fingerprint;
}

static void it_is_said_of_how_many_it_is_known(void **state)
{
    (void)state;
    struct scene scene = lost_scene(23, 0);
    expect_start(&scene, "1,004 contexts created in main.serve (server.c:17) (known of 23 of 1,004)"
                         " below a cancel context");
    scene = lost_scene(MANY, 0);
    expect_start(&scene, "1,004 contexts created in main.serve (server.c:17) below a cancel");
    scene = lost_scene(0, 0);
    expect_start(&scene, "1,004 contexts below a cancel context");
}

static void the_place_of_most_is_named(void **state)
{
    (void)state;
    struct scene scene = lost_scene(3, 20);
    expect_start(&scene,
                 "1,004 contexts created in main.poll (server.c:90) and elsewhere (known of "
                 "23 of 1,004) below");
    scene = lost_scene(4, 1000);
    expect_start(&scene, "1,004 contexts created in main.poll (server.c:90) and elsewhere below");
}

/* The next look comes upon others: they are the same leak. */
static void what_was_sampled_makes_no_other_finding(void **state)
{
    (void)state;
    struct scene none = lost_scene(0, 0), some = lost_scene(23, 5), all = lost_scene(4, 1000);
    uint64_t fingerprint = expect_start(&none, "");
    assert_int_equal(expect_start(&some, ""), fingerprint);
    assert_int_equal(expect_start(&all, ""), fingerprint);
}

/* Evidence has its own number of subjects. */
static void those_that_were_sampled_show_it(void **state)
{
    (void)state;
    struct scene scene = lost_scene(23, 5);
    const struct finding *finding = finding_of(&scene, "lost-cancel", CONFIDENCE_PROVED);
    unsigned shown = 0;
    for (uint32_t i = 0; i < finding->count; i++)
        if (finding->claims[i].stacks[0].label)
            shown += strcmp(finding->claims[i].stacks[0].label, "created") == 0;
    assert_int_equal(shown, 28);
    scene_free(&scene);
}

static void a_census_says_it_too(void **state)
{
    (void)state;
    struct scene scene = lost_scene(3, 20);
    scene_check(&scene);
    struct census *census = census_take(scene.snapshot);
    assert_non_null(census);
    char buffer[256];
    struct text text = text_into(buffer, sizeof buffer);
    for (size_t i = 0; i < census->count; i++)
        if (census->groups[i].count == MANY)
            census_place(&text, scene.snapshot, &census->groups[i]);
    assert_string_equal(buffer, " of kind cancel under cancel created in main.poll (server.c:90) "
                                "and elsewhere (known of 23 of 1,004)");
    census_free(census);
    scene_free(&scene);
}

static void of_a_pile_one_is_an_example(void **state)
{
    (void)state;
    struct scene scene = go_scene();
    uint32_t serve = at(&scene, "main.serve", 17);
    for (uint64_t id = FIRST; id < FIRST + 1200; id++)
        scene_context_with(&scene,
                           (struct snapshot_context){.id = id,
                                                     .parent_id = SERVER,
                                                     .creation_stack = id == 700 ? serve : 0,
                                                     .creation_sampled = true,
                                                     .cancellable = fact_yes()},
                           (struct context_options){.uncounted = true});
    const struct finding *finding = finding_of(&scene, "child-pile-up", CONFIDENCE_SUSPECT);
    assert_non_null(strstr(finding->sentence, " has 1,200 open children (one of them created in "
                                              "main.serve (server.c:17)) that no task uses"));
    assert_string_equal(finding->claims[0].stacks[0].label, "one child created");
    assert_int_equal(finding->site, SNAPSHOT_NONE);
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_said_of_how_many_it_is_known),
        cmocka_unit_test(the_place_of_most_is_named),
        cmocka_unit_test(what_was_sampled_makes_no_other_finding),
        cmocka_unit_test(those_that_were_sampled_show_it),
        cmocka_unit_test(a_census_says_it_too),
        cmocka_unit_test(of_a_pile_one_is_an_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
