/* One pass over much memory: what is at hand, and for how long. */
#include "foreign_memory.h"
#include "image/memory_pass.h"

struct passing {
    struct memory *memory;
    struct memory_pass pass;
};

static struct passing passing;

static int begin(void **state)
{
    void *memory;
    start(&memory);
    passing.memory = memory;
    memory_pass_begin(&passing.pass, memory);
    *state = &passing;
    return 0;
}

static int end(void **state)
{
    struct passing *own = *state;
    memory_pass_end(&own->pass);
    memory_free(own->memory);
    return 0;
}

static void test_what_is_at_hand_is_not_read_again(void **state)
{
    struct passing *own = *state;
    struct memory *memory = &own->pass.memory;
    const struct memory_range ranges[] = {pages(20, 21), pages(30, 33)};
    memory_pass_have(&own->pass, ranges, 2);
    assert_int_equal(fetches, 1);
    assert_int_equal(bytes, 4 * PAGE);
    /* Upwards, and back again. */
    for (uint64_t address = BASE + 30 * PAGE; address < BASE + 33 * PAGE; address += 512)
        assert_memory_equal(memory_at(memory, address, 512), program + (address - BASE), 512);
    assert_memory_equal(memory_at(memory, BASE + 20 * PAGE + 1, 100), program + 20 * PAGE + 1, 100);
    assert_memory_equal(memory_at(memory, BASE + 30 * PAGE, 3 * PAGE), program + 30 * PAGE,
                        3 * PAGE);
    assert_int_equal(fetches, 1);
}

static void test_what_lies_beside_is_read_as_ever(void **state)
{
    struct passing *own = *state;
    struct memory *memory = &own->pass.memory;
    const struct memory_range range = pages(20, 21);
    memory_pass_have(&own->pass, &range, 1);
    assert_memory_equal(memory_at(memory, BASE + 21 * PAGE - 8, 16), program + 21 * PAGE - 8, 16);
    assert_memory_equal(memory_at(memory, BASE + 20 * PAGE - 8, 16), program + 20 * PAGE - 8, 16);
    assert_null(memory_at(memory, BASE + 20 * PAGE, (size_t)-1));
    assert_int_equal(memory_word(memory, BASE - 8), 0);
}

static void test_only_the_pass_sees_it_and_nothing_stays(void **state)
{
    struct passing *own = *state;
    const uint64_t address = BASE + 20 * PAGE;
    const struct memory_range first = pages(20, 21), second[] = {pages(30, 31), pages(32, 34)};
    memory_pass_have(&own->pass, &first, 1);
    unsigned char before = program[20 * PAGE]++;
    assert_int_equal(memory_u8(&own->pass.memory, address), before);
    memory_pass_have(&own->pass, second, 2);
    assert_int_equal(memory_u8(&own->pass.memory, BASE + 33 * PAGE), program[33 * PAGE]);
    memory_pass_have(&own->pass, &first, 1);
    assert_int_equal(memory_u8(&own->pass.memory, address), program[20 * PAGE]);
    program[20 * PAGE]++;
    assert_int_equal(memory_u8(own->memory, address), program[20 * PAGE]);
    memory_pass_have(&own->pass, NULL, 0);
    assert_int_equal(memory_u8(&own->pass.memory, address), program[20 * PAGE]);
}

/* What one reading has seen is not mixed with something newer. */
static void test_what_is_present_wins(void **state)
{
    struct passing *own = *state;
    const uint64_t address = BASE + 20 * PAGE;
    const struct memory_range range = pages(20, 21);
    unsigned char before = memory_u8(own->memory, address);
    program[20 * PAGE]++;
    unsigned fetched = fetches;
    memory_pass_have(&own->pass, &range, 1);
    assert_int_equal(memory_u8(&own->pass.memory, address), before);
    assert_int_equal(fetches, fetched);
}

static void test_of_a_sealed_memory_nothing_is_read(void **state)
{
    struct passing *own = *state;
    const struct memory_range kept = {BASE + 20 * PAGE + 1, BASE + 20 * PAGE + 9};
    const struct memory_range range = pages(60, 61);
    struct packed_ranges packed = {0};
    struct memory_pass pass;
    packed_ranges_plan(&packed, own->memory->regions, &kept, 1);
    packed_ranges_fetch(&packed, own->memory->source, NULL);
    struct memory *sealed = memory_seal(own->memory, &packed);
    assert_non_null(sealed);
    unsigned before = fetches;
    memory_pass_begin(&pass, sealed);
    memory_pass_have(&pass, &range, 1);
    assert_null(memory_at(&pass.memory, BASE + 60 * PAGE, 8));
    assert_memory_equal(memory_at(&pass.memory, kept.start, 8), program + 20 * PAGE + 1, 8);
    memory_pass_end(&pass);
    assert_int_equal(fetches, before);
    memory_unseal(sealed, own->memory, &packed);
    packed_ranges_free(&packed);
}

static void test_behind_a_deadline_nothing_is_at_hand(void **state)
{
    struct passing *own = *state;
    struct memory_deadline deadline = {.at_ns = 1};
    struct memory within = memory_within(own->memory, &deadline);
    const struct memory_range range = pages(50, 52);
    struct memory_pass pass;
    memory_pass_begin(&pass, &within);
    memory_pass_have(&pass, &range, 1);
    assert_null(memory_at(&pass.memory, BASE + 50 * PAGE, 8));
    memory_pass_end(&pass);
    assert_int_equal(fetches, 0);
    assert_true(deadline.passed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_at_hand_is_not_read_again, begin, end),
        cmocka_unit_test_setup_teardown(test_what_lies_beside_is_read_as_ever, begin, end),
        cmocka_unit_test_setup_teardown(test_only_the_pass_sees_it_and_nothing_stays, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_present_wins, begin, end),
        cmocka_unit_test_setup_teardown(test_of_a_sealed_memory_nothing_is_read, begin, end),
        cmocka_unit_test_setup_teardown(test_behind_a_deadline_nothing_is_at_hand, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
