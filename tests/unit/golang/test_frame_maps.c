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
                            .locals = {.first = 5, .count = 3, .known = true},
                            .arguments = {.first = 2, .count = 2, .known = true}};
    frame = (struct go_frame){.sp = sp, .top = sp + 40, .info = &info, .is_call = true};
    return 0;
}

static void locals_end_below_the_saved_frame_pointer(void **state)
{
    (void)state;
    struct frame_map map;
    assert_int_equal(frame_locals_end(&frame), sp + 32);
    assert_true(frame_locals_map(&made, &frame, &map));
    assert_int_equal(map.start, sp + 8); /* three words up to there */
    assert_int_equal(map.words.count, 3);
}

static void a_frame_without_locals_has_an_empty_map(void **state)
{
    (void)state;
    struct frame_map map;
    frame.top = sp;
    info.locals.known = false;
    assert_int_equal(frame_locals_end(&frame), sp);
    assert_true(frame_locals_map(&made, &frame, &map));
    assert_int_equal(map.words.count, 0);
    frame.top = sp + 8; /* the saved frame pointer alone */
    assert_true(frame_locals_map(&made, &frame, &map));
    assert_int_equal(map.words.count, 0);
}

static void arguments_begin_behind_the_return_address(void **state)
{
    (void)state;
    struct frame_map map;
    assert_true(frame_arguments_map(&made, &frame, &map));
    assert_int_equal(map.start, frame.top + 8);
    assert_int_equal(map.words.count, 2);
    info.function.arguments = 0;
    assert_true(frame_arguments_map(&made, &frame, &map));
    assert_int_equal(map.words.count, 0);
    info.function.arguments = -1; /* unknown, as of assembly */
    assert_false(frame_arguments_map(&made, &frame, &map));
}

static void the_first_bits_are_there_without_a_look(void **state)
{
    (void)state;
    struct frame_map map;
    assert_true(frame_locals_map(&made, &frame, &map));
    assert_int_equal(stack_map_bits(&made, &map.words, 0), 5);
    assert_true(frame_arguments_map(&made, &frame, &map));
    assert_int_equal(stack_map_bits(&made, &map.words, 0), 2);
}

static void the_bits_of_a_long_map_are_read(void **state)
{
    (void)state;
    const struct stack_map map = {.bits = MADE_START + BITS, .count = 70, .known = true};
    made_byte(MADE_START + BITS + 8, 0xed); /* six of this map, and two of the next */
    assert_int_equal(stack_map_bits(&made, &map, 64), 0x2d);
}

static void what_cannot_be_read_is_taken_for_live(void **state)
{
    (void)state;
    const struct stack_map map = {.bits = MADE_START - 0x1000, .count = 70, .known = true};
    assert_int_equal(stack_map_bits(&made, &map, 64), 0x3f);
}

static void without_a_map_nothing_is_known(void **state)
{
    (void)state;
    struct frame_map map;
    info.locals.known = false;
    assert_false(frame_locals_map(&made, &frame, &map));
    assert_true(frame_arguments_map(&made, &frame, &map));
    info.arguments.known = false;
    assert_false(frame_arguments_map(&made, &frame, &map));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, made_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(locals_end_below_the_saved_frame_pointer),
        TEST(a_frame_without_locals_has_an_empty_map),
        TEST(arguments_begin_behind_the_return_address),
        TEST(the_first_bits_are_there_without_a_look),
        TEST(the_bits_of_a_long_map_are_read),
        TEST(what_cannot_be_read_is_taken_for_live),
        TEST(without_a_map_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
