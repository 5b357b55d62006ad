/* How evidence is weighed: ages, what has settled, and the claims that are filled in. */
#include "findings/evidence.h"
#include "scene.h"

#define SECOND INT64_C(1000000000)

static const struct thresholds one_second = {.min_age_ns = SECOND};

static struct snapshot taken_when(enum program_state state, bool taken_at_least)
{
    return (struct snapshot){.program = {.taken_ns = TAKEN_NS,
                                         .state = (uint8_t)state,
                                         .taken_at_least = taken_at_least}};
}

static void ages_are_never_negative(void **state)
{
    (void)state;
    struct snapshot snapshot = taken_when(PROGRAM_ALIVE, false);
    assert_int_equal(age_at_snapshot(&snapshot, ago(3)), 3 * SECOND);
    assert_int_equal(age_at_snapshot(&snapshot, ahead(3)), 0);
    assert_int_equal(age_at_snapshot(&snapshot, SNAPSHOT_TIME_UNKNOWN), -1);
    assert_int_equal(age_at_snapshot(&snapshot, SNAPSHOT_NEVER), -1);
    assert_int_equal(age_at_snapshot(&snapshot, INT64_MIN + 1), -1);
    snapshot.program.taken_ns = SNAPSHOT_TIME_UNKNOWN;
    assert_int_equal(age_at_snapshot(&snapshot, ago(3)), -1);
}

static void the_time_left_is_0_when_it_is_over(void **state)
{
    (void)state;
    struct snapshot snapshot = taken_when(PROGRAM_ALIVE, false);
    assert_int_equal(time_left(&snapshot, ahead(3)), 3 * SECOND);
    assert_int_equal(time_left(&snapshot, ago(3)), 0);
    assert_int_equal(time_left(&snapshot, SNAPSHOT_NEVER), 0);
    assert_int_equal(time_left(&snapshot, SNAPSHOT_TIME_UNKNOWN), 0);
    snapshot.program.taken_ns = SNAPSHOT_TIME_UNKNOWN;
    assert_int_equal(time_left(&snapshot, ahead(3)), 0);
}

static void what_is_old_enough_has_settled(void **state)
{
    (void)state;
    const struct snapshot alive = taken_when(PROGRAM_ALIVE, false);
    const struct snapshot dead = taken_when(PROGRAM_DEAD, false);
    assert_true(has_settled(&alive, ago(1), &one_second));
    assert_false(has_settled(&alive, ago(0.9), &one_second));
    assert_true(has_settled(&alive, SNAPSHOT_TIME_UNKNOWN, &one_second));
    assert_true(has_settled(&dead, ago(0), &one_second));

    assert_false(is_young(&alive, ago(1), &one_second));
    assert_true(is_young(&alive, ago(0.9), &one_second));
    assert_true(is_young(&dead, ago(0.9), &one_second));
    assert_false(is_young(&alive, SNAPSHOT_TIME_UNKNOWN, &one_second));
}

static void only_what_has_a_known_age_has_lasted(void **state)
{
    (void)state;
    const struct snapshot alive = taken_when(PROGRAM_ALIVE, false);
    assert_true(has_lasted(&alive, ago(2), 2 * SECOND));
    assert_false(has_lasted(&alive, ago(1.9), 2 * SECOND));
    assert_false(has_lasted(&alive, SNAPSHOT_TIME_UNKNOWN, 0));
}

static void waits_settle_also_in_dead_programs(void **state)
{
    (void)state;
    static const struct {
        enum program_state state;
        bool taken_at_least, since_at_least;
        double age;
        enum settling settling;
    } cases[] = {
        {PROGRAM_ALIVE, false, false, 1, SETTLED},
        {PROGRAM_ALIVE, false, false, 0.9, TOO_YOUNG},
        {PROGRAM_ALIVE, false, true, 0.9, SETTLED},
        {PROGRAM_DEAD, false, false, 1, SETTLED},
        {PROGRAM_DEAD, false, false, 0.9, TOO_YOUNG},
        {PROGRAM_DEAD, true, false, 0.9, PERHAPS_TOO_YOUNG},
        {PROGRAM_ALIVE, true, false, 0.9, TOO_YOUNG},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct snapshot snapshot = taken_when(cases[i].state, cases[i].taken_at_least);
        const struct snapshot_wait wait = {.since_ns = ago(cases[i].age),
                                           .since_at_least = cases[i].since_at_least};
        assert_int_equal(wait_settling(&snapshot, &wait, &one_second), cases[i].settling);
        assert_int_equal(wait_has_settled(&snapshot, &wait, &one_second),
                         cases[i].settling == SETTLED || cases[i].state == PROGRAM_DEAD);
    }
}

static void a_claim_about_a_perhaps_young_wait_is_lowered(void **state)
{
    (void)state;
    struct claim claim = {.confidence = CONFIDENCE_PROVED};
    claim_lower_if_young(&claim, SETTLED);
    claim_lower_if_young(&claim, TOO_YOUNG); /* of which there should be none */
    assert_int_equal(claim.confidence, CONFIDENCE_PROVED);
    claim_lower_if_young(&claim, PERHAPS_TOO_YOUNG);
    assert_int_equal(claim.confidence, CONFIDENCE_SUSPECT);
    assert_int_equal(claim.missing, PRECONDITION_END_SEEN);
}

static void a_claim_has_room_for_some_stacks(void **state)
{
    (void)state;
    struct claim claim = {0};
    claim_add_stack(&claim, "unknown", SNAPSHOT_NONE);
    assert_null(claim.stacks[0].label);
    for (uint32_t i = 0; i <= CLAIM_STACKS; i++)
        claim_add_stack(&claim, "created", i);
    for (uint32_t i = 0; i < CLAIM_STACKS; i++)
        assert_int_equal(claim.stacks[i].stack, i);
}

/* ---- of a snapshot ---- */

static struct snapshot *snapshot;

static int begin(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct snapshot_builder *builder = scene.builder;
    const snapshot_string ab = builder_string(builder, "ab"), c = builder_string(builder, "c");
    const snapshot_string a = builder_string(builder, "a"), bc = builder_string(builder, "bc");
    scene_context(&scene, (struct snapshot_context){
                              .id = 2, .name = ab, .key = c, .creation_stack = at(&scene, "f", 1)});
    scene_context(&scene, (struct snapshot_context){.id = 3, .name = a, .key = bc});
    scene_context(&scene, (struct snapshot_context){.id = 4, .name = ab, .key = c});
    scene_context(&scene, (struct snapshot_context){.id = 5, .type = ab, .key = c});
    scene_context(&scene,
                  (struct snapshot_context){.id = 6, .kind = CONTEXT_VALUE, .name = ab, .key = c});
    scene_context(&scene, (struct snapshot_context){.id = 7, .type = c, .key = c});
    scene_task(&scene, (struct snapshot_task){.id = 2,
                                              .state = TASK_WAITING,
                                              .name = ab,
                                              .stack = at(&scene, "now", 2),
                                              .creation_stack = at(&scene, "made", 3)});
    scene_task(&scene,
               (struct snapshot_task){.id = 3, .name = c, .creation_stack = at(&scene, "made", 3)});
    scene_wait(&scene, 2, channel(&scene, 70, fact_no()), WAIT_RECEIVE,
               (struct snapshot_wait){.since_ns = ago(5), .stack = at(&scene, "waits", 4)});
    snapshot = builder_finish(builder);
    assert_non_null(snapshot);
    return 0;
}

static int end(void **state)
{
    (void)state;
    snapshot_free(snapshot);
    return 0;
}

static uint64_t likeness(uint64_t context)
{
    return likeness_of_context(snapshot, snapshot_find_context(snapshot, context));
}

static void contexts_are_alike_by_kind_and_names(void **state)
{
    (void)state;
    assert_true(likeness(2) == likeness(4));
    assert_true(likeness(2) != likeness(3));
    assert_true(likeness(2) != likeness(5));
    assert_true(likeness(2) != likeness(6));
    assert_true(likeness(5) != likeness(7));
    assert_true(likeness_of_task(snapshot, snapshot_find_task(snapshot, 2)) !=
                likeness_of_task(snapshot, snapshot_find_task(snapshot, 3)));
}

static const char *function_at(uint32_t stack)
{
    const struct snapshot_frame *frame = snapshot_top_frame(snapshot, stack);
    return frame ? snapshot_text(snapshot, frame->function) : "";
}

static void a_context_is_claimed_where_it_was_created(void **state)
{
    (void)state;
    const uint32_t context = snapshot_find_context(snapshot, 2);
    const struct claim claim = claim_about_context(snapshot, context, CONFIDENCE_LIKELY);
    assert_int_equal(claim.confidence, CONFIDENCE_LIKELY);
    assert_int_equal(claim.subject_kind, SUBJECT_CONTEXT);
    assert_int_equal(claim.subject, context);
    assert_int_equal(claim.since_ns, ago(10));
    assert_int_not_equal(claim.site, SNAPSHOT_NONE);
    assert_string_equal(claim.stacks[0].label, "created");
    assert_string_equal(function_at(claim.stacks[0].stack), "f");
    const struct claim other =
        claim_about_context(snapshot, snapshot_find_context(snapshot, 3), CONFIDENCE_LIKELY);
    assert_int_equal(other.site, SNAPSHOT_NONE);
    assert_null(other.stacks[0].label);
}

static void a_task_is_claimed_where_it_waits_or_is(void **state)
{
    (void)state;
    const uint32_t task = snapshot_find_task(snapshot, 2);
    const uint32_t first = snapshot->tasks[task].first_wait;
    const struct claim waits = claim_about_task(snapshot, task, first, CONFIDENCE_PROVED);
    assert_int_equal(waits.since_ns, ago(5));
    assert_string_equal(waits.stacks[0].label, "waits");
    assert_string_equal(function_at(waits.stacks[0].stack), "waits");
    assert_string_equal(waits.stacks[1].label, "task created");
    assert_string_equal(function_at(waits.stacks[1].stack), "made");
    assert_int_equal(waits.site, site_of_stack(snapshot, waits.stacks[0].stack));

    const struct claim is_at = claim_about_task(snapshot, task, SNAPSHOT_NONE, CONFIDENCE_PROVED);
    assert_int_equal(is_at.since_ns, ago(100));
    assert_string_equal(is_at.stacks[0].label, "is at");
    assert_string_equal(function_at(is_at.stacks[0].stack), "now");

    const struct claim nowhere = claim_about_task(snapshot, snapshot_find_task(snapshot, 3),
                                                  SNAPSHOT_NONE, CONFIDENCE_PROVED);
    assert_int_equal(nowhere.site, site_of_stack(snapshot, waits.stacks[1].stack));
    assert_string_equal(nowhere.stacks[0].label, "task created");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_are_never_negative),
        cmocka_unit_test(the_time_left_is_0_when_it_is_over),
        cmocka_unit_test(what_is_old_enough_has_settled),
        cmocka_unit_test(only_what_has_a_known_age_has_lasted),
        cmocka_unit_test(waits_settle_also_in_dead_programs),
        cmocka_unit_test(a_claim_about_a_perhaps_young_wait_is_lowered),
        cmocka_unit_test(a_claim_has_room_for_some_stacks),
        cmocka_unit_test(contexts_are_alike_by_kind_and_names),
        cmocka_unit_test(a_context_is_claimed_where_it_was_created),
        cmocka_unit_test(a_task_is_claimed_where_it_waits_or_is),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
