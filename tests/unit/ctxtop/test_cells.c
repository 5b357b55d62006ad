/* What views share: times in cells, words to search for, comparing. */
#include "view_test.h"

static struct cell cell;

static const char *until(int64_t moment)
{
    cell = (struct cell){.meaning = MEANING_NORMAL};
    cell_until(&cell, &model, moment);
    return cell.text;
}

/* A moment between the sample and now has come, and nobody knows yet what became of it. */
static void times_to_come_are_told_by_what_is_known(void **state)
{
    (void)state;
    model.now_ns = TAKEN_NS + SECOND;
    assert_string_equal(until(TAKEN_NS + 11 * SECOND), "10s");
    assert_string_equal(until(TAKEN_NS), "due");
    assert_string_equal(until(TAKEN_NS + SECOND - 1), "due");
    assert_string_equal(until(TAKEN_NS + SECOND), "0s");
    assert_string_equal(until(TAKEN_NS - SECOND), "-2.0s");
    assert_string_equal(until(SNAPSHOT_NEVER), "-");
    assert_int_equal(cell.meaning, MEANING_DIM);
    assert_string_equal(until(SNAPSHOT_TIME_UNKNOWN), "?");
    model.now_ns = TAKEN_NS;
}

static void a_finding_has_a_mark_of_its_certainty(void **state)
{
    (void)state;
    const struct rule rule = {.name = "lost-cancel"};
    struct finding finding = {.rule = &rule, .confidence = CONFIDENCE_PROVED};
    cell = (struct cell){.meaning = MEANING_NORMAL};
    cell_finding(&cell, NULL);
    assert_string_equal(cell.text, "");
    cell_finding(&cell, &finding);
    assert_string_equal(cell.text, "!lost-cancel");
    assert_int_equal(cell.meaning, MEANING_ALARM);
    finding.confidence = CONFIDENCE_SUSPECT;
    cell_finding(&cell, &finding);
    assert_string_equal(cell.text, "?lost-cancel");
    assert_int_equal(cell.meaning, MEANING_WARNING);
}

static void what_is_absent_is_dim(void **state)
{
    (void)state;
    void (*const show[])(struct cell *, const struct snapshot *,
                         uint32_t) = {cell_context, cell_task, cell_object};
    for (size_t i = 0; i < 3; i++) {
        cell = (struct cell){.meaning = MEANING_NORMAL};
        show[i](&cell, sample->snapshot, SNAPSHOT_NONE);
        assert_string_equal(cell.text, "-");
        assert_int_equal(cell.meaning, MEANING_DIM);
        cell.meaning = MEANING_NORMAL;
        show[i](&cell, sample->snapshot, 0);
        assert_int_equal(cell.meaning, MEANING_NORMAL);
    }
}

static void words_are_added_while_there_is_room(void **state)
{
    (void)state;
    struct words words = {0};
    words_add(&words, "name", "");
    assert_int_equal(words.count, 0);
    words_add_id(&words, 17);
    assert_string_equal(words.words[0].field, "id");
    assert_string_equal(words.words[0].text, "#17");
    words_add_site(&words, sample->snapshot, SNAPSHOT_NONE);
    assert_int_equal(words.count, 1);
    words_add_site(&words, sample->snapshot, sample->snapshot->contexts[0].creation_stack);
    assert_int_equal(words.count, 3);
    assert_string_equal(words.words[2].text, "/src/server.c");
    for (int i = 0; i < 2 * WORDS_MAX; i++)
        words_add(&words, "more", "text");
    assert_int_equal(words.count, WORDS_MAX);
}

static void numbers_and_texts_compare(void **state)
{
    (void)state;
    const struct snapshot *snapshot = sample->snapshot;
    assert_true(compare_numbers(INT64_MIN, INT64_MAX) < 0); /* no difference is made */
    assert_true(compare_numbers(INT64_MAX, INT64_MIN) > 0);
    assert_int_equal(compare_numbers(5, 5), 0);
    const uint32_t server = snapshot_find_context(snapshot, 2);
    const uint32_t lost = snapshot_find_context(snapshot, 3);
    assert_true(compare_texts(snapshot, snapshot->contexts[lost].name,
                              snapshot->contexts[server].name) < 0);
    const uint32_t one = snapshot->contexts[lost].creation_stack;
    const uint32_t other = snapshot->contexts[server].creation_stack;
    assert_true(compare_sites(snapshot, one, other) < 0);
    assert_int_equal(compare_sites(snapshot, one, one), 0);
    assert_true(compare_sites(snapshot, SNAPSHOT_NONE, one) < 0);
    assert_true(compare_sites(snapshot, one, SNAPSHOT_NONE) > 0);
    assert_int_equal(compare_sites(snapshot, SNAPSHOT_NONE, SNAPSHOT_NONE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_to_come_are_told_by_what_is_known),
        cmocka_unit_test(a_finding_has_a_mark_of_its_certainty),
        cmocka_unit_test(what_is_absent_is_dim),
        cmocka_unit_test(words_are_added_while_there_is_room),
        cmocka_unit_test(numbers_and_texts_compare),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
