/* What a finding of growth says. */
#include "findings/evidence.h"
#include "findings/growth_sentence.h"
#include "scene.h"

#define MINUTE INT64_C(60000000000)

static struct scene scene;
static struct snapshot *snapshot;
static struct growth growth;
static struct growth_verdict verdict;
static struct claim claims[8];
static struct finding finding;

/* A watch of three minutes in three parts, in which something grew from 1,000 to 1,300. */
static int begin(void **state)
{
    (void)state;
    scene = scene_new();
    snapshot = NULL;
    growth = (struct growth){.parts = {.looks = 8, .looks_in_part = 2}};
    for (unsigned part = 0; part <= 3; part++)
        growth.parts.ended_ns[part] = (part + 1) * MINUTE;
    verdict = (struct growth_verdict){.kind = GROWS, .last_rise = 3, .from = 1000, .to = 1300};
    finding = (struct finding){.claims = claims};
    return 0;
}

static int end(void **state)
{
    (void)state;
    snapshot_free(snapshot);
    return 0;
}

static void claim_contexts(uint64_t first, uint64_t last)
{
    snapshot = builder_finish(scene.builder);
    assert_non_null(snapshot);
    for (uint64_t id = first; id <= last; id++)
        claims[finding.count++] =
            claim_about_context(snapshot, snapshot_find_context(snapshot, id), CONFIDENCE_SUSPECT);
}

static void says(const char *expected)
{
    char *sentence = growth_sentence(&growth, snapshot, &verdict, &finding);
    assert_non_null(sentence);
    assert_string_equal(sentence, expected);
    free(sentence);
}

/* ---- how it grew ---- */

static void create_one(void)
{
    scene_context(&scene,
                  (struct snapshot_context){.id = 2, .creation_stack = at(&scene, "serve", 7)});
    claim_contexts(2, 2);
}

static void growth_has_numbers_and_a_time(void **state)
{
    (void)state;
    create_one();
    says("The open contexts created in serve grew from 1,000 to 1,300 within 3m00s, all the time, "
         "most recently at the end; none was seen to end.");
    verdict.last_rise = 2;
    verdict.start = 1;
    verdict.ended = 1;
    says("The open contexts created in serve grew from 1,000 to 1,300 within 2m00s, all the time, "
         "most recently 1m00s before its end; 1 was seen to end.");
    verdict.ended = 2000;
    says("The open contexts created in serve grew from 1,000 to 1,300 within 2m00s, all the time, "
         "most recently 1m00s before its end; 2,000 were seen to end.");
}

static void growth_among_others_says_how_old_they_are(void **state)
{
    (void)state;
    create_one();
    verdict.kind = GROWS_AMONG;
    verdict.lag = 1;
    says("Of the open contexts created in serve more and more stay: those that had been there for "
         "1m00s grew from 1,000 to 1,300 within 3m00s, all the time, most recently at the end; "
         "none was seen to end.");
}

static void growth_of_what_ends_says_that_it_does(void **state)
{
    (void)state;
    create_one();
    verdict.kind = GROWS_BEHIND;
    verdict.ended = 77;
    says("The open contexts created in serve grew from 1,000 to 1,300 within 3m00s, all the time, "
         "most recently at the end: 77 were seen to end, but they stay longer and longer, and more "
         "come.");
}

static void two_looks_may_not_tell_when(void **state)
{
    (void)state;
    create_one();
    growth.is_pair = true;
    verdict.last_rise = 0;
    says(
        "The open contexts created in serve grew from 1,000 to 1,300 within 3m00s; when, two looks "
        "cannot tell; none was seen to end.");
    verdict.last_rise = PAIR_PARTS / 2; /* of the 18 parts of their time */
    says("The open contexts created in serve grew from 1,000 to 1,300 within 3m00s, all the time, "
         "most recently 1m30s before its end; none was seen to end.");
}

/* ---- of what ---- */

/* Up to the first that has a name of its own. */
static void contexts_that_nobody_saw_created_are_told_by_their_parents(void **state)
{
    (void)state;
    const snapshot_string tenant = builder_string(scene.builder, "main.tenant");
    const snapshot_string user = builder_string(scene.builder, "main.user");
    scene_context(&scene, (struct snapshot_context){
                              .id = 6, .parent_id = 1, .kind = CONTEXT_VALUE, .key = tenant});
    scene_context(&scene, (struct snapshot_context){
                              .id = 2, .parent_id = 6, .kind = CONTEXT_VALUE, .key = user});
    scene_context(&scene, (struct snapshot_context){.id = 3, .parent_id = 2});
    scene_context(&scene, (struct snapshot_context){.id = 4, .parent_id = 3});
    scene_context(&scene, (struct snapshot_context){.id = 5, .parent_id = 3});
    claim_contexts(4, 5);
    says("The open cancel contexts below cancel context 3, below a value context (main.user) grew "
         "from 1,000 to 1,300 within 3m00s, all the time, most recently at the end; none was seen "
         "to end.");
}

static void of_different_parents_only_the_likeness_is_told(void **state)
{
    (void)state;
    scene_context(&scene, (struct snapshot_context){.id = 2, .parent_id = BACKGROUND});
    scene_context(&scene, (struct snapshot_context){.id = 3, .parent_id = BACKGROUND});
    scene_context(&scene, (struct snapshot_context){.id = 4, .parent_id = 2});
    scene_context(&scene, (struct snapshot_context){.id = 5, .parent_id = 3});
    claim_contexts(4, 5);
    says("The open cancel contexts below a cancel context grew from 1,000 to 1,300 within 3m00s, "
         "all the time, most recently at the end; none was seen to end.");
}

static void a_root_is_told_as_such(void **state)
{
    (void)state;
    scene_context(&scene, (struct snapshot_context){.id = 2, .parent_id = BACKGROUND});
    scene_context(&scene, (struct snapshot_context){.id = 3, .parent_id = 2});
    claim_contexts(2, 3);
    says("The open cancel contexts below background grew from 1,000 to 1,300 within 3m00s, all the "
         "time, most recently at the end; none was seen to end.");
}

/* ---- where ---- */

static void claim_tasks(uint32_t here, uint32_t there)
{
    for (uint32_t i = 0; i < here + there; i++)
        scene_task(&scene,
                   (struct snapshot_task){.id = 2 + i,
                                          .creation_stack = at(&scene, "main.start", 3),
                                          .stack = i < here ? at(&scene, "main.work", 5)
                                                            : at(&scene, "main.rest", 10 + i)});
    snapshot = builder_finish(scene.builder);
    assert_non_null(snapshot);
    for (uint32_t i = 0; i < here + there; i++) {
        claims[i] = claim_about_task(snapshot, snapshot_find_task(snapshot, 2 + i), SNAPSHOT_NONE,
                                     CONFIDENCE_SUSPECT);
        claim_add_stack(&claims[i], "created",
                        snapshot->tasks[snapshot_find_task(snapshot, 2 + i)].creation_stack);
    }
    finding.count = here + there;
}

static void most_tasks_may_be_at_one_place(void **state)
{
    (void)state;
    claim_tasks(3, 2);
    says("The tasks created in main.start grew from 1,000 to 1,300 within 3m00s, all the time, "
         "most recently at the end; none was seen to end. 3 of them are now in main.work "
         "(server.c:5).");
}

static void half_of_them_are_not_most(void **state)
{
    (void)state;
    uint32_t sharing;
    claim_tasks(2, 2);
    assert_int_equal(usual_stack(&finding, "is at", &sharing), SNAPSHOT_NONE);
    assert_int_not_equal(usual_stack(&finding, "created", &sharing), SNAPSHOT_NONE);
    assert_int_equal(sharing, 4);
    assert_int_equal(usual_stack(&finding, "waited for", &sharing), SNAPSHOT_NONE);
}

/* Whichever come first. */
static void the_majority_is_found_in_any_order(void **state)
{
    (void)state;
    uint32_t sharing;
    claim_tasks(3, 2);
    static const int orders[][5] = {{0, 1, 2, 3, 4}, {3, 4, 0, 1, 2}, {0, 3, 1, 4, 2}};
    struct claim sorted[5], *items = sorted;
    finding.claims = items;
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 5; j++)
            sorted[j] = claims[orders[i][j]];
        assert_int_equal(usual_stack(&finding, "is at", &sharing), claims[0].stacks[0].stack);
        assert_int_equal(sharing, 3);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(growth_has_numbers_and_a_time),
        TEST(growth_among_others_says_how_old_they_are),
        TEST(growth_of_what_ends_says_that_it_does),
        TEST(two_looks_may_not_tell_when),
        TEST(contexts_that_nobody_saw_created_are_told_by_their_parents),
        TEST(of_different_parents_only_the_likeness_is_told),
        TEST(a_root_is_told_as_such),
        TEST(most_tasks_may_be_at_one_place),
        TEST(half_of_them_are_not_most),
        TEST(the_majority_is_found_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
