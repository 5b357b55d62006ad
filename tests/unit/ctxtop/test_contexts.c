#include "view_test.h"

static void assert_context_cell(uint64_t id, const char *column, bool folded, const char *expected)
{
    const struct item item = item_with(&contexts_view, ITEM_CONTEXT, id);
    assert_string_equal(scene_cell(&model, &contexts_view, &item, column, folded), expected);
}

static void a_context_shows_what_is_known(void **state)
{
    (void)state;
    assert_context_cell(4, "CONTEXT", false, "request");
    assert_context_cell(6, "CONTEXT", false, "user");
    assert_context_cell(4, "ID", false, "#4");
    assert_context_cell(4, "KIND", false, "deadline");
    assert_context_cell(5, "STATE", false, "canceled");
    assert_context_cell(4, "AGE", false, "1m36s");
    assert_context_cell(4, "LEFT", false, "10s");
    assert_context_cell(2, "LEFT", false, "-");
    assert_context_cell(3, "OWN", false, "0");
    assert_context_cell(3, "OBS", false, "1");
    assert_context_cell(2, "WAIT", false, "2");
    assert_context_cell(3, "WAIT", false, "-");
    assert_context_cell(1, "BELOW", false, "5");
    assert_context_cell(3, "FINDING", false, "!lost-cancel");
    assert_context_cell(2, "CREATED AT", false, "server server.c:42");
}

static void a_folded_context_shows_sums(void **state)
{
    (void)state;
    assert_context_cell(1, "STATE", true, "5/6");
    assert_context_cell(1, "WAIT", false, "-");
    assert_context_cell(1, "WAIT", true, "Σ2");
    assert_context_cell(2, "WAIT", true, "2"); /* nobody waits below it */
    assert_context_cell(1, "LEFT", true, "10s");
    assert_context_cell(1, "FINDING", false, "");
    assert_context_cell(1, "FINDING", true, "Σ!lost-cancel");
}

static void deadlines_of_the_ended_are_not_counted_down(void **state)
{
    struct sample *all = sample;
    (void)state;
    struct snapshot_builder *builder = scene_begin();
    scene_context(builder, 8, 0, CONTEXT_DEADLINE, "ended", true, 110 * SECOND);
    sample = sample_new(builder_finish(builder), NULL, NULL, 0);
    model.sample = sample;
    assert_context_cell(8, "LEFT", false, "-");
    sample_free(sample);
    sample = all;
    model.sample = all;
}

static void deadlines_that_came_since_are_due(void **state)
{
    (void)state;
    model.now_ns = 111 * SECOND; /* the sample is of 100 s, the deadline at 110 s */
    assert_context_cell(4, "LEFT", false, "due");
    model.now_ns = TAKEN_NS;
    struct sample *all = sample;
    struct snapshot_builder *builder = scene_begin();
    scene_context(builder, 8, 0, CONTEXT_DEADLINE, "late", false, 98 * SECOND);
    sample = sample_new(builder_finish(builder), NULL, NULL, 0);
    model.sample = sample;
    assert_context_cell(8, "LEFT", false, "-2.0s");
    sample_free(sample);
    sample = all;
    model.sample = all;
}

static void details_name_what_they_are_about(void **state)
{
    struct lines lines = {0};
    (void)state;
    const struct item item = item_with(&contexts_view, ITEM_CONTEXT, 3);
    contexts_view.detail(&model, &item, &lines);
    assert_string_equal(lines.lines[0].text, "Context #3 lost");
    bool created = false, finding = false;
    for (size_t i = 0; i < lines.count; i++) {
        created |= strstr(lines.lines[i].text, "/src/server.c:42") != NULL;
        finding |= strstr(lines.lines[i].text, "lost-cancel (proved)") != NULL;
    }
    assert_true(created);
    assert_true(finding);
    lines_free(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_context_shows_what_is_known),
        cmocka_unit_test(a_folded_context_shows_sums),
        cmocka_unit_test(deadlines_of_the_ended_are_not_counted_down),
        cmocka_unit_test(deadlines_that_came_since_are_due),
        cmocka_unit_test(details_name_what_they_are_about),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
