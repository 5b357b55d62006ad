/* What a program has in its memory now, whatever was read before, and beside another thread. */
#include "foreign_memory.h"
#include "image/memory_pass.h"
#include "image/prefetch.h"
#include "image/reread.h"

#include <pthread.h>
#include <stdlib.h>

static void test_sees_what_is_there_now(void **state)
{
    uint64_t address = BASE + 20 * PAGE;
    unsigned char now;
    void *local = &now;
    bool good;
    unsigned char before = memory_u8(*state, address);
    program[20 * PAGE]++;
    memory_reread(*state, &address, 1, &local, &good, 1);
    assert_true(good);
    assert_int_equal(now, (unsigned char)(before + 1));
    assert_int_equal(memory_u8(*state, address), before);
}

static void test_ranges_of_all_sizes_past_what_was_read(void **state)
{
    const struct memory_range ranges[] = {{BASE + 20 * PAGE + 3, BASE + 20 * PAGE + 10},
                                          pages(HOLE - 1, HOLE + 1)};
    unsigned char first[7], second[2 * PAGE];
    void *const local[] = {first, second};
    size_t read[2] = {0};
    unsigned char before = memory_u8(*state, BASE + 20 * PAGE + 3);
    uint64_t counted = memory_fetched(*state);
    program[20 * PAGE + 3]++;
    memory_read_now(*state, ranges, local, read, 2);
    assert_int_equal(read[0], 7);
    assert_int_equal(read[1], PAGE);
    assert_memory_equal(first, program + 20 * PAGE + 3, 7);
    assert_memory_equal(second, program + (HOLE - 1) * PAGE, PAGE);
    assert_int_equal(memory_u8(*state, BASE + 20 * PAGE + 3), before);
    assert_int_equal(memory_fetched(*state), counted);
}

/* Also of a sealed memory: it reads past it. */
static void test_past_a_seal(void **state)
{
    struct packed_ranges packed = {0};
    uint64_t address = BASE + 20 * PAGE;
    unsigned char now, before = memory_u8(*state, address);
    void *local = &now;
    bool good;
    struct memory *sealed = memory_seal(*state, &packed);
    assert_non_null(sealed);
    program[20 * PAGE]++;
    memory_reread(sealed, &address, 1, &local, &good, 1);
    assert_true(good);
    assert_int_equal(now, program[20 * PAGE]);
    assert_int_equal(memory_u8(sealed, address), before);
    memory_unseal(sealed, *state, &packed);
    packed_ranges_free(&packed);
}

/*
 * A hole is zeroes, and what is behind it is there; from the middle of one page to that of another.
 */
static void test_reading_what_is_there(void **state)
{
    static unsigned char copy[4 * PAGE];
    const struct memory_range range = {BASE + (HOLE - 1) * PAGE + 100,
                                       BASE + (HOLE + 2) * PAGE + 50};
    memset(copy, 0xff, sizeof copy);
    memory_read_present(*state, &range, copy);
    assert_memory_equal(copy, program + (HOLE - 1) * PAGE + 100, PAGE - 100);
    for (size_t i = 0; i < PAGE; i++)
        assert_int_equal(copy[PAGE - 100 + i], 0);
    assert_memory_equal(copy + 2 * PAGE - 100, program + (HOLE + 1) * PAGE, PAGE + 50);
    assert_int_equal(copy[3 * PAGE - 50], 0xff);
}

#define ROUNDS 200

/* Reads all of it again and again; returns how many readings were not as the program is. */
static void *read_beside(void *state)
{
    const struct memory *memory = state;
    const struct memory_range range = pages(0, HOLE);
    unsigned char *copy = malloc((size_t)HOLE * PAGE);
    uintptr_t wrong = 0;
    for (int i = 0; i < ROUNDS && copy; i++) {
        void *const local[] = {copy};
        size_t read = 0;
        memory_read_now(memory, &range, local, &read, 1);
        wrong += read != (size_t)HOLE * PAGE || memcmp(copy, program, read) != 0;
    }
    wrong += !copy;
    free(copy);
    return (void *)wrong;
}

static void test_beside_another_thread(void **state)
{
    pthread_t thread;
    void *wrong;
    struct memory_pass pass;
    struct memory_deadline over = {.at_ns = 1};
    struct memory within = memory_within(*state, &over);
    const struct memory_range window[] = {pages(20, 22), pages(30, 31)};
    memory_pass_begin(&pass, *state);
    assert_int_equal(pthread_create(&thread, NULL, read_beside, &pass.memory), 0);
    for (int i = 0; i < ROUNDS; i++) {
        memory_pass_have(&pass, window, 2);
        memory_prefetch(*state, window, 2);
        assert_int_equal(memory_u8(&pass.memory, BASE + 21 * PAGE), program[21 * PAGE]);
        memory_drop(*state, window, 2);
        memory_at(i % 2 ? &within : *state, BASE + 60 * PAGE, 8);
        memory_begin_reading(*state);
    }
    assert_int_equal(pthread_join(thread, &wrong), 0);
    assert_null(wrong);
    memory_pass_end(&pass);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sees_what_is_there_now, start, stop),
        cmocka_unit_test_setup_teardown(test_ranges_of_all_sizes_past_what_was_read, start, stop),
        cmocka_unit_test_setup_teardown(test_past_a_seal, start, stop),
        cmocka_unit_test_setup_teardown(test_reading_what_is_there, start, stop),
        cmocka_unit_test_setup_teardown(test_beside_another_thread, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
