/* Growth from one report to another: of the same program, and by what stays. */
#include "base/error.h"
#include "ctxreport/growth_between.h"
#include "findings/findings.h"
#include "report_test.h"
#include "snapshot/builder.h"

/* A program with so many tasks that are there from the first one on, and others. */
struct scene {
    int64_t started_s, taken_s;
    unsigned lasting, others;
    int64_t
        made_until_s; /* one after the other from the tenth second on; 0: it is not known when */
};

static int64_t created_ns(const struct scene *scene, unsigned index)
{
    int64_t made_ns = (scene->made_until_s - 10) * INT64_C(1000000000);
    if (scene->made_until_s == 0)
        return SNAPSHOT_TIME_UNKNOWN;
    if (index < 8)
        return 5000000000;
    return 10000000000 + made_ns * (index - 7) / (scene->lasting - 7);
}

static uint32_t stack_of(struct snapshot_builder *builder, const char *inner, const char *outer)
{
    struct snapshot_frame frames[] = {{.pc = 2,
                                       .function = builder_string(builder, inner),
                                       .file = builder_string(builder, "queue.c"),
                                       .line = 7},
                                      {.pc = 1, .function = builder_string(builder, outer)}};
    return builder_stack(builder, frames, 2, false);
}

static struct snapshot *make_snapshot(const struct scene *scene)
{
    struct snapshot_builder *builder = builder_new();
    struct snapshot_program *program = builder_program(builder);
    program->pid = 4711;
    program->state = PROGRAM_ALIVE;
    program->started_ns = scene->started_s * 1000000000;
    program->taken_ns = scene->taken_s * 1000000000;
    program->complete = true;
    struct snapshot_context root = {.id = 1,
                                    .kind = CONTEXT_BACKGROUND,
                                    .creation_stack = SNAPSHOT_NONE,
                                    .cancel_stack = SNAPSHOT_NONE,
                                    .deadline_ns = SNAPSHOT_NEVER};
    builder_add_context(builder, &root);
    for (unsigned i = 0; i < scene->lasting + scene->others; i++) {
        uint64_t number = i < scene->lasting ? i : (uint64_t)scene->taken_s * 10000 + i;
        struct snapshot_task task = {.id = 1 + number,
                                     .kind = TASK_THREAD,
                                     .state = TASK_RUNNING,
                                     .created_ns = created_ns(scene, i),
                                     .exited_ns = SNAPSHOT_NEVER,
                                     .creation_stack = stack_of(builder, "make_task", "main"),
                                     .stack = stack_of(builder, "work", "make_task")};
        builder_add_task(builder, &task, 0, 0);
        struct snapshot_context context = {.id = 2 + number,
                                           .parent_id = 1,
                                           .kind = CONTEXT_CANCEL,
                                           .name = builder_string(builder, "job"),
                                           .created_ns = created_ns(scene, i),
                                           .creation_stack = SNAPSHOT_NONE,
                                           .cancel_stack = SNAPSHOT_NONE,
                                           .ended_ns = SNAPSHOT_NEVER,
                                           .deadline_ns = SNAPSHOT_NEVER};
        builder_add_context(builder, &context);
    }
    struct snapshot *snapshot = builder_finish(builder);
    assert_non_null(snapshot);
    return snapshot;
}

static int64_t keep(struct store *store, const struct scene *scene)
{
    struct error error = {""};
    struct thresholds thresholds = thresholds_default();
    struct run run = {.subcommand = "inspect", .target = "4711", .thresholds = thresholds};
    struct snapshot *snapshot = make_snapshot(scene);
    struct findings *findings = findings_check(snapshot, &thresholds, NULL);
    assert_true(store_begin(store, &error));
    int64_t run_id = ingest_run(store, &run, &error);
    if (!ingest_program(store, run_id, snapshot, findings, &error))
        fail_msg("%s", error.sentence);
    assert_true(store_commit(store, &error));
    findings_free(findings);
    snapshot_free(snapshot);
    return run_id;
}

static struct growth_between between(const struct scene *then, const struct scene *now)
{
    struct error error = {""};
    struct growth_between growth;
    struct store *store = store_create(NULL, &error);
    int64_t older = keep(store, then), newer = keep(store, now);
    struct selection one = {store, &older, 1}, other = {store, &newer, 1};
    if (!growth_between_make(&growth, &one, &other, &error))
        fail_msg("%s", error.sentence);
    store_close(store);
    return growth;
}

static void what_has_grown_is_told_with_its_place(void **state)
{
    (void)state;
    struct growth_between growth =
        between(&(struct scene){1, 10, 8, 2, 0}, &(struct scene){1, 70, 40, 2, 0});
    assert_int_equal(growth.count, 2);
    for (size_t i = 0; i < growth.count; i++) {
        const struct grown_between *item = &growth.items[i];
        assert_int_equal(item->old_count, 10);
        assert_int_equal(item->new_count, 42);
        if (item->site[0]) {
            assert_string_equal(item->site, "make_task (queue.c:7)");
            assert_string_equal(
                item->sentence,
                "The tasks created in make_task grew from 10 to 42 within 1m00s; when, two "
                "looks cannot tell; 2 were seen to end. 42 of them are now in work (queue.c:7).");
        } else {
            assert_string_equal(
                item->sentence,
                "The open cancel contexts below background grew from 10 to 42 within 1m00s; "
                "when, two looks cannot tell; 2 were seen to end.");
        }
    }
    assert_string_not_equal(growth.items[0].fingerprint, growth.items[1].fingerprint);
    growth_between_free(&growth);
}

static void what_grew_to_the_end_is_told_from_what_stopped(void **state)
{
    (void)state;
    struct growth_between growth =
        between(&(struct scene){1, 10, 8, 0, 10}, &(struct scene){1, 70, 40, 0, 70});
    assert_int_equal(growth.count, 2);
    for (size_t i = 0; i < growth.count; i++)
        assert_non_null(strstr(growth.items[i].sentence,
                               " grew from 8 to 40 within 1m00s, all the time, "
                               "most recently at the end; none was seen to end."));
    growth_between_free(&growth);
    growth = between(&(struct scene){1, 10, 8, 0, 10}, &(struct scene){1, 70, 40, 0, 25});
    assert_int_equal(growth.count, 0);
    growth_between_free(&growth);
}

static void assert_nothing(struct scene then, struct scene now)
{
    struct growth_between growth = between(&then, &now);
    assert_int_equal(growth.count, 0);
    growth_between_free(&growth);
}

static void what_does_not_stay_is_no_growth(void **state)
{
    (void)state;
    assert_nothing((struct scene){1, 10, 0, 10, 0}, (struct scene){1, 70, 0, 400, 0});
    assert_nothing((struct scene){1, 10, 10, 0, 0}, (struct scene){1, 70, 10, 0, 0});
    assert_nothing((struct scene){1, 10, 10, 0, 0}, (struct scene){1, 70, 5, 0, 0});
    /* There were none yet, so nothing is known to stay. */
    assert_nothing((struct scene){1, 10, 0, 0, 0}, (struct scene){1, 70, 400, 0, 0});
}

static void another_program_is_not_compared(void **state)
{
    (void)state;
    assert_nothing((struct scene){1, 10, 8, 0, 0}, (struct scene){5, 70, 40, 0, 0});
    /* The reports in the wrong order. */
    assert_nothing((struct scene){1, 70, 8, 0, 0}, (struct scene){1, 10, 40, 0, 0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_grown_is_told_with_its_place),
        cmocka_unit_test(what_grew_to_the_end_is_told_from_what_stopped),
        cmocka_unit_test(what_does_not_stay_is_no_growth),
        cmocka_unit_test(another_program_is_not_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
