/* Lines of text fixtures: words, quotes, and values of every type. */
#include "inspect/fixture_line.h"
#include "vocabulary/vocabulary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct fixture_line line;
static struct error error;
static char text[4096];

static int begin(void **state)
{
    (void)state;
    error.sentence[0] = '\0';
    line = (struct fixture_line){
        .path = "x.snapshot", .builder = builder_new(), .error = &error, .number = 7};
    return line.builder ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    fixture_line_end(&line);
    builder_free(line.builder);
    return 0;
}

static const char *start(const char *written)
{
    snprintf(text, sizeof text, "%s", written);
    return fixture_line_start(&line, text);
}

/* ---- words ---- */

static void words_are_split_at_blanks(void **state)
{
    (void)state;
    assert_string_equal(start("  context id=1\tkind=cancel main \n"), "context");
    assert_int_equal(line.word_count, 4);
    assert_string_equal(line.words[1].key, "id");
    assert_string_equal(line.words[1].value, "1");
    assert_string_equal(line.words[2].value, "cancel");
    assert_string_equal(line.words[3].key, "main");
    assert_null(line.words[3].value);
}

static void empty_lines_and_comments_have_none(void **state)
{
    (void)state;
    assert_null(start(""));
    assert_null(start(" \t\n"));
    assert_null(start("# context id=1"));
    assert_false(line.failed);
}

static void quotes_keep_blanks_and_signs(void **state)
{
    (void)state;
    assert_string_equal(start("context name=\"GET /a=b\" x=a=b y="), "context");
    assert_string_equal(line.words[1].value, "GET /a=b");
    assert_string_equal(line.words[2].value, "a=b");
    assert_string_equal(line.words[3].value, "");
}

static void escapes_stand_for_what_cannot_be_written(void **state)
{
    (void)state;
    start("x a=\"\\\"\\\\\\n\\t\\x41\\x00\\q\"");
    assert_string_equal(line.words[1].value, "\"\\\n\tA q"); /* no NUL: a blank in its place */
    start("x a=\"\\x4\"");
    assert_string_equal(line.words[1].value, "x4");
}

static void a_quote_has_an_end(void **state)
{
    (void)state;
    assert_null(start("context name=\"GET"));
    assert_true(line.failed);
    assert_string_equal(error.sentence, "x.snapshot, line 7: a quote is not closed");
}

static void there_may_be_so_many_words(void **state)
{
    (void)state;
    char many[2 * FIXTURE_MAX_WORDS + 3] = "";
    for (int i = 0; i < FIXTURE_MAX_WORDS; i++)
        strcat(many, "a ");
    assert_non_null(start(many));
    assert_int_equal(line.word_count, FIXTURE_MAX_WORDS);
    strcat(many, "a");
    assert_null(start(many));
    assert_true(line.failed);
}

/* ---- values ---- */

static struct {
    uint64_t u64;
    uint32_t u32, stack;
    int32_t i32;
    int64_t time;
    bool flag;
    snapshot_string text;
    const char *word;
    uint8_t kind;
    struct fact fact;
} got;

static const struct attribute attributes[] = {
    {"u64", ATTRIBUTE_U64, &got.u64, NULL},
    {"u32", ATTRIBUTE_U32, &got.u32, NULL},
    {"i32", ATTRIBUTE_I32, &got.i32, NULL},
    {"time", ATTRIBUTE_TIME, &got.time, NULL},
    {"flag", ATTRIBUTE_BOOL, &got.flag, NULL},
    {"text", ATTRIBUTE_TEXT, &got.text, NULL},
    {"word", ATTRIBUTE_WORD, &got.word, NULL},
    {"kind", ATTRIBUTE_NAME, &got.kind, context_kind_name},
    {"fact", ATTRIBUTE_FACT, &got.fact, NULL},
    {"stack", ATTRIBUTE_STACK, &got.stack, NULL},
    {0},
};

static bool reads(const char *word)
{
    char written[256];
    snprintf(written, sizeof written, "thing %s", word);
    memset(&got, 0, sizeof got);
    start(written);
    return fixture_line_read(&line, attributes);
}

static void numbers_fit_their_types(void **state)
{
    (void)state;
    assert_true(reads("u64=18446744073709551615"));
    assert_int_equal(got.u64, UINT64_MAX);
    assert_true(reads("u64=0xc000"));
    assert_int_equal(got.u64, 0xc000);
    assert_true(reads("u32=4294967295"));
    assert_int_equal(got.u32, UINT32_MAX);
    assert_true(reads("i32=-2147483647"));
    assert_int_equal(got.i32, -2147483647);
    static const char *const wrong[] = {
        "u32=4294967296", "i32=2147483648", "u64=-1", "u64=1x", "u64=", "u64", "i32=--1", "u64=+1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(reads(wrong[i]));
}

static void times_have_units(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        int64_t ns;
    } right[] = {{"time=5ns", 5},
                 {"time=1.5us", 1500},
                 {"time=250ms", 250000000},
                 {"time=-2s", -2000000000},
                 {"time=1m", INT64_C(60000000000)},
                 {"time=1h", INT64_C(3600000000000)},
                 {"time=never", SNAPSHOT_NEVER},
                 {"time=unknown", SNAPSHOT_TIME_UNKNOWN}};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_true(reads(right[i].word));
        assert_int_equal(got.time, right[i].ns);
    }
    static const char *const wrong[] = {"time=5",    "time=s",    "time=5d", "time=1e30s",
                                        "time=infs", "time=nans", "time="};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(reads(wrong[i]));
}

static void a_flag_alone_is_yes(void **state)
{
    (void)state;
    assert_true(reads("flag"));
    assert_true(got.flag);
    assert_true(reads("flag=yes"));
    assert_true(got.flag);
    assert_true(reads("flag=no"));
    assert_false(got.flag);
    assert_false(reads("flag=maybe"));
}

static void facts_say_what_was_missing(void **state)
{
    (void)state;
    assert_true(reads("fact=yes"));
    assert_int_equal(got.fact.value, FACT_YES);
    assert_true(reads("fact=no"));
    assert_int_equal(got.fact.value, FACT_NO);
    assert_true(reads("fact=unknown"));
    assert_int_equal(got.fact.value, FACT_UNKNOWN);
    assert_int_equal(got.fact.missing, PRECONDITION_NOT_OBSERVABLE);
    assert_true(reads("fact=unknown:1"));
    assert_int_equal(got.fact.missing, 1);
    char most[32];
    snprintf(most, sizeof most, "fact=unknown:%d", PRECONDITION_COUNT);
    assert_false(reads(most));
    assert_false(reads("fact=unknowing"));
    assert_false(reads("fact=unknown.1"));
    assert_false(reads("fact=perhaps"));
}

static void names_are_those_of_the_vocabulary(void **state)
{
    (void)state;
    assert_true(reads("kind=deadline"));
    assert_int_equal(got.kind, CONTEXT_DEADLINE);
    assert_false(reads("kind=deadlines"));
    assert_true(reads("word=anything"));
    assert_string_equal(got.word, "anything");
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    assert_false(reads("colour=red"));
    assert_string_equal(error.sentence, "x.snapshot, line 7: a thing has no colour");
    assert_false(reads("u32=many"));
    assert_string_equal(error.sentence, "x.snapshot, line 7: u32 of a thing cannot be many");
    assert_false(reads("u32"));
    assert_string_equal(error.sentence,
                        "x.snapshot, line 7: u32 of a thing cannot be without a value");
    start("thing u32=1");
    assert_true(fixture_line_needs(&line, "u32"));
    assert_false(fixture_line_needs(&line, "thing")); /* the first word is none of them */
    assert_string_equal(error.sentence, "x.snapshot, line 7: this thing lacks thing=");
}

/* ---- stacks ---- */

static bool stack(const char *written)
{
    start(written);
    return fixture_line_stack(&line);
}

static void stacks_are_remembered_by_name(void **state)
{
    (void)state;
    assert_true(stack("stack one fetch@db.c:12 ~serve@server.c:7!/usr/bin/orders"));
    assert_true(stack("stack two 0xabc!/lib/libc.so.6+0x12 0x5 truncated"));
    assert_true(reads("stack=one"));
    const uint32_t one = got.stack;
    assert_true(reads("stack=two"));
    assert_int_not_equal(got.stack, one);
    assert_false(reads("stack=three"));
    assert_false(stack("stack one other@x.c:1"));
    assert_string_equal(error.sentence, "x.snapshot, line 7: there is a stack one already");
    assert_false(stack("stack"));
}

static void frames_say_what_was_written(void **state)
{
    (void)state;
    assert_true(stack("stack one fetch@/src/a:b.c:12 ~serve@server.c:7!/usr/bin/orders"));
    assert_true(stack("stack two 0xabc!/lib/a+b.so+0x12 0x5 truncated"));
    struct snapshot *snapshot = builder_finish(line.builder);
    line.builder = NULL;
    assert_non_null(snapshot);
    const struct snapshot_stack *one = &snapshot->stacks[0], *two = &snapshot->stacks[1];
    assert_int_equal(one->frame_count, 2);
    assert_false(one->truncated);
    const struct snapshot_frame *frame = &snapshot->frames[one->first_frame];
    assert_string_equal(snapshot_text(snapshot, frame[0].function), "fetch");
    assert_string_equal(snapshot_text(snapshot, frame[0].file), "/src/a:b.c");
    assert_int_equal(frame[0].line, 12);
    assert_false(frame[0].inlined);
    assert_string_equal(snapshot_text(snapshot, frame[1].function), "serve");
    assert_string_equal(snapshot_text(snapshot, frame[1].module), "/usr/bin/orders");
    assert_int_equal(frame[1].line, 7);
    assert_true(frame[1].inlined);
    assert_true(two->truncated);
    frame = &snapshot->frames[two->first_frame];
    assert_int_equal(frame[0].pc, 0xabc);
    assert_string_equal(snapshot_text(snapshot, frame[0].module), "/lib/a+b.so");
    assert_int_equal(frame[0].module_offset, 0x12);
    assert_int_equal(frame[1].pc, 5);
    snapshot_free(snapshot);
}

static void frames_are_as_they_should_be(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "stack a fetch",           "stack b fetch@db.c",
        "stack c @db.c:x",         "stack d 0xabc!/lib",
        "stack e 0xabc!/lib+0x1z", "stack f 0xabcz",
        "stack h 0xabcz/lib+0x1",  "stack g fetch@db.c:99999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(stack(wrong[i]));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(words_are_split_at_blanks),
        TEST(empty_lines_and_comments_have_none),
        TEST(quotes_keep_blanks_and_signs),
        TEST(escapes_stand_for_what_cannot_be_written),
        TEST(a_quote_has_an_end),
        TEST(there_may_be_so_many_words),
        TEST(numbers_fit_their_types),
        TEST(times_have_units),
        TEST(a_flag_alone_is_yes),
        TEST(facts_say_what_was_missing),
        TEST(names_are_those_of_the_vocabulary),
        TEST(what_is_wrong_is_said),
        TEST(stacks_are_remembered_by_name),
        TEST(frames_say_what_was_written),
        TEST(frames_are_as_they_should_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
