/* The views: what their rows and cells show. */
#include "ctxtop/tree.h"
#include "scene.h"

static struct sample *sample;
static struct model model;

static int begin(void **state)
{
    (void)state;
    text_set_unicode(true);
    sample = scene_sample();
    model = scene_model(sample);
    return 0;
}

static int end(void **state)
{
    (void)state;
    sample_free(sample);
    return 0;
}

static struct items items_of(const struct view *view)
{
    struct items items = {0};
    view->items(&model, &items);
    assert_false(items.failed);
    return items;
}

static struct item item_with(const struct view *view, enum item_kind kind, uint64_t id)
{
    struct items items = items_of(view);
    struct item found = {0};
    for (uint32_t i = 0; i < items.count; i++) {
        if (items.items[i].kind == kind && items.items[i].id == id)
            found = items.items[i];
    }
    free(items.items);
    assert_int_equal(found.id, id);
    return found;
}

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

static void objects_have_their_waiters_below(void **state)
{
    (void)state;
    struct items items = items_of(&objects_view);
    /* The system's own task is hidden, and with it what only it waits for. */
    assert_int_equal(items.count, 4);
    for (uint32_t i = 0; i < items.count; i += 2) {
        assert_int_equal(items.items[i].kind, ITEM_OBJECT);
        assert_int_equal(items.items[i + 1].kind, ITEM_WAIT);
        assert_int_equal(items.items[i + 1].parent, i);
    }
    free(items.items);
    model.show_system = true;
    items = items_of(&objects_view);
    assert_int_equal(items.count, 6);
    free(items.items);
    model.show_system = false;
}

static void tasks_show_what_they_wait_for(void **state)
{
    (void)state;
    const struct item worker = item_with(&tasks_view, ITEM_TASK, 1);
    assert_string_equal(scene_cell(&model, &tasks_view, &worker, "TASK", false), "worker");
    assert_string_equal(scene_cell(&model, &tasks_view, &worker, "THREAD", false), "1001");
    assert_string_equal(scene_cell(&model, &tasks_view, &worker, "WAITS FOR", false),
                        "context server");
    assert_string_equal(scene_cell(&model, &tasks_view, &worker, "SINCE", false), "10s");
    const struct item reader = item_with(&waiters_view, ITEM_TASK, 2);
    assert_string_equal(scene_cell(&model, &waiters_view, &reader, "WAITS FOR", false),
                        "descriptor 5");
    assert_string_equal(scene_cell(&model, &waiters_view, &reader, "CONTEXT", false), "server");
}

static void waits_give_up_at_the_deadline_that_bounds_them(void **state)
{
    struct sample *all = sample;
    (void)state;
    struct snapshot_builder *builder = scene_build(0);
    scene_task(builder, 4, "bounded", false);
    scene_wait(builder, 4, OBJECT_DESCRIPTOR, 9, WAIT_READ, 4);
    sample = sample_new(builder_finish(builder), NULL, NULL, 0);
    model.sample = sample;
    const struct item item = item_with(&tasks_view, ITEM_TASK, 4);
    assert_string_equal(scene_cell(&model, &tasks_view, &item, "ENDS IN", false), "10s");
    sample_free(sample);
    sample = all;
    model.sample = all;
}

static void a_select_has_its_cases_below(void **state)
{
    struct sample *all = sample;
    (void)state;
    struct snapshot_builder *builder = scene_build(0);
    scene_task(builder, 4, "chooser", false);
    scene_wait(builder, 4, OBJECT_CHANNEL, 10, WAIT_RECEIVE, 0);
    scene_wait(builder, 4, OBJECT_CONTEXT, 4, WAIT_DONE, 0);
    sample = sample_new(builder_finish(builder), NULL, NULL, 0);
    model.sample = sample;
    struct items items = items_of(&waiters_view);
    assert_int_equal(items.count, 5);
    assert_string_equal(scene_cell(&model, &waiters_view, &items.items[2], "DOING", false),
                        "select");
    assert_string_equal(scene_cell(&model, &waiters_view, &items.items[3], "TASK", false), "or");
    assert_int_equal(items.items[4].parent, 2);
    free(items.items);
    sample_free(sample);
    sample = all;
    model.sample = all;
}

static void findings_have_their_claims_below(void **state)
{
    (void)state;
    struct items items = items_of(&findings_view);
    assert_true(items.count >= 2);
    bool found = false;
    for (uint32_t i = 0; i + 1 < items.count; i++) {
        const char *text = scene_cell(&model, &findings_view, &items.items[i], "FINDING", false);
        if (strcmp(text, "lost-cancel") != 0)
            continue;
        found = true;
        assert_int_equal(items.items[i + 1].kind, ITEM_CLAIM);
        assert_string_equal(
            scene_cell(&model, &findings_view, &items.items[i + 1], "FINDING", false), "lost");
    }
    assert_true(found);
    free(items.items);
}

/* Identities must not depend on where things are in the arrays, or cursors would jump. */
static void identities_are_the_same_in_the_next_picture(void **state)
{
    struct sample *later = scene_sample_without(5);
    (void)state;
    for (const struct view *const *view = view_table; *view != NULL; view++) {
        if (!view_available(*view, &model) || *view == &findings_view)
            continue;
        struct items before = items_of(*view);
        model.sample = later;
        struct items after = items_of(*view);
        model.sample = sample;
        for (uint32_t i = 0; i < after.count; i++) {
            uint32_t same = 0;
            for (uint32_t j = 0; j < before.count; j++)
                same += before.items[j].id == after.items[i].id &&
                        before.items[j].kind == after.items[i].kind;
            assert_int_equal(same, 1);
        }
        free(before.items);
        free(after.items);
    }
    sample_free(later);
}

static void every_view_is_complete(void **state)
{
    (void)state;
    for (const struct view *const *view = view_table; *view != NULL; view++) {
        assert_ptr_equal(view_find((*view)->name), *view);
        assert_true(strlen((*view)->title) > 0);
        assert_true(strlen((*view)->heading) > 0);
        assert_true(strlen((*view)->help) > 0);
        assert_true(strlen((*view)->empty) > 0);
        assert_true((*view)->column_count > 0);
        assert_true((*view)->columns[0].drop == 0);
        assert_non_null((*view)->compare);
        assert_non_null((*view)->words);
        assert_non_null((*view)->detail);
    }
    assert_null(view_find("no such view"));
}

static void every_column_sorts_consistently(void **state)
{
    (void)state;
    for (const struct view *const *view = view_table; *view != NULL; view++) {
        if (!view_available(*view, &model))
            continue;
        struct items items = items_of(*view);
        for (unsigned column = 0; column < (*view)->column_count; column++) {
            for (uint32_t i = 0; i < items.count; i++) {
                for (uint32_t j = 0; j < items.count; j++) {
                    if (items.items[i].kind != items.items[j].kind)
                        continue;
                    int one = (*view)->compare(&model, &items.items[i], &items.items[j], column);
                    int two = (*view)->compare(&model, &items.items[j], &items.items[i], column);
                    assert_true((one < 0) == (two > 0) && (one == 0) == (two == 0));
                }
            }
        }
        free(items.items);
    }
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
        cmocka_unit_test(objects_have_their_waiters_below),
        cmocka_unit_test(tasks_show_what_they_wait_for),
        cmocka_unit_test(waits_give_up_at_the_deadline_that_bounds_them),
        cmocka_unit_test(a_select_has_its_cases_below),
        cmocka_unit_test(findings_have_their_claims_below),
        cmocka_unit_test(identities_are_the_same_in_the_next_picture),
        cmocka_unit_test(every_view_is_complete),
        cmocka_unit_test(every_column_sorts_consistently),
        cmocka_unit_test(details_name_what_they_are_about),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
