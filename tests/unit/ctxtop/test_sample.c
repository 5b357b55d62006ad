/* What is derived from a snapshot: sums, waiters, findings, rates, the program's clock. */
#include "ctxtop/sample.h"
#include "scene.h"

static uint32_t index_of(const struct sample *sample, uint64_t id)
{
    uint32_t index = snapshot_find_context(sample->snapshot, id);
    assert_int_not_equal(index, SNAPSHOT_NONE);
    return index;
}

static void sums_are_of_all_below(void **state)
{
    struct sample *sample = scene_sample();
    (void)state;
    const struct context_sums *root = &sample->sums[index_of(sample, 1)];
    assert_int_equal(root->descendants, 5);
    assert_int_equal(root->open, 5);
    assert_int_equal(root->waiters, 2);
    assert_true(root->nearest_deadline_ns == 110 * SECOND);
    const struct context_sums *leaf = &sample->sums[index_of(sample, 5)];
    assert_int_equal(leaf->descendants, 0);
    assert_int_equal(leaf->open, 0);
    assert_true(leaf->nearest_deadline_ns == SNAPSHOT_NEVER);
    sample_free(sample);
}

static void waiters_wait_for_it_or_are_bounded_by_it(void **state)
{
    struct sample *sample = scene_sample();
    (void)state;
    assert_int_equal(sample->waiters[index_of(sample, 2)], 2);
    assert_int_equal(sample->waiters[index_of(sample, 4)], 0);
    sample_free(sample);
}

static void a_wait_counts_once(void **state)
{
    struct snapshot_builder *builder = scene_build(0);
    (void)state;
    scene_task(builder, 4, "both", false);
    scene_wait(builder, 4, OBJECT_CONTEXT, 4, WAIT_DONE, 4);
    struct sample *sample = sample_new(builder_finish(builder), NULL, NULL, 0);
    assert_int_equal(sample->waiters[index_of(sample, 4)], 1);
    sample_free(sample);
}

static void findings_are_told_by_what_they_concern(void **state)
{
    struct sample *sample = scene_sample();
    (void)state;
    const struct finding *finding = sample_finding(sample, SUBJECT_CONTEXT, index_of(sample, 3));
    assert_non_null(finding);
    assert_string_equal(finding->rule->name, "lost-cancel");
    assert_null(sample_finding(sample, SUBJECT_CONTEXT, index_of(sample, 1)));
    assert_ptr_equal(sample_finding_below(sample, index_of(sample, 1)), finding);
    assert_null(sample_finding_below(sample, index_of(sample, 4)));
    assert_null(sample_finding(sample, SUBJECT_TASK, SNAPSHOT_NONE));
    sample_free(sample);
}

static void tasks_are_counted(void **state)
{
    struct sample *sample = scene_sample();
    (void)state;
    assert_int_equal(sample->shown_tasks, 2);
    assert_int_equal(sample->system_tasks, 1);
    assert_int_equal(sample->blocked_tasks, 2);
    assert_int_equal(sample->open_contexts, 6);
    sample_free(sample);
}

static struct sample *counted(int64_t taken_ns, uint64_t created, uint64_t ended,
                              const struct sample *previous)
{
    struct snapshot_builder *builder = scene_begin();
    struct snapshot_program *program = builder_program(builder);
    program->taken_ns = taken_ns;
    program->contexts_created = created;
    program->contexts_ended = ended;
    return sample_new(builder_finish(builder), NULL, previous, 0);
}

static void rates_are_between_two_samples(void **state)
{
    (void)state;
    struct sample *first = counted(10 * SECOND, 100, 50, NULL);
    assert_false(first->rates.known);
    assert_int_equal(first->number, 1);
    struct sample *second = counted(12 * SECOND, 120, 51, first);
    assert_true(second->rates.known);
    assert_true(second->rates.created == 10.0);
    assert_true(second->rates.ended == 0.5);
    assert_int_equal(second->number, 2);
    /* A clock that stands still, and counts that go back, are no rate. */
    struct sample *third = counted(12 * SECOND, 120, 51, second);
    assert_false(third->rates.known);
    struct sample *fourth = counted(14 * SECOND, 3, 2, second);
    assert_false(fourth->rates.known);
    sample_free(first);
    sample_free(second);
    sample_free(third);
    sample_free(fourth);
}

static void clock_goes_on_while_the_program_lives(void **state)
{
    struct sample *sample = scene_sample();
    (void)state;
    sample->received_ns = 1000 * SECOND;
    assert_true(sample_now(sample, 1003 * SECOND) == TAKEN_NS + 3 * SECOND);
    assert_true(sample_now(sample, 999 * SECOND) == TAKEN_NS);
    sample_free(sample);
}

static void clock_of_the_dead_stands_still(void **state)
{
    struct snapshot_builder *builder = scene_begin();
    (void)state;
    builder_program(builder)->state = PROGRAM_DEAD;
    struct sample *sample = sample_new(builder_finish(builder), NULL, NULL, 5 * SECOND);
    assert_true(sample_now(sample, 1000 * SECOND) == TAKEN_NS);
    sample_free(sample);
}

static void empty_snapshots_work(void **state)
{
    struct sample *sample = sample_new(builder_finish(scene_begin()), NULL, NULL, 0);
    (void)state;
    assert_non_null(sample);
    assert_int_equal(sample->preorder_count, 0);
    sample_free(sample);
    sample_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_of_all_below),
        cmocka_unit_test(waiters_wait_for_it_or_are_bounded_by_it),
        cmocka_unit_test(a_wait_counts_once),
        cmocka_unit_test(findings_are_told_by_what_they_concern),
        cmocka_unit_test(tasks_are_counted),
        cmocka_unit_test(rates_are_between_two_samples),
        cmocka_unit_test(clock_goes_on_while_the_program_lives),
        cmocka_unit_test(clock_of_the_dead_stands_still),
        cmocka_unit_test(empty_snapshots_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
