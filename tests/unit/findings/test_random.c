/*
 * Thousands of random small programs, most of which make no sense: whatever a source hands over,
 * rules neither crash nor loop, findings are as rule.h promises, and where no fact is known nothing
 * is proved that rests on one.
 */
#include "scene.h"

enum { ROUNDS = 4000, MOST = 12 };

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % limit;
}

static int64_t random_time(void)
{
    static const int64_t special[] = {SNAPSHOT_NEVER, SNAPSHOT_TIME_UNKNOWN, 0,
                                      TAKEN_NS,       TAKEN_NS + 1,          INT64_MIN + 1};
    if (random_below(8) == 0)
        return special[random_below(6)];
    return ago((double)random_below(40) - 10);
}

static struct fact random_fact(bool unknown)
{
    if (unknown)
        return fact_unknown(1 + random_below(PRECONDITION_COUNT - 1));
    return (struct fact){.value = (uint8_t)random_below(3),
                         .missing = (uint8_t)random_below(PRECONDITION_COUNT)};
}

static uint32_t random_stack(struct scene *scene)
{
    static const char *const functions[] = {"f", "g", "h"};
    return random_below(3) == 0 ? 0 : at(scene, functions[random_below(3)], 1 + random_below(2));
}

static void random_contexts(struct scene *scene, bool unknown)
{
    for (uint64_t id = 2; id < 2 + MOST; id++) {
        struct snapshot_context context = {
            .id = id,
            .parent_id = random_below(2 + MOST),
            .kind = (uint8_t)random_below(CONTEXT_KIND_COUNT),
            .state = (uint8_t)random_below(4) ? 0 : (uint8_t)random_below(CONTEXT_STATE_COUNT),
            .ended_by = (uint8_t)random_below(CONTEXT_END_COUNT),
            .born_ended = random_below(2),
            .owners_counted = !unknown && random_below(2),
            .owners = random_below(2),
            .observers = random_below(2),
            .created_ns = random_time(),
            .ended_ns = random_time(),
            .deadline_ns = random_time(),
            .requested_deadline_ns = random_time(),
            .creator_task_id = random_below(MOST),
            .creation_stack = random_stack(scene),
            .cancellable = random_fact(unknown),
            .held_only_by_parent = random_fact(unknown),
        };
        scene_context_with(scene, context, (struct context_options){.uncounted = true});
    }
}

static void random_tasks(struct scene *scene, bool unknown)
{
    for (uint64_t id = 2; id < 2 + MOST; id++) {
        struct snapshot_task task = {
            .id = id,
            .kind = (uint8_t)random_below(TASK_KIND_COUNT),
            .state = (uint8_t)random_below(TASK_STATE_COUNT),
            .main = random_below(8) == 0,
            .system = random_below(8) == 0,
            .detached = random_below(2),
            .parent_id = random_below(MOST),
            .creation_stack = random_stack(scene),
            .stack = random_stack(scene),
            .created_ns = random_time(),
            .exited_ns = random_time(),
            .wakeable = random_fact(unknown),
            .wakeable_without_parent = random_fact(unknown),
        };
        scene_task_in(scene, task, random_below(2 + MOST), random_below(2 + MOST));
    }
}

static void random_waits(struct scene *scene, bool unknown)
{
    for (uint32_t i = 0; i < MOST; i++) {
        struct snapshot_object object = {
            .kind = (uint8_t)random_below(OBJECT_KIND_COUNT),
            .owner_task_id = random_below(2 + MOST),
            .owner_seen_ns = random_below(2) ? random_time() : 0,
            .closed = random_below(4) == 0,
            .signalable = random_fact(unknown),
        };
        struct snapshot_wait wait = {
            .group = random_below(2),
            .since_ns = random_time(),
            .until_ns = random_below(4) ? SNAPSHOT_NEVER : random_time(),
            .stack = random_stack(scene),
            .bounded_by = random_below(2) ? 0 : random_below(2 + MOST),
        };
        scene_wait(scene, random_below(2 + MOST),
                   scene_object(scene, 1 + random_below(2 + MOST), object),
                   random_below(WAIT_OPERATION_COUNT), wait);
    }
}

static void check_subject(const struct snapshot *snapshot, const struct claim *claim)
{
    const uint32_t limits[] = {snapshot->context_count, snapshot->task_count,
                               snapshot->object_count};
    assert_true(claim->subject_kind < SUBJECT_KIND_COUNT);
    assert_true(claim->subject < limits[claim->subject_kind]);
    for (int i = 0; i < CLAIM_STACKS && claim->stacks[i].label; i++)
        assert_true(claim->stacks[i].stack < snapshot->stack_count);
}

static void check_finding(const struct scene *scene, const struct finding *finding)
{
    assert_true(finding->count > 0);
    assert_true(finding->confidence < CONFIDENCE_COUNT);
    size_t length = strlen(finding->sentence);
    assert_true(length > 20 && finding->sentence[length - 1] == '.');
    assert_null(strstr(finding->sentence, "  "));
    for (uint32_t i = 0; i < finding->count; i++) {
        const struct claim *claim = &finding->claims[i];
        assert_int_equal(claim->confidence, finding->confidence);
        assert_int_equal(claim->site, finding->site);
        assert_true(claim->confidence != CONFIDENCE_PROVED || claim->missing == PRECONDITION_NONE);
        check_subject(scene->snapshot, claim);
    }
}

static bool rests_on_facts(const struct rule *rule)
{
    static const char *const names[] = {"lost-cancel", "unreleased-timeout", "leaked-task"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(rule->name, names[i]) == 0)
            return true;
    }
    return false;
}

static void random_programs_do_no_harm(void **state)
{
    (void)state;
    uint32_t found = 0;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        random_state = round * UINT64_C(0x9e3779b97f4a7c15);
        bool unknown = round % 2;
        struct scene scene = scene_new();
        if (random_below(4) == 0)
            scene_dead(&scene, random_below(2));
        if (random_below(4) == 0)
            scene_collected(&scene);
        random_contexts(&scene, unknown);
        random_tasks(&scene, unknown);
        random_waits(&scene, unknown);
        scene_check(&scene);
        for (uint32_t i = 0; i < scene.findings->count; i++) {
            const struct finding *finding = &scene.findings->items[i];
            check_finding(&scene, finding);
            assert_false(unknown && rests_on_facts(finding->rule) &&
                         finding->confidence == CONFIDENCE_PROVED);
        }
        found += scene.findings->count;
        scene_free(&scene);
    }
    assert_true(found > ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_programs_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
