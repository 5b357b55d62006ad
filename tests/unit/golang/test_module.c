/* Ranges that a damaged program names: what cannot be read of them is passed over, and soon. */
#include "golang/binary/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define REGION UINT64_C(0x100000000)
#define SIZE   UINT64_C(8192)
#define WANTED UINT64_C(0x1234567890)

static void fetch(void *state, const struct memory_range *ranges, void *const *local, size_t *read,
                  size_t count)
{
    uint64_t *wanted_at = state;
    for (size_t i = 0; i < count; i++) {
        memset(local[i], 0, ranges[i].end - ranges[i].start);
        read[i] = ranges[i].end - ranges[i].start;
        if (*wanted_at >= ranges[i].start && *wanted_at + 8 <= ranges[i].end)
            memcpy((char *)local[i] + (*wanted_at - ranges[i].start), &(uint64_t){WANTED}, 8);
    }
}

static const struct memory_backend backend = {.fetch = fetch};

static bool is_wanted(const struct go_program *program, uint64_t address)
{
    return memory_word(program->memory, address) == WANTED;
}

static uint64_t search(uint64_t wanted_at, uint64_t start, uint64_t end)
{
    struct go_program program = {.memory = memory_new(&backend, &wanted_at)};
    assert_non_null(program.memory);
    memory_begin_regions(program.memory);
    memory_add_region(program.memory, REGION, REGION + SIZE, true);
    assert_true(memory_end_regions(program.memory));
    uint64_t found = module_search(&program, start, end, is_wanted);
    memory_free(program.memory);
    return found;
}

static void test_found_wherever_it_is(void **state)
{
    (void)state;
    assert_int_equal(search(REGION, REGION, REGION + SIZE), REGION);
    assert_int_equal(search(REGION + SIZE - 8, REGION + 1, REGION + SIZE), REGION + SIZE - 8);
    assert_int_equal(search(REGION, REGION - 8191, REGION + 8), REGION);
    assert_int_equal(search(REGION, REGION + 8, REGION + SIZE), 0);
    assert_int_equal(search(REGION + SIZE - 8, REGION, REGION + SIZE - 1), 0);
}

static void test_a_gap_is_passed_over(void **state)
{
    (void)state;
    assert_int_equal(search(REGION + 4096, 0x1000, REGION + 4104), REGION + 4096);
    assert_int_equal(search(0, REGION, REGION + (UINT64_C(1) << 33)), 0);
}

static void test_what_no_program_has_is_not_searched(void **state)
{
    (void)state;
    assert_int_equal(search(REGION, 0, UINT64_MAX), 0);
    assert_int_equal(search(REGION, REGION, REGION + (UINT64_C(1) << 60)), 0);
    assert_int_equal(search(REGION, UINT64_MAX - 7, UINT64_MAX), 0);
    assert_int_equal(search(REGION, REGION + SIZE, REGION), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_wherever_it_is),
        cmocka_unit_test(test_a_gap_is_passed_over),
        cmocka_unit_test(test_what_no_program_has_is_not_searched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
