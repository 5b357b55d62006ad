/* The samples of a watch in the report. */
#include "base/error.h"
#include "ctxreport/growth_ingest.h"
#include "report_test.h"
#include "snapshot/builder.h"

/* So many open contexts of one site, and tasks of another, at that second. */
static struct snapshot *make_snapshot(unsigned second, unsigned contexts, unsigned tasks)
{
    struct snapshot_builder *builder = builder_new();
    struct snapshot_frame frame = {.pc = 1, .function = builder_string(builder, "make")};
    uint32_t stack = builder_stack(builder, &frame, 1, false);
    struct snapshot_program *program = builder_program(builder);
    program->pid = 1;
    program->taken_ns = second * INT64_C(1000000000);
    for (unsigned i = 0; i < contexts; i++) {
        struct snapshot_context context = {.id = 1 + i,
                                           .kind = CONTEXT_CANCEL,
                                           .creation_stack = stack,
                                           .cancel_stack = SNAPSHOT_NONE,
                                           .deadline_ns = SNAPSHOT_NEVER,
                                           .ended_ns = SNAPSHOT_NEVER};
        builder_add_context(builder, &context);
    }
    for (unsigned i = 0; i < tasks; i++) {
        struct snapshot_task task = {
            .id = 1 + i, .state = TASK_RUNNING, .creation_stack = stack, .stack = SNAPSHOT_NONE};
        builder_add_task(builder, &task, 0, 0);
    }
    struct snapshot *snapshot = builder_finish(builder);
    assert_non_null(snapshot);
    return snapshot;
}

static void samples_are_kept(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *store = store_create(NULL, &error);
    struct growth *growth = growth_new();
    struct run run = {.subcommand = "inspect", .target = "1", .thresholds = thresholds_default()};
    assert_true(store_begin(store, &error));
    int64_t run_id = ingest_run(store, &run, &error);
    for (unsigned i = 1; i <= 3; i++) {
        struct snapshot *snapshot = make_snapshot(i, 10 * i, i);
        assert_true(growth_look(growth, snapshot));
        assert_true(growth_ingest(growth, store, run_id, snapshot, &error));
        snapshot_free(snapshot);
    }
    assert_true(store_commit(store, &error));
    assert_int_equal(number_of(store, "SELECT sum(open) FROM samples"), 60);
    assert_int_equal(number_of(store, "SELECT count(*) FROM growth WHERE drops = 0 AND rises = 2"),
                     2);
    assert_int_equal(number_of(store, "SELECT highest FROM growth WHERE kind = 'contexts'"), 30);
    growth_free(growth);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(samples_are_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
