/* The memory of a foreign program: what is read when, what stays, and who sees it. */
#include "foreign_memory.h"
#include "image/packed_ranges.h"

static void test_reads_across_mappings(void **state)
{
    const void *found = memory_at(*state, BASE + 16 * PAGE - 20, 40);
    assert_non_null(found);
    assert_memory_equal(found, program + 16 * PAGE - 20, 40);
}

static void test_nothing_outside(void **state)
{
    uint64_t word = 1;
    assert_null(memory_at(*state, BASE - 1, 1));
    assert_null(memory_at(*state, BASE + PAGES * PAGE, 1));
    assert_null(memory_at(*state, BASE + PAGES * PAGE - 4, 8));
    assert_null(memory_at(*state, BASE, (size_t)-1));
    assert_null(memory_at(*state, UINT64_MAX - 3, 8));
    assert_null(memory_at(*state, BASE, 0));
    assert_false(memory_read(*state, 0, &word, sizeof word));
    assert_int_equal(word, 0);
    assert_int_equal(memory_word(*state, BASE + PAGES * PAGE - 4), 0);
}

static void test_covers_reads_nothing(void **state)
{
    unsigned before = fetches;
    assert_true(memory_covers(*state, BASE, PAGES * PAGE));
    assert_false(memory_covers(*state, BASE, PAGES * PAGE + 1));
    assert_false(memory_covers(*state, BASE - 1, 2));
    assert_false(memory_covers(*state, BASE + 8, UINT64_MAX));
    assert_int_equal(fetches, before);
}

static void test_hole_hides_only_itself(void **state)
{
    assert_null(memory_at(*state, BASE + HOLE * PAGE + 8, 8));
    assert_non_null(memory_at(*state, BASE + (HOLE - 1) * PAGE, PAGE));
    assert_non_null(memory_at(*state, BASE + (HOLE + 1) * PAGE, PAGE));
    assert_null(memory_at(*state, BASE + (HOLE - 1) * PAGE, 2 * PAGE));
}

static void test_words(void **state)
{
    uint64_t word;
    memcpy(&word, program + 20 * PAGE + 3, sizeof word);
    assert_int_equal(memory_word(*state, BASE + 20 * PAGE + 3), word);
    assert_int_equal(memory_u32(*state, BASE + 20 * PAGE + 3), (uint32_t)word);
    assert_int_equal(memory_u16(*state, BASE + 20 * PAGE + 3), (uint16_t)word);
    assert_int_equal(memory_u8(*state, BASE + 20 * PAGE + 3), (uint8_t)word);
}

static void test_mappings_that_can_be_written(void **state)
{
    struct memory_range range;
    uint64_t size = 0;
    size_t number = 0;
    for (; memory_writable(*state, number, &range); number++)
        if (range.start < range.end) {
            assert_int_equal(range.start, BASE + 16 * PAGE);
            size += range.end - range.start;
        }
    assert_int_equal(number, 2);
    assert_int_equal(size, (PAGES - 16) * PAGE);
}

/* ---- readings ---- */

static void test_what_was_read_stays_until_the_next_reading(void **state)
{
    uint64_t address = BASE + 20 * PAGE;
    unsigned char before = memory_u8(*state, address);
    program[20 * PAGE]++;
    assert_int_equal(memory_u8(*state, address), before);
    memory_begin_reading(*state);
    assert_int_equal(memory_u8(*state, address), (unsigned char)(before + 1));
}

static void test_constant_pages_are_read_once(void **state)
{
    memory_u8(*state, BASE);
    unsigned before = fetches;
    memory_begin_reading(*state);
    memory_u8(*state, BASE);
    describe(*state);
    memory_u8(*state, BASE);
    assert_int_equal(fetches, before);
}

static void test_describing_again_is_a_new_reading(void **state)
{
    uint64_t address = BASE + 20 * PAGE;
    unsigned char before = memory_u8(*state, address);
    program[20 * PAGE]++;
    describe(*state);
    assert_int_equal(memory_u8(*state, address), (unsigned char)(before + 1));
}

/* ---- sealed ---- */

static struct memory *seal(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    struct packed_ranges packed = {0};
    packed_ranges_plan(&packed, memory->regions, ranges, count);
    packed_ranges_fetch(&packed, memory->source, NULL);
    struct memory *sealed = memory_seal(memory, &packed);
    assert_non_null(sealed);
    assert_null(packed.ranges); /* they are its own now */
    return sealed;
}

static void unseal(struct memory *sealed, struct memory *memory)
{
    struct packed_ranges room = {0};
    memory_unseal(sealed, memory, &room);
    packed_ranges_free(&room);
}

static void test_a_sealed_one_has_what_was_read_and_no_more(void **state)
{
    const uint64_t odd = BASE + 50 * PAGE + 13;
    const struct memory_range packed = {odd, odd + 7};
    memory_u8(*state, BASE + 20 * PAGE);
    struct memory *sealed = seal(*state, &packed, 1);
    unsigned before = fetches;
    assert_memory_equal(memory_at(sealed, BASE + 20 * PAGE, PAGE), program + 20 * PAGE, PAGE);
    assert_memory_equal(memory_at(sealed, odd, 7), program + 50 * PAGE + 13, 7);
    assert_null(memory_at(sealed, odd, 8));
    assert_null(memory_at(sealed, BASE + 60 * PAGE, 8));
    assert_int_equal(fetches, before);
    assert_true(memory_covers(sealed, BASE + 60 * PAGE, 8));
    unseal(sealed, *state);
}

static void test_a_sealed_one_reads_what_is_constant(void **state)
{
    struct memory *sealed = seal(*state, NULL, 0);
    assert_memory_equal(memory_at(sealed, BASE + 8 * PAGE, 8), program + 8 * PAGE, 8);
    /* A page that may be written lies beside, and is not read ahead with it. */
    assert_memory_equal(memory_at(sealed, BASE + 15 * PAGE, 8), program + 15 * PAGE, 8);
    assert_null(memory_at(sealed, BASE + 16 * PAGE, 8));
    unseal(sealed, *state);
}

/* Neither sees what the other reads. */
static void test_a_sealed_one_does_not_change(void **state)
{
    const uint64_t odd = BASE + 50 * PAGE + 13;
    const struct memory_range packed = {odd, odd + 7};
    memory_u8(*state, BASE + 20 * PAGE);
    struct memory *sealed = seal(*state, &packed, 1);
    const unsigned char *page = memory_at(sealed, BASE + 20 * PAGE, 1);
    unsigned char before = program[20 * PAGE], packed_before = program[50 * PAGE + 13];
    program[20 * PAGE]++;
    program[50 * PAGE + 13]++;
    assert_int_equal(memory_u8(*state, BASE + 20 * PAGE), program[20 * PAGE]);
    assert_int_equal(memory_u8(*state, odd), program[50 * PAGE + 13]);
    assert_int_equal(memory_u8(*state, BASE + 60 * PAGE), program[60 * PAGE]);
    describe(*state);
    memory_begin_reading(*state);
    assert_int_equal(memory_u8(*state, BASE + 20 * PAGE), program[20 * PAGE]);
    assert_int_equal(memory_u8(sealed, BASE + 20 * PAGE), before);
    assert_int_equal(memory_u8(sealed, odd), packed_before);
    assert_null(memory_at(sealed, BASE + 60 * PAGE, 8));
    assert_ptr_equal(memory_at(sealed, BASE + 20 * PAGE, 1), page);
    unseal(sealed, *state);
}

static void test_unsealing_is_a_new_reading_that_keeps_what_is_constant(void **state)
{
    memory_u8(*state, BASE);
    memory_u8(*state, BASE + 20 * PAGE);
    struct memory *sealed = seal(*state, NULL, 0);
    memory_u8(*state, BASE + 60 * PAGE);
    program[20 * PAGE]++;
    program[60 * PAGE]++;
    unseal(sealed, *state);
    unsigned before = fetches;
    assert_int_equal(memory_u8(*state, BASE), program[0]);
    assert_int_equal(fetches, before);
    assert_int_equal(memory_u8(*state, BASE + 20 * PAGE), program[20 * PAGE]);
    assert_int_equal(memory_u8(*state, BASE + 60 * PAGE), program[60 * PAGE]);
}

static void test_the_room_of_what_was_packed_comes_back(void **state)
{
    const struct memory_range range = {BASE + 20 * PAGE + 1, BASE + 20 * PAGE + 100};
    struct packed_ranges packed = {0};
    packed_ranges_plan(&packed, ((struct memory *)*state)->regions, &range, 1);
    const unsigned char *room = packed.bytes;
    struct memory *sealed = memory_seal(*state, &packed);
    assert_non_null(sealed);
    memory_unseal(sealed, *state, &packed);
    assert_ptr_equal(packed.bytes, room);
    assert_null(packed_ranges_find(&packed, range.start, 1));
    packed_ranges_free(&packed);
}

/* ---- within a deadline ---- */

static void test_behind_a_deadline_only_what_is_there_is_read(void **state)
{
    struct memory_deadline deadline = {.at_ns = 1};
    struct memory within = memory_within(*state, &deadline);
    memory_u8(*state, BASE + 20 * PAGE);
    assert_int_equal(memory_u8(&within, BASE + 20 * PAGE), program[20 * PAGE]);
    assert_false(deadline.passed);
    assert_null(memory_at(&within, BASE + 60 * PAGE, 8));
    assert_true(deadline.passed);
    assert_non_null(memory_at(*state, BASE + 60 * PAGE, 8));
    assert_non_null(memory_at(&within, BASE + 60 * PAGE, 8)); /* it is the same memory */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_across_mappings, start, stop),
        cmocka_unit_test_setup_teardown(test_nothing_outside, start, stop),
        cmocka_unit_test_setup_teardown(test_covers_reads_nothing, start, stop),
        cmocka_unit_test_setup_teardown(test_hole_hides_only_itself, start, stop),
        cmocka_unit_test_setup_teardown(test_words, start, stop),
        cmocka_unit_test_setup_teardown(test_mappings_that_can_be_written, start, stop),
        cmocka_unit_test_setup_teardown(test_what_was_read_stays_until_the_next_reading, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_constant_pages_are_read_once, start, stop),
        cmocka_unit_test_setup_teardown(test_describing_again_is_a_new_reading, start, stop),
        cmocka_unit_test_setup_teardown(test_a_sealed_one_has_what_was_read_and_no_more, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_a_sealed_one_reads_what_is_constant, start, stop),
        cmocka_unit_test_setup_teardown(test_a_sealed_one_does_not_change, start, stop),
        cmocka_unit_test_setup_teardown(test_unsealing_is_a_new_reading_that_keeps_what_is_constant,
                                        start, stop),
        cmocka_unit_test_setup_teardown(test_the_room_of_what_was_packed_comes_back, start, stop),
        cmocka_unit_test_setup_teardown(test_behind_a_deadline_only_what_is_there_is_read, start,
                                        stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
