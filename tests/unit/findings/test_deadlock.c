#include "scene.h"

static void blocked(struct scene *scene, uint64_t id, uint32_t object,
                    enum wait_operation operation, struct snapshot_wait wait)
{
    scene_task(scene, (struct snapshot_task){.id = id, .state = TASK_WAITING});
    scene_wait(scene, id, object, operation, wait);
}

static void two_locks_in_two_orders_are_proved(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    blocked(&scene, 2, mutex_of(&scene, 70, 3), WAIT_LOCK,
            (struct snapshot_wait){.stack = at(&scene, "transfer", 20), .since_ns = ago(9)});
    blocked(&scene, 3, mutex_of(&scene, 71, 2), WAIT_LOCK,
            (struct snapshot_wait){.stack = at(&scene, "audit", 40), .since_ns = ago(5.2)});
    scene_check(&scene);
    const struct finding *finding = finding_of(&scene, "deadlock", CONFIDENCE_PROVED);
    assert_int_equal(finding->rule->severity, SEVERITY_CRITICAL);
    assert_non_null(strstr(finding->sentence, "thread 102 waits to lock mutex 70, which thread 103 "
                                              "holds"));
    assert_non_null(strstr(finding->sentence, "thread 103 waits to lock mutex 71, which thread 102 "
                                              "holds"));
    assert_non_null(strstr(finding->sentence, "; since 5.2s."));
    assert_non_null(finding->claims[0].stacks[1].label);
    expect_findings(&scene, 1);
    scene_free(&scene);
}

/* Two threads hold against each other what any thread can unlock; another one runs, or none. */
static bool names_rule_of_locks(bool any_unlocks, bool others_run)
{
    struct scene scene = scene_without_tasks();
    scene_task(&scene, (struct snapshot_task){.id = MAIN, .main = true, .state = TASK_WAITING});
    if (others_run)
        scene_task(&scene, (struct snapshot_task){.id = 4, .state = TASK_RUNNING});
    scene_wait(&scene, MAIN, task_object(&scene, 2), WAIT_JOIN, (struct snapshot_wait){0});
    for (uint64_t id = 2; id < 4; id++)
        blocked(&scene, id, mutex_of(&scene, 70 + id, 5 - id), WAIT_LOCK,
                (struct snapshot_wait){.any_unlocks = any_unlocks});
    scene_check(&scene);
    const struct finding *finding = finding_of(&scene, "deadlock", CONFIDENCE_PROVED);
    bool named = strstr(finding->sentence, "This rests on the rule that a thread unlocks only what "
                                           "it has locked.") != NULL;
    scene_free(&scene);
    return named;
}

static void a_proof_names_the_rule_that_it_rests_on(void **state)
{
    (void)state;
    assert_true(names_rule_of_locks(true, true));
    assert_false(names_rule_of_locks(true, false)); /* nobody is left that could break it */
    assert_false(names_rule_of_locks(false, true)); /* nobody but the holder can unlock it */
}

static uint64_t fingerprint_of_circle(uint64_t first, uint64_t second)
{
    struct scene scene = scene_new();
    blocked(&scene, first, mutex_of(&scene, 70, second), WAIT_LOCK,
            (struct snapshot_wait){.stack = at(&scene, "transfer", 20)});
    blocked(&scene, second, mutex_of(&scene, 71, first), WAIT_LOCK,
            (struct snapshot_wait){.stack = at(&scene, "audit", 40)});
    uint64_t fingerprint = finding_of(&scene, "deadlock", CONFIDENCE_PROVED)->fingerprint;
    scene_free(&scene);
    return fingerprint;
}

static void whoever_came_first_it_is_the_same_finding(void **state)
{
    (void)state;
    assert_true(fingerprint_of_circle(2, 3) == fingerprint_of_circle(3, 2));
}

/* Of a circle in which each locks what the next one holds; the places are letters. */
static uint64_t fingerprint_of_places(const char *places)
{
    struct scene scene = scene_new();
    size_t length = strlen(places);
    for (size_t i = 0; i < length; i++) {
        char function[] = {'f', '_', places[i], '\0'};
        blocked(&scene, 2 + i, mutex_of(&scene, 70 + i, 2 + (i + 1) % length), WAIT_LOCK,
                (struct snapshot_wait){.stack = at(&scene, function, 20)});
    }
    const struct finding *finding = finding_of(&scene, "deadlock", CONFIDENCE_PROVED);
    uint64_t fingerprint = finding->fingerprint;
    assert_int_equal(finding->count, 1);
    scene_free(&scene);
    return fingerprint;
}

static void another_partner_is_another_defect(void **state)
{
    (void)state;
    assert_true(fingerprint_of_places("ab") != fingerprint_of_places("ac"));
    assert_true(fingerprint_of_places("ab") != fingerprint_of_places("abc"));
    assert_true(fingerprint_of_places("abc") == fingerprint_of_places("cba"));
    /* Of a pool, it does not matter how many lock each other out. */
    assert_true(fingerprint_of_places("aaa") == fingerprint_of_places("aaaaa"));
    assert_true(fingerprint_of_places("aaa") != fingerprint_of_places("aab"));
}

static void circles_with_different_partners_are_two_findings(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    for (uint64_t i = 0; i < 2; i++) {
        blocked(&scene, 2 + 2 * i, mutex_of(&scene, 70 + 2 * i, 3 + 2 * i), WAIT_LOCK,
                (struct snapshot_wait){.stack = at(&scene, "transfer", 20)});
        blocked(&scene, 3 + 2 * i, mutex_of(&scene, 71 + 2 * i, 2 + 2 * i), WAIT_LOCK,
                (struct snapshot_wait){.stack = at(&scene, i ? "audit" : "nightly", 40)});
    }
    expect_findings(&scene, 2);
    scene_free(&scene);
}

static void a_lock_that_the_waiter_holds_itself_is_proved(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    blocked(&scene, 2, mutex_of(&scene, 70, 2), WAIT_LOCK,
            (struct snapshot_wait){.stack = at(&scene, "again", 20)});
    for (uint64_t id = 3; id < 6; id++)
        blocked(&scene, id, mutex_of(&scene, 70, 2), WAIT_LOCK, (struct snapshot_wait){0});
    expect_only(&scene, "deadlock", CONFIDENCE_PROVED, 1,
                "thread 102 waits to lock mutex 70, which it holds itself; since 10s; 3 more "
                "tasks wait behind it.");
}

static void joining_who_needs_the_lock_is_proved(void **state)
{
    (void)state;
    struct scene scene = scene_without_tasks();
    scene_task(&scene, (struct snapshot_task){.id = MAIN, .main = true, .state = TASK_WAITING});
    scene_wait(&scene, MAIN, task_object(&scene, 2), WAIT_JOIN, (struct snapshot_wait){0});
    blocked(&scene, 2, mutex_of(&scene, 70, MAIN), WAIT_LOCK, (struct snapshot_wait){0});
    expect_only(&scene, "deadlock", CONFIDENCE_PROVED, 1, NULL);
}

static void long_circles_are_one_finding(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    for (uint64_t id = 10; id < 20; id++)
        blocked(&scene, id, mutex_of(&scene, id, id == 19 ? 10 : id + 1), WAIT_LOCK,
                (struct snapshot_wait){0});
    scene_check(&scene);
    assert_non_null(strstr(finding_of(&scene, "deadlock", CONFIDENCE_PROVED)->sentence,
                           "; and so on in a circle;"));
    expect_only(&scene, "deadlock", CONFIDENCE_PROVED, 1, NULL);
}

static void circles_of_one_kind_are_counted(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    uint32_t stack = at(&scene, "again", 20);
    for (uint64_t id = 10; id < 15; id++)
        blocked(&scene, id, mutex_of(&scene, id, id), WAIT_LOCK,
                (struct snapshot_wait){.stack = stack, .since_ns = ago((double)id)});
    expect_only(&scene, "deadlock", CONFIDENCE_PROVED, 5,
                "5 deadlocks, the oldest: thread 114 waits to lock mutex 14, which it holds "
                "itself; since 14s.");
}

/* Nor does it matter where the tasks behind the circle wait. */
static void a_circle_without_stacks_is_told_from_its_first_task(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    blocked(&scene, 2, mutex_of(&scene, 70, 5), WAIT_LOCK, (struct snapshot_wait){0});
    blocked(&scene, 4, mutex_of(&scene, 70, 5), WAIT_LOCK, (struct snapshot_wait){0});
    blocked(&scene, 5, mutex_of(&scene, 71, 4), WAIT_LOCK, (struct snapshot_wait){0});
    expect_only(&scene, "deadlock", CONFIDENCE_PROVED, 1,
                "thread 104 waits to lock mutex 70, which thread 105 holds; thread 105 waits to "
                "lock mutex 71, which thread 104 holds; since 10s; 1 more task waits behind "
                "them.");
}

static void a_way_out_makes_it_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    blocked(&scene, 2, mutex_of(&scene, 70, 3), WAIT_LOCK,
            (struct snapshot_wait){.until_ns = ahead(60)});
    blocked(&scene, 3, mutex_of(&scene, 71, 2), WAIT_LOCK, (struct snapshot_wait){0});
    expect_only(&scene, "deadlock", CONFIDENCE_SUSPECT, 1, NULL);
}

static void an_unknown_way_out_makes_it_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_context_with(
        &scene,
        (struct snapshot_context){.id = 2,
                                  .parent_id = BACKGROUND,
                                  .observers = 1,
                                  .cancellable = fact_unknown(PRECONDITION_COUNTED_REFERENCES)},
        (struct context_options){.uncounted = true});
    blocked(&scene, 2, task_object(&scene, 3), WAIT_JOIN, (struct snapshot_wait){.bounded_by = 2});
    blocked(&scene, 3, mutex_of(&scene, 71, 2), WAIT_LOCK, (struct snapshot_wait){0});
    scene_check(&scene);
    const struct finding *finding = finding_of(&scene, "deadlock", CONFIDENCE_LIKELY);
    assert_int_equal(finding->missing, PRECONDITION_COUNTED_REFERENCES);
    scene_free(&scene);
}

static uint32_t mutex_seen(struct scene *scene, uint64_t key, uint64_t owner, double seconds_ago)
{
    return scene_object(scene, key,
                        (struct snapshot_object){.kind = OBJECT_MUTEX,
                                                 .owner_task_id = owner,
                                                 .owner_seen_ns = ago(seconds_ago)});
}

/* 2 was blocked first; whether 3 let go of mutex 70 before it was blocked itself is not known. */
static void a_holder_seen_before_it_was_blocked_makes_it_likely(void **state)
{
    (void)state;
    for (int seen_again = 0; seen_again < 2; seen_again++) {
        struct scene scene = scene_new();
        blocked(&scene, 2, mutex_seen(&scene, 70, 3, seen_again ? 4 : 9), WAIT_LOCK,
                (struct snapshot_wait){.since_ns = ago(9)});
        blocked(&scene, 3, mutex_seen(&scene, 71, 2, 5), WAIT_LOCK,
                (struct snapshot_wait){.since_ns = ago(5)});
        expect_only(&scene, "deadlock", seen_again ? CONFIDENCE_PROVED : CONFIDENCE_LIKELY, 1,
                    NULL);
    }
}

/* What a waiter in a queue for one lock looks like that has just been given it. */
static void a_wait_that_may_be_over_is_no_edge(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct fact moving = fact_unknown(PRECONDITION_TWO_SNAPSHOTS_AGREE);
    scene_task(&scene, (struct snapshot_task){.id = 2, .state = TASK_WAITING, .wakeable = moving});
    scene_wait(&scene, 2, mutex_of(&scene, 70, 2), WAIT_LOCK,
               (struct snapshot_wait){.may_be_over = true});
    blocked(&scene, 3, mutex_of(&scene, 70, 2), WAIT_LOCK, (struct snapshot_wait){0});
    expect_silence(&scene);
}

static void what_is_unknown_of_one_member_makes_it_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct fact lost = fact_unknown(PRECONDITION_NO_LOSSES);
    scene_task(&scene, (struct snapshot_task){.id = 2, .state = TASK_WAITING, .wakeable = lost});
    scene_wait(&scene, 2, mutex_of(&scene, 70, 3), WAIT_LOCK, (struct snapshot_wait){0});
    blocked(&scene, 3, mutex_of(&scene, 71, 2), WAIT_LOCK, (struct snapshot_wait){0});
    scene_check(&scene);
    const struct finding *finding = finding_of(&scene, "deadlock", CONFIDENCE_LIKELY);
    assert_int_equal(finding->missing, PRECONDITION_NO_LOSSES);
    scene_free(&scene);
}

static void silent_without_a_circle_and_while_it_is_young(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    for (uint64_t id = 10; id < 20; id++) /* a queue behind main, who runs */
        blocked(&scene, id, mutex_of(&scene, id, id == 19 ? MAIN : id + 1), WAIT_LOCK,
                (struct snapshot_wait){0});
    expect_silence(&scene);

    scene = scene_new(); /* a circle of which one wait has just begun */
    blocked(&scene, 2, mutex_of(&scene, 70, 3), WAIT_LOCK, (struct snapshot_wait){0});
    blocked(&scene, 3, mutex_of(&scene, 71, 2), WAIT_LOCK,
            (struct snapshot_wait){.since_ns = ago(0.01)});
    expect_silence(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_locks_in_two_orders_are_proved),
        cmocka_unit_test(a_proof_names_the_rule_that_it_rests_on),
        cmocka_unit_test(whoever_came_first_it_is_the_same_finding),
        cmocka_unit_test(another_partner_is_another_defect),
        cmocka_unit_test(circles_with_different_partners_are_two_findings),
        cmocka_unit_test(a_lock_that_the_waiter_holds_itself_is_proved),
        cmocka_unit_test(joining_who_needs_the_lock_is_proved),
        cmocka_unit_test(long_circles_are_one_finding),
        cmocka_unit_test(circles_of_one_kind_are_counted),
        cmocka_unit_test(a_circle_without_stacks_is_told_from_its_first_task),
        cmocka_unit_test(a_way_out_makes_it_suspect),
        cmocka_unit_test(an_unknown_way_out_makes_it_likely),
        cmocka_unit_test(a_holder_seen_before_it_was_blocked_makes_it_likely),
        cmocka_unit_test(a_wait_that_may_be_over_is_no_edge),
        cmocka_unit_test(what_is_unknown_of_one_member_makes_it_likely),
        cmocka_unit_test(silent_without_a_circle_and_while_it_is_young),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
