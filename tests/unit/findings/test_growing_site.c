/* Growth from look to look: what only grows is found, what comes and goes is not. */
#include "findings/findings.h"
#include "findings/growth.h"
#include "findings/rule.h"
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* So many contexts and tasks of two sites, at that second; `fresh` tasks are others each time. */
struct scene {
    int64_t second;
    unsigned contexts, tasks, fresh;
};

static uint32_t stack_of(struct snapshot_builder *builder, const char *function)
{
    struct snapshot_frame frame = {.pc = 1, .function = builder_string(builder, function)};
    return builder_stack(builder, &frame, 1, false);
}

static struct snapshot *make_snapshot(const struct scene *scene)
{
    struct snapshot_builder *builder = builder_new();
    struct snapshot_program *program = builder_program(builder);
    program->pid = 1;
    program->state = PROGRAM_ALIVE;
    program->taken_ns = scene->second * 1000000000;
    program->complete = true;
    for (unsigned i = 0; i < scene->contexts; i++) {
        struct snapshot_context context = {.id = 1 + i,
                                           .kind = CONTEXT_CANCEL,
                                           .creation_stack = stack_of(builder, "make_context"),
                                           .cancel_stack = SNAPSHOT_NONE,
                                           .deadline_ns = SNAPSHOT_NEVER,
                                           .ended_ns = SNAPSHOT_NEVER};
        builder_add_context(builder, &context);
    }
    for (unsigned i = 0; i < scene->tasks + scene->fresh; i++) {
        bool is_fresh = i >= scene->tasks;
        struct snapshot_task task = {.id = is_fresh ? (uint64_t)scene->second * 10000 + i : 1 + i,
                                     .kind = TASK_THREAD,
                                     .state = TASK_RUNNING,
                                     .creation_stack = stack_of(builder, "make_task"),
                                     .stack = SNAPSHOT_NONE};
        builder_add_task(builder, &task, 0, 0);
    }
    struct snapshot *snapshot = builder_finish(builder);
    assert_non_null(snapshot);
    return snapshot;
}

static struct findings *check(const struct growth *growth, const struct snapshot *snapshot,
                              uint32_t min_growth)
{
    static const char *const only[] = {"growing-site", NULL};
    struct thresholds thresholds = thresholds_default();
    thresholds.min_growth = min_growth;
    struct findings *findings = findings_check_over_time(snapshot, growth, &thresholds, only);
    assert_non_null(findings);
    return findings;
}

/* Looks at each scene in turn; checks how many sites have only grown, and gives the last. */
static void assert_growing(const struct scene *scenes, size_t count, uint32_t expected,
                           const char *sentence)
{
    struct growth *growth = growth_new();
    struct snapshot *snapshot = NULL;
    for (size_t i = 0; i < count; i++) {
        snapshot_free(snapshot);
        snapshot = make_snapshot(&scenes[i]);
        assert_true(growth_look(growth, snapshot));
    }
    struct findings *findings = check(growth, snapshot, 4);
    assert_int_equal(findings->count, expected);
    if (expected > 0) {
        assert_int_equal(findings->items[0].confidence, CONFIDENCE_SUSPECT);
        assert_string_equal(findings->items[0].sentence, sentence);
        for (uint32_t i = 0; i < findings->items[0].count; i++)
            assert_int_not_equal(findings->items[0].claims[i].site, SNAPSHOT_NONE);
    }
    findings_free(findings);
    snapshot_free(snapshot);
    growth_free(growth);
}

static void what_only_grows_is_found(void **state)
{
    (void)state;
    static const struct scene scenes[] = {
        {10, 5, 1, 0}, {20, 7, 1, 0}, {30, 9, 1, 0}, {40, 1200, 1, 0}};
    assert_growing(scenes, 4, 1,
                   "The open contexts created in make_context grew from 5 to 1,200 within 30s, "
                   "all the time, most recently at the end; none was seen to end.");
}

static void tasks_too(void **state)
{
    (void)state;
    static const struct scene scenes[] = {
        {10, 0, 0, 0}, {20, 0, 3, 0}, {30, 0, 4, 0}, {40, 0, 7, 0}};
    assert_growing(scenes, 4, 1,
                   "The tasks created in make_task grew from 0 to 7 within 30s, all the time, "
                   "most recently at the end; none was seen to end.");
}

static void what_comes_and_goes_is_not(void **state)
{
    (void)state;
    static const struct scene shrinks[] = {
        {10, 5, 1, 0}, {20, 9, 2, 0}, {30, 8, 1, 0}, {40, 20, 3, 0}};
    assert_growing(shrinks, 4, 0, "");
    static const struct scene steady[] = {{10, 5, 1, 0}, {20, 5, 1, 0}, {30, 5, 1, 0}};
    assert_growing(steady, 3, 0, "");
    static const struct scene once[] = {{10, 5, 1, 0}, {20, 9, 1, 0}, {30, 9, 1, 0}};
    assert_growing(once, 3, 0, "");
    static const struct scene alone[] = {{10, 5, 1, 0}};
    assert_growing(alone, 1, 0, "");
    static const struct scene went[] = {{10, 5, 1, 0}, {20, 9, 1, 0}, {30, 0, 1, 0}, {40, 5, 1, 0}};
    assert_growing(went, 4, 0, "");
}

static void what_ended_long_ago_is_not(void **state)
{
    (void)state;
    struct scene scenes[40];
    for (int i = 0; i < 40; i++)
        scenes[i] = (struct scene){i + 1, i < 8 ? 5U * (unsigned)i : 40, 1, 0};
    assert_growing(scenes, 8, 1,
                   "The open contexts created in make_context grew from 0 to 35 within 7.0s, all "
                   "the time, most recently at the end; none was seen to end.");
    assert_growing(scenes, 40, 0, "");
}

/* First in, first out, and more come than go. */
static struct snapshot *backlog(unsigned second)
{
    struct snapshot_builder *builder = builder_new();
    builder_program(builder)->taken_ns = second * INT64_C(1000000000);
    for (unsigned i = 60 * second; i < 100 * second; i++) {
        struct snapshot_task task = {.id = 1 + i,
                                     .kind = TASK_THREAD,
                                     .state = TASK_RUNNING,
                                     .creation_stack = stack_of(builder, "enqueue"),
                                     .stack = SNAPSHOT_NONE};
        builder_add_task(builder, &task, 0, 0);
    }
    return builder_finish(builder);
}

static void a_backlog_is_told_as_one(void **state)
{
    (void)state;
    struct growth *growth = growth_new();
    struct snapshot *snapshot = NULL;
    for (unsigned second = 1; second <= 19; second++) {
        snapshot_free(snapshot);
        snapshot = backlog(second);
        assert_true(growth_look(growth, snapshot));
    }
    struct findings *findings = check(growth, snapshot, 4);
    assert_int_equal(findings->count, 1);
    assert_string_equal(findings->items[0].sentence,
                        "The tasks created in enqueue grew from 40 to 760 within 18s, all the "
                        "time, most recently at the end: 1,060 were seen to end, but they stay "
                        "longer and longer, and more come.");
    findings_free(findings);
    snapshot_free(snapshot);
    growth_free(growth);
}

static void others_each_time_are_no_growth(void **state)
{
    (void)state;
    static const struct scene busier[] = {
        {10, 0, 4, 2}, {20, 0, 4, 9}, {30, 0, 4, 20}, {40, 0, 4, 41}, {50, 0, 4, 80}};
    assert_growing(busier, 5, 0, "");
}

static void what_stays_among_others_is_found(void **state)
{
    (void)state;
    static const struct scene scenes[] = {
        {10, 0, 1, 80}, {20, 0, 9, 90}, {30, 0, 14, 70}, {40, 0, 20, 85}, {50, 0, 26, 60}};
    assert_growing(scenes, 5, 1,
                   "Of the tasks created in make_task more and more stay: those that had been "
                   "there for 10s grew from 1 to 20 within 30s, all the time, most recently "
                   "at the end; none was seen to end.");
}

/* ---- contexts without a creation stack, as in Go programs ---- */

static void add_go_context(struct snapshot_builder *builder, uint64_t id, uint64_t parent,
                           uint8_t kind, const char *key, uint8_t cancellable)
{
    struct snapshot_context context = {
        .id = id,
        .parent_id = parent,
        .kind = kind,
        .key = builder_string(builder, key),
        .creation_stack = SNAPSHOT_NONE,
        .cancel_stack = SNAPSHOT_NONE,
        .deadline_ns = SNAPSHOT_NEVER,
        .ended_ns = SNAPSHOT_NEVER,
        .created_ns = SNAPSHOT_TIME_UNKNOWN,
        .cancellable = {cancellable, cancellable ? PRECONDITION_NONE : PRECONDITION_NOT_OBSERVABLE},
    };
    builder_add_context(builder, &context);
}

/* What is added to a Go program with the contexts background 1, value 2 below it and cancel 3. */
typedef void populate(struct snapshot_builder *builder, unsigned second);

static void assert_go_growth(populate *add, const char *sentence)
{
    struct growth *growth = growth_new();
    struct snapshot *snapshot = NULL;
    struct language collected = native_language;
    collected.collected = true;
    for (unsigned second = 1; second <= 4; second++) {
        struct snapshot_builder *builder = builder_new();
        builder_language(builder, &collected);
        builder_program(builder)->taken_ns = second * INT64_C(1000000000);
        add_go_context(builder, 1, 0, CONTEXT_BACKGROUND, "", FACT_UNKNOWN);
        add_go_context(builder, 2, 1, CONTEXT_VALUE, "main.key", FACT_UNKNOWN);
        add_go_context(builder, 3, 2, CONTEXT_CANCEL, "", FACT_UNKNOWN);
        add(builder, second);
        snapshot_free(snapshot);
        snapshot = builder_finish(builder);
        assert_non_null(snapshot);
        assert_true(growth_look(growth, snapshot));
    }
    struct findings *findings = check(growth, snapshot, 4);
    assert_int_equal(findings->count, sentence ? 1 : 0);
    if (sentence)
        assert_string_equal(findings->items[0].sentence, sentence);
    findings_free(findings);
    snapshot_free(snapshot);
    growth_free(growth);
}

static void below_one_parent(struct snapshot_builder *builder, unsigned second)
{
    for (unsigned i = 0; i < 10 * second; i++)
        add_go_context(builder, 100 + i, 3, CONTEXT_CANCEL, "", FACT_UNKNOWN);
}

/* Each below a parent of its own, all alike. */
static void below_parents_alike(struct snapshot_builder *builder, unsigned second)
{
    for (unsigned i = 0; i < 10 * second; i++) {
        add_go_context(builder, 1000 + i, 3, CONTEXT_VALUE, "main.request", FACT_UNKNOWN);
        add_go_context(builder, 2000 + i, 1000 + i, CONTEXT_CANCEL, "", FACT_YES);
    }
}

/* Nothing says that anybody still knows these: they may wait for the garbage collector. */
static void perhaps_garbage(struct snapshot_builder *builder, unsigned second)
{
    for (unsigned i = 0; i < 10 * second; i++) {
        add_go_context(builder, 1000 + i, 3, CONTEXT_VALUE, "main.request", FACT_UNKNOWN);
        add_go_context(builder, 2000 + i, 2, CONTEXT_CANCEL, "", FACT_UNKNOWN);
    }
}

static void others_below_one_parent(struct snapshot_builder *builder, unsigned second)
{
    for (unsigned i = 0; i < 10 * second; i++)
        add_go_context(builder, 1000 * second + i, 3, CONTEXT_CANCEL, "", FACT_YES);
}

static void contexts_without_a_stack_are_told_by_their_parents(void **state)
{
    (void)state;
    assert_go_growth(below_one_parent,
                     "The open cancel contexts below cancel context 3, below a value context "
                     "(main.key) grew from 10 to 40 within 3.0s, all the time, most recently at "
                     "the end; none was seen to end.");
    assert_go_growth(
        below_parents_alike,
        "The open cancel contexts below a value context (main.request) grew from 10 to 40 within "
        "3.0s, all the time, most recently at the end; none was seen to end.");
    assert_go_growth(others_below_one_parent, NULL);
    assert_go_growth(perhaps_garbage, NULL);
}

static void assert_count(const struct growth *growth, const struct snapshot *snapshot,
                         uint32_t min_growth, uint32_t expected)
{
    struct findings *findings = check(growth, snapshot, min_growth);
    assert_int_equal(findings->count, expected);
    findings_free(findings);
}

static void so_many_more_are_growth(void **state)
{
    (void)state;
    struct growth *growth = growth_new();
    struct snapshot *snapshot = NULL;
    for (unsigned i = 1; i <= 4; i++) {
        snapshot_free(snapshot);
        snapshot = make_snapshot(&(struct scene){i, 10 * i, 1, 0});
        assert_true(growth_look(growth, snapshot));
    }
    assert_count(growth, snapshot, 30, 1);
    assert_count(growth, snapshot, 31, 0);
    /* One look at a time is no look at growth. */
    assert_count(NULL, snapshot, 4, 0);
    snapshot_free(snapshot);
    growth_free(growth);
}

/* What a dead program shows again and again is no plateau. */
static void what_has_ended_is_looked_at_once(void **state)
{
    (void)state;
    struct growth *growth = growth_new();
    struct snapshot *snapshot = NULL;
    for (unsigned i = 1; i <= 12; i++) {
        snapshot_free(snapshot);
        struct snapshot *taken =
            make_snapshot(&(struct scene){i < 5 ? i : 5, i < 5 ? 10 * i : 50, 1, 0});
        taken->program.state = i < 5 ? PROGRAM_ALIVE : PROGRAM_DEAD;
        snapshot = taken;
        assert_true(growth_look(growth, snapshot));
    }
    assert_count(growth, snapshot, 4, 1);
    snapshot_free(snapshot);
    growth_free(growth);
}

static void another_program_begins_again(void **state)
{
    (void)state;
    struct growth *growth = growth_new();
    struct snapshot *snapshot = NULL;
    for (unsigned i = 1; i <= 4; i++) {
        snapshot_free(snapshot);
        snapshot = make_snapshot(&(struct scene){i, 10 * i, 1, 0});
        snapshot->program.pid = i < 3 ? 1 : 2;
        assert_true(growth_look(growth, snapshot));
    }
    assert_count(growth, snapshot, 4, 0);
    assert_int_equal(growth_last(growth).open, 40);
    snapshot_free(snapshot);
    growth_free(growth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_only_grows_is_found),
        cmocka_unit_test(tasks_too),
        cmocka_unit_test(what_comes_and_goes_is_not),
        cmocka_unit_test(what_ended_long_ago_is_not),
        cmocka_unit_test(a_backlog_is_told_as_one),
        cmocka_unit_test(others_each_time_are_no_growth),
        cmocka_unit_test(what_stays_among_others_is_found),
        cmocka_unit_test(contexts_without_a_stack_are_told_by_their_parents),
        cmocka_unit_test(so_many_more_are_growth),
        cmocka_unit_test(what_has_ended_is_looked_at_once),
        cmocka_unit_test(another_program_begins_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
