#include "view_test.h"

/* Has these events instead of those of scene.h; `add` writes them. */
static void show_events(void (*add)(struct snapshot_builder *builder))
{
    struct snapshot_builder *builder = scene_build(0);
    add(builder);
    sample_free(sample);
    sample = sample_new(builder_finish(builder), NULL, NULL, 0);
    assert_non_null(sample);
    model.sample = sample;
}

static void add_some(struct snapshot_builder *builder)
{
    const struct snapshot_event events[] = {
        {.time_ns = 40 * SECOND,
         .kind = EVENT_CONTEXT_CREATED,
         .subject_id = 4,
         .task_id = 1,
         .stack = scene_stack(builder, "accept")},
        {.time_ns = 50 * SECOND,
         .kind = EVENT_CONTEXT_ENDED,
         .ended_by = ENDED_BY_OWN_CANCEL,
         .subject_id = 5,
         .task_id = 88,
         .stack = SNAPSHOT_NONE},
        {.time_ns = 60 * SECOND,
         .kind = EVENT_CONTEXT_ENDED,
         .ended_by = ENDED_BY_DEADLINE,
         .subject_id = 99,
         .text = builder_string(builder, "too slow"),
         .stack = SNAPSHOT_NONE},
        {.time_ns = 70 * SECOND,
         .kind = EVENT_TASK_CREATED,
         .subject_id = 2,
         .task_id = 1,
         .stack = SNAPSHOT_NONE},
        {.time_ns = 80 * SECOND,
         .kind = EVENT_CANCEL_TOO_LATE,
         .subject_id = 5,
         .task_id = 2,
         .stack = SNAPSHOT_NONE},
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        builder_add_event(builder, &events[i]);
}

static const char *cell_of(uint32_t row, const char *column)
{
    const struct items items = items_of(&events_view);
    assert_true(row < items.count);
    const struct item item = items.items[row];
    free(items.items);
    return scene_cell(&model, &events_view, &item, column, false);
}

static void an_event_says_what_happened_to_whom(void **state)
{
    (void)state;
    show_events(add_some);
    assert_string_equal(cell_of(0, "AGO"), "1m00s");
    assert_string_equal(cell_of(0, "EVENT"), event_kind_name(EVENT_CONTEXT_CREATED));
    assert_string_equal(cell_of(0, "TO"), "request");
    assert_string_equal(cell_of(0, "BY"), "worker");
    assert_string_equal(cell_of(0, "CAUSE"), "");
    assert_string_equal(cell_of(0, "AT"), "accept server.c:42");
    assert_string_equal(cell_of(3, "TO"), "reader"); /* a task */
}

static void what_has_gone_has_its_number(void **state)
{
    (void)state;
    show_events(add_some);
    assert_string_equal(cell_of(1, "BY"), "task #88 (gone)");
    assert_string_equal(cell_of(2, "TO"), "#99");
    assert_string_equal(cell_of(2, "BY"), "unknown");
}

/* The cause that was given, else what ended it. */
static void an_end_has_a_cause(void **state)
{
    (void)state;
    show_events(add_some);
    assert_string_equal(cell_of(1, "CAUSE"), context_end_name(ENDED_BY_OWN_CANCEL));
    assert_string_equal(cell_of(2, "CAUSE"), "too slow");
    assert_string_equal(cell_of(4, "CAUSE"), "");
}

static void a_row_leads_to_what_it_is_about(void **state)
{
    (void)state;
    show_events(add_some);
    const struct items items = items_of(&events_view);
    const struct snapshot *snapshot = sample->snapshot;
    const struct item *created = &items.items[0], *task = &items.items[3];
    assert_int_equal(snapshot->contexts[events_view.context_of(&model, created)].id, 4);
    assert_int_equal(snapshot->tasks[events_view.task_of(&model, created)].id, 1);
    assert_int_equal(events_view.context_of(&model, task), SNAPSHOT_NONE);
    assert_int_equal(snapshot->tasks[events_view.task_of(&model, task)].id, 2); /* not its maker */
    assert_int_equal(events_view.context_of(&model, &items.items[2]), SNAPSHOT_NONE);
    free(items.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_says_what_happened_to_whom),
        cmocka_unit_test(what_has_gone_has_its_number),
        cmocka_unit_test(an_end_has_a_cause),
        cmocka_unit_test(a_row_leads_to_what_it_is_about),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
