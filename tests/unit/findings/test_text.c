#include "findings/text.h"
#include "scene.h"

static void duration_is(int64_t nanoseconds, const char *expected)
{
    char out[64];
    struct text text = text_into(out, sizeof out);
    text_duration(&text, nanoseconds);
    assert_string_equal(out, expected);
}

static void durations_are_never_negative(void **state)
{
    (void)state;
    const int64_t second = 1000000000;
    duration_is(-5, "0s");
    duration_is(350 * 1000000, "350ms");
    duration_is(200 * second, "3m20s");
    duration_is(INT64_MAX, "106751d");
}

static void counts_agree_with_their_nouns(void **state)
{
    (void)state;
    char out[64];
    struct text text = text_into(out, sizeof out);
    text_count(&text, 1, "context", "contexts");
    text_add(&text, ", ");
    text_count(&text, 12800, "context", "contexts");
    text_add(&text, ", ");
    text_count(&text, 0, "context", "contexts");
    assert_string_equal(out, "1 context, 12,800 contexts, 0 contexts");
}

static void what_does_not_fit_is_cut_off(void **state)
{
    (void)state;
    char out[8];
    struct text text = text_into(out, sizeof out);
    for (int i = 0; i < 10; i++)
        text_add(&text, "%s", "abc");
    assert_string_equal(out, "abcabca");
}

static void places_say_what_is_known(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct snapshot_frame stripped = {.pc = 0x7f0010,
                                      .module_offset = 0x10,
                                      .module = builder_string(scene.builder, "/lib/libx.so")};
    struct snapshot_frame symbol = stripped;
    symbol.function = builder_string(scene.builder, "run");
    symbol.pc++;
    struct snapshot_frame bare = {.pc = 0x1234};
    uint32_t stacks[] = {at(&scene, "handle", 5), builder_stack(scene.builder, &symbol, 1, false),
                         builder_stack(scene.builder, &stripped, 1, false),
                         builder_stack(scene.builder, &bare, 1, false), SNAPSHOT_NONE};
    static const char *const expected[] = {" in handle (server.c:5)", " in run (libx.so)",
                                           " in libx.so+0x10", " in 0x1234", ""};
    scene_check(&scene);
    for (size_t i = 0; i < sizeof stacks / sizeof *stacks; i++) {
        char out[128];
        struct text text = text_into(out, sizeof out);
        text_place(&text, "in", scene.snapshot, stacks[i]);
        assert_string_equal(out, expected[i]);
    }
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_never_negative),
        cmocka_unit_test(counts_agree_with_their_nouns),
        cmocka_unit_test(what_does_not_fit_is_cut_off),
        cmocka_unit_test(places_say_what_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
