#include "findings/findings.h"
#include "findings/rule_table.h"
#include "scene.h"

#include <time.h>

static void rules_are_complete_and_have_different_names(void **state)
{
    (void)state;
    for (size_t i = 0; rule_table[i]; i++) {
        const struct rule *rule = rule_table[i];
        assert_ptr_equal(rule_find(rule->name), rule);
        assert_true(*rule->catalogue && *rule->title && *rule->advice);
        bool over_time = rule->check_over_time != NULL;
        assert_true(over_time ? !rule->check && !rule->sentence : rule->check && rule->sentence);
        assert_true(rule->severity < SEVERITY_COUNT);
    }
    assert_null(rule_find("no-such-rule"));
}

static void an_empty_snapshot_has_no_findings(void **state)
{
    (void)state;
    struct snapshot *snapshot = builder_finish(builder_new());
    assert_non_null(snapshot);
    struct thresholds thresholds = thresholds_default();
    struct findings *findings = findings_check(snapshot, &thresholds, NULL);
    assert_non_null(findings);
    assert_int_equal(findings->count, 0);
    findings_free(findings);
    snapshot_free(snapshot);
}

static void only_the_rules_that_are_asked_for_run(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context(&scene, (struct snapshot_context){.id = 2, .parent_id = BACKGROUND});
    scene_context(&scene, (struct snapshot_context){.id = 3,
                                                    .parent_id = BACKGROUND,
                                                    .kind = CONTEXT_DEADLINE,
                                                    .deadline_ns = ahead(60)});
    expect_findings(&scene, 2);
    const char *const only[] = {"unreleased-timeout", "deadlock", NULL};
    struct findings *findings = findings_check(scene.snapshot, &scene.thresholds, only);
    assert_int_equal(findings->count, 1);
    assert_string_equal(findings->items[0].rule->name, "unreleased-timeout");
    findings_free(findings);
    scene_free(&scene);
}

/* What is lost from two sites, with another line and other addresses in each build. */
static void two_sites(struct scene *scene, uint32_t line)
{
    for (uint64_t id = 10; id < 20; id++)
        scene_context(scene, (struct snapshot_context){
                                 .id = id,
                                 .parent_id = BACKGROUND,
                                 .created_ns = ago((double)id),
                                 .creation_stack = at(scene, id < 13 ? "rare" : "often", line)});
    scene_context(scene, (struct snapshot_context){.id = 30,
                                                   .parent_id = BACKGROUND,
                                                   .kind = CONTEXT_DEADLINE,
                                                   .deadline_ns = ahead(60)});
}

static void findings_are_ordered_and_their_claims_are_oldest_first(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    two_sites(&scene, 5);
    expect_findings(&scene, 3);
    const struct finding *items = scene.findings->items;
    assert_int_equal(items[0].count, 7);
    assert_int_equal(items[1].count, 3);
    assert_string_equal(items[2].rule->name, "unreleased-timeout"); /* less severe */
    for (uint32_t i = 1; i < items[0].count; i++)
        assert_true(items[0].claims[i - 1].since_ns < items[0].claims[i].since_ns);
    scene_free(&scene);
}

static void fingerprints_survive_recompiling_and_tell_sites_apart(void **state)
{
    (void)state;
    struct scene before = scene_new(), after = scene_new();
    two_sites(&before, 5);
    at(&after, "new_in_this_version", 1);
    scene_context(&after, (struct snapshot_context){.id = 5,
                                                    .parent_id = BACKGROUND,
                                                    .owners = 1,
                                                    .creation_stack = at(&after, "moved", 9)});
    two_sites(&after, 105);
    expect_findings(&before, 3);
    expect_findings(&after, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(before.findings->items[i].fingerprint == after.findings->items[i].fingerprint);
        for (uint32_t j = 0; j < i; j++)
            assert_true(before.findings->items[i].fingerprint !=
                        before.findings->items[j].fingerprint);
    }
    scene_free(&before);
    scene_free(&after);
}

static void without_stacks_names_group_and_tell_apart(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    snapshot_string name = builder_string(scene.builder, "session");
    for (uint64_t id = 10; id < 20; id++)
        scene_context(&scene, (struct snapshot_context){
                                  .id = id, .parent_id = BACKGROUND, .name = id < 14 ? name : 0});
    expect_findings(&scene, 2);
    assert_int_equal(scene.findings->items[0].count, 6);
    assert_int_equal(scene.findings->items[1].count, 4);
    assert_true(scene.findings->items[0].fingerprint != scene.findings->items[1].fingerprint);
    scene_free(&scene);
}

static void the_same_site_with_another_confidence_is_another_finding(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    uint32_t stack = at(&scene, "f", 1);
    for (uint64_t id = 10; id < 14; id++)
        scene_context_with(
            &scene,
            (struct snapshot_context){.id = id, .parent_id = BACKGROUND, .creation_stack = stack},
            (struct context_options){.cannot_tell =
                                         id < 13 ? PRECONDITION_NONE : PRECONDITION_NO_LOSSES});
    expect_findings(&scene, 2);
    assert_int_equal(scene.findings->items[0].confidence, CONFIDENCE_PROVED);
    assert_int_equal(scene.findings->items[0].count, 3);
    assert_int_equal(scene.findings->items[1].confidence, CONFIDENCE_LIKELY);
    assert_int_equal(scene.findings->withheld[PRECONDITION_NO_LOSSES], 1);
    scene_free(&scene);
}

static void long_names_are_cut_without_breaking_a_character(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    char function[2000];
    function[0] = 'x';
    for (size_t i = 1; i + 2 < sizeof function; i += 2)
        memcpy(&function[i], "\xc3\xa4", 2); /* U+00E4 */
    function[sizeof function - 1] = '\0';
    for (uint32_t shift = 0; shift < 2; shift++)
        scene_context(&scene,
                      (struct snapshot_context){.id = 2 + shift,
                                                .parent_id = BACKGROUND,
                                                .creation_stack = at(&scene, function + shift, 1)});
    expect_findings(&scene, 2);
    for (uint32_t i = 0; i < 2; i++) {
        const char *sentence = scene.findings->items[i].sentence;
        size_t length = strlen(sentence);
        assert_true(length > 900);
        assert_int_equal((unsigned char)sentence[length - 1], 0xa4);
    }
    scene_free(&scene);
}

/* ---- a million contexts ---- */

enum { MILLION = 1000000 };

static double seconds_to_check(struct scene *scene)
{
    builder_derive_task_facts(scene->builder, PRECONDITION_NONE);
    scene->snapshot = builder_finish(scene->builder);
    assert_non_null(scene->snapshot);
    struct timespec start, end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    scene->findings = findings_check(scene->snapshot, &scene->thresholds, NULL);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    assert_non_null(scene->findings);
    return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

/*
 * A limit that no machine misses unless something here is quadratic: a chain of a million contexts
 * would then take hours. tests/bench measures.
 */
static void a_million_contexts_take_linear_time(void **state)
{
    (void)state;
    static const char *const shapes[] = {"healthy", "lost", "one chain"};
    for (int shape = 0; shape < 3; shape++) {
        struct scene scene = scene_new();
        builder_reserve(scene.builder, MILLION + 2, 2, 0);
        uint32_t stack = at(&scene, "handle", 9);
        scene_context(&scene,
                      (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .owners = 1});
        for (uint64_t id = 3; id < MILLION; id++)
            scene_context(&scene, (struct snapshot_context){.id = id,
                                                            .parent_id = shape == 2 ? id - 1 : 2,
                                                            .owners = shape != 1,
                                                            .created_ns = ago(20) + (int64_t)id,
                                                            .creation_stack = stack});
        double seconds = seconds_to_check(&scene);
        print_message("a million contexts, %s: %.2f s\n", shapes[shape], seconds);
        assert_true(seconds < 20);
        scene_free(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_complete_and_have_different_names),
        cmocka_unit_test(an_empty_snapshot_has_no_findings),
        cmocka_unit_test(only_the_rules_that_are_asked_for_run),
        cmocka_unit_test(findings_are_ordered_and_their_claims_are_oldest_first),
        cmocka_unit_test(fingerprints_survive_recompiling_and_tell_sites_apart),
        cmocka_unit_test(without_stacks_names_group_and_tell_apart),
        cmocka_unit_test(the_same_site_with_another_confidence_is_another_finding),
        cmocka_unit_test(long_names_are_cut_without_breaking_a_character),
        cmocka_unit_test(a_million_contexts_take_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
