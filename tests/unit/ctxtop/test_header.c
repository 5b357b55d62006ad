#include "ctxtop/header.h"
#include "scene.h"

static struct header_line lines[HEADER_LINES];
static char text[4096];

/* The pieces of a line, as they stand on the screen. */
static const char *line_text(unsigned line)
{
    text[0] = '\0';
    for (unsigned i = 0; i < lines[line].count; i++)
        strcat(text, lines[line].spans[i].text);
    return text;
}

static enum meaning meaning_of(unsigned line, const char *part)
{
    for (unsigned i = 0; i < lines[line].count; i++)
        if (strstr(lines[line].spans[i].text, part))
            return lines[line].spans[i].meaning;
    fail_msg("there is no %s", part);
    return MEANING_NORMAL;
}

static void assert_has(unsigned line, const char *part)
{
    if (!strstr(line_text(line), part))
        fail_msg("'%s' is not in '%s'", part, text);
}

static void assert_has_not(unsigned line, const char *part)
{
    if (strstr(line_text(line), part))
        fail_msg("'%s' is in '%s'", part, text);
}

/* The header of a program that a test has changed. Returns how many lines there are. */
static unsigned make(struct snapshot_builder *builder, const struct sampling_state *sampling)
{
    struct snapshot_program *program = builder_program(builder);
    program->executable = builder_string(builder, "/usr/bin/orders");
    program->source = builder_string(builder, "segment");
    program->version = builder_string(builder, "segment format 2");
    struct sample *sample = sample_new(builder_finish(builder), NULL, NULL, 0);
    assert_non_null(sample);
    const struct model model = scene_model(sample);
    unsigned count = header_make(&model, sampling, lines);
    sample_free(sample);
    return count;
}

static const struct sampling_state calm = {.delay_ns = SECOND};

static void the_program_comes_first(void **state)
{
    (void)state;
    assert_int_equal(make(scene_build(0), &calm), HEADER_LOSSES);
    assert_has(HEADER_PROGRAM, "orders [77]  alive");
    assert_has(HEADER_PROGRAM, "segment format 2, segment");
    assert_int_equal(meaning_of(HEADER_PROGRAM, "alive"), MEANING_GOOD);
    assert_has_not(HEADER_PROGRAM, "forked");
    assert_has_not(HEADER_PROGRAM, "stopped for");
}

static void how_it_ended_is_said(void **state)
{
    (void)state;
    struct snapshot_builder *builder = scene_build(0);
    builder_program(builder)->state = PROGRAM_DEAD;
    make(builder, &calm);
    assert_int_equal(meaning_of(HEADER_PROGRAM, "  dead"), MEANING_ALARM);
    builder = scene_build(0);
    builder_program(builder)->state = PROGRAM_DEAD;
    builder_program(builder)->exited = true;
    builder_program(builder)->forked_from = 76;
    make(builder, &(struct sampling_state){.ending = "exit status 3"});
    assert_has(HEADER_PROGRAM, "  exited  forked from 76 (exit status 3)");
    assert_int_equal(meaning_of(HEADER_PROGRAM, "  exited"), MEANING_WARNING);
}

static void times_are_told_as_far_as_they_are_known(void **state)
{
    (void)state;
    struct snapshot_builder *builder = scene_build(0);
    builder_program(builder)->started_ns = 40 * SECOND;
    builder_program(builder)->pause_ns = 5000000;
    make(builder, &calm);
    assert_has(HEADER_PROGRAM, "  up 1m00s");
    assert_has(HEADER_PROGRAM, ", stopped for 5ms");
    builder = scene_build(0);
    builder_program(builder)->started_ns = SNAPSHOT_TIME_UNKNOWN;
    make(builder, &calm);
    assert_has_not(HEADER_PROGRAM, "  up ");
}

/* Data may be late by a sample and the time for another; then it is said. */
static void old_data_is_said_to_be_old(void **state)
{
    (void)state;
    make(scene_build(0), &(struct sampling_state){.delay_ns = SECOND, .age_ns = 3 * SECOND});
    assert_has_not(HEADER_PROGRAM, "old");
    make(scene_build(0), &(struct sampling_state){.delay_ns = SECOND, .age_ns = 3 * SECOND + 1});
    assert_has(HEADER_PROGRAM, "  data 3.0s old");
    make(scene_build(0), &(struct sampling_state){.paused = true, .age_ns = SECOND / 2});
    assert_has(HEADER_PROGRAM, "  PAUSED, data 500ms old");
    struct snapshot_builder *builder = scene_build(0);
    builder_program(builder)->state = PROGRAM_DEAD; /* its data does not get old */
    make(builder, &(struct sampling_state){.delay_ns = SECOND, .age_ns = 60 * SECOND});
    assert_has_not(HEADER_PROGRAM, "old");
}

static void an_old_search_of_the_heap_is_said(void **state)
{
    (void)state;
    struct snapshot_builder *builder = scene_build(0);
    builder_program(builder)->searched_ns = TAKEN_NS - 2 * SECOND + 1;
    make(builder, &calm);
    assert_has_not(HEADER_PROGRAM, "heap searched");
    builder = scene_build(0);
    builder_program(builder)->searched_ns = TAKEN_NS - 5 * SECOND;
    make(builder, &calm);
    assert_has(HEADER_PROGRAM, "  heap searched 5.0s ago");
}

static void what_there_is_is_counted(void **state)
{
    (void)state;
    make(scene_build(0), &calm);
    assert_has(HEADER_COUNTS, "Contexts 7 (6 open)  Tasks 2 (2 blocked)  Findings ");
    assert_has(HEADER_COUNTS, "  ever 100");
    assert_has(HEADER_COUNTS, "  system tasks 1");
    assert_has_not(HEADER_COUNTS, "/s"); /* of one sample there is no rate */
    assert_int_equal(meaning_of(HEADER_COUNTS, "2 blocked"), MEANING_WAITING);
    struct snapshot_builder *builder = scene_begin();
    builder_program(builder)->counts_contexts = false;
    builder_program(builder)->contexts_unheld = 1234;
    make(builder, &calm);
    assert_has(HEADER_COUNTS, "Contexts 0 (0 open)  Tasks 0 (0 blocked)  Findings 0 (0 proved)");
    assert_has(HEADER_COUNTS, "  ended, unheld 1,234");
    assert_has_not(HEADER_COUNTS, "ever");
    assert_int_equal(meaning_of(HEADER_COUNTS, "0 proved"), MEANING_NORMAL);
}

static void losses_have_a_line_of_their_own(void **state)
{
    (void)state;
    struct snapshot_builder *builder = scene_build(0);
    builder_program(builder)->contexts_unrecorded = 5;
    builder_add_loss(builder, "contexts", "the segment is full", 417);
    builder_add_loss(builder, "texts", "no memory", 1);
    builder_add_expected_loss(builder, "events", "the ring goes on", 1000000);
    assert_int_equal(make(builder, &(struct sampling_state){.error = "it is gone"}), HEADER_LINES);
    assert_string_equal(line_text(HEADER_LOSSES),
                        "! it is gone  Not shown: 5 contexts from before recording began. "
                        "Lost: 417 contexts (the segment is full), 1 texts (no memory)");
}

/* More than there is room for is cut, and nothing is written behind the end. */
static void a_line_has_room_for_so_many_pieces(void **state)
{
    (void)state;
    struct snapshot_builder *builder = scene_build(0);
    for (int i = 0; i < 2 * HEADER_SPANS; i++) {
        char what[16];
        snprintf(what, sizeof what, "things%d", i);
        builder_add_loss(builder, what, "why", 1);
    }
    make(builder, &calm);
    assert_int_equal(lines[HEADER_LOSSES].count, HEADER_SPANS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_comes_first),
        cmocka_unit_test(how_it_ended_is_said),
        cmocka_unit_test(times_are_told_as_far_as_they_are_known),
        cmocka_unit_test(old_data_is_said_to_be_old),
        cmocka_unit_test(an_old_search_of_the_heap_is_said),
        cmocka_unit_test(what_there_is_is_counted),
        cmocka_unit_test(losses_have_a_line_of_their_own),
        cmocka_unit_test(a_line_has_room_for_so_many_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
