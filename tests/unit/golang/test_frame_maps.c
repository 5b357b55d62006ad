/*
 * Which words of a frame live. The frame, upwards from sp: four words of locals, the saved frame
 * pointer, the return address, three words of arguments.
 */
#include "golang/binary/pc_info.h"
#include "golang/capture/frame_maps.h"
#include "made_program.h"

enum { BITS = 0x1000 };

static struct pc_info info;
static struct go_frame frame;

static uint64_t sp;

static int begin(void **state)
{
    made_begin(state);
    sp = MADE_START + 0x100;
    info = (struct pc_info){.function.arguments = 24,
                            .locals = {MADE_START + BITS, 3, true},
                            .arguments = {MADE_START + BITS + 8, 2, true}};
    frame = (struct go_frame){.sp = sp, .top = sp + 40, .info = &info, .is_call = true};
    /* Of three locals the first and the last, of two arguments the second; then others' bits. */
    made_byte(MADE_START + BITS, 0xfd);
    made_byte(MADE_START + BITS + 8, 0xfe);
    return 0;
}

static void locals_end_below_the_saved_frame_pointer(void **state)
{
    (void)state;
    struct frame_map map;
    assert_int_equal(frame_locals_end(&frame), sp + 32);
    assert_true(frame_locals_map(&made, &frame, &map));
    assert_int_equal(map.start, sp + 8); /* three words up to there */
    assert_int_equal(map.count, 3);
}

static void a_frame_without_locals_has_an_empty_map(void **state)
{
    (void)state;
    struct frame_map map;
    frame.top = sp;
    info.locals.known = false;
    assert_int_equal(frame_locals_end(&frame), sp);
    assert_true(frame_locals_map(&made, &frame, &map));
    assert_int_equal(map.count, 0);
    frame.top = sp + 8; /* the saved frame pointer alone */
    assert_true(frame_locals_map(&made, &frame, &map));
    assert_int_equal(map.count, 0);
}

static void arguments_begin_behind_the_return_address(void **state)
{
    (void)state;
    struct frame_map map;
    assert_true(frame_arguments_map(&made, &frame, &map));
    assert_int_equal(map.start, frame.top + 8);
    assert_int_equal(map.count, 2);
    info.function.arguments = 0;
    assert_true(frame_arguments_map(&made, &frame, &map));
    assert_int_equal(map.count, 0);
    info.function.arguments = -1; /* unknown, as of assembly */
    assert_false(frame_arguments_map(&made, &frame, &map));
}

static void a_word_lives_if_its_bit_says_so(void **state)
{
    (void)state;
    static const enum liveness expected[] = {DOES_NOT_LIVE,
                                             LIVES,
                                             DOES_NOT_LIVE,
                                             LIVES,
                                             DOES_NOT_LIVE /* frame pointer */,
                                             DOES_NOT_LIVE /* return */,
                                             DOES_NOT_LIVE,
                                             LIVES,
                                             DOES_NOT_LIVE /* no bit */};
    for (unsigned i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(frame_word_lives(&made, &frame, sp + 8 * (uint64_t)i), expected[i]);
}

static void without_a_map_nothing_is_known(void **state)
{
    (void)state;
    info.locals.known = false;
    assert_int_equal(frame_word_lives(&made, &frame, sp + 8), LIVENESS_UNKNOWN);
    assert_int_equal(frame_word_lives(&made, &frame, frame.top + 16), LIVES);
    info.arguments.known = false;
    assert_int_equal(frame_word_lives(&made, &frame, frame.top + 16), LIVENESS_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, made_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(locals_end_below_the_saved_frame_pointer),
        TEST(a_frame_without_locals_has_an_empty_map),
        TEST(arguments_begin_behind_the_return_address),
        TEST(a_word_lives_if_its_bit_says_so),
        TEST(without_a_map_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
