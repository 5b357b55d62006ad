/* Arrays that grow, and that stay whole when memory runs out: at any step, and for any size. */
#include "base/array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The linker gives the array these two for reallocarray(). */
void *__real_reallocarray(void *block, size_t count, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);

static unsigned calls, failing_call; /* 0: none */

void *__wrap_reallocarray(void *block, size_t count, size_t size)
{
    return ++calls == failing_call ? NULL : __real_reallocarray(block, count, size);
}

struct numbers {
    uint64_t *items;
    size_t count, capacity;
};

static bool add(struct numbers *numbers, uint64_t number)
{
    if (!ARRAY_ROOM(numbers->items, numbers->capacity, numbers->count + 1))
        return false;
    numbers->items[numbers->count++] = number;
    return true;
}

static void check(const struct numbers *numbers)
{
    assert_true(numbers->count <= numbers->capacity);
    for (size_t i = 0; i < numbers->count; i++)
        assert_int_equal(numbers->items[i], i * i);
}

static void grows(void **state)
{
    (void)state;
    enum { MANY = 10000 };
    struct numbers numbers = {0};
    calls = failing_call = 0;
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(add(&numbers, i * i));
    check(&numbers);
    assert_int_equal(numbers.count, MANY);
    assert_true(calls < 32); /* not once for each */
    free(numbers.items);
}

static void stays_whole_when_memory_runs_out(void **state)
{
    (void)state;
    enum { ITEMS = 500, STEPS = 12 };
    for (unsigned step = 1; step <= STEPS; step++) {
        struct numbers numbers = {0};
        unsigned refused = 0;
        calls = 0;
        failing_call = step;
        while (numbers.count < ITEMS) {
            struct numbers before = numbers;
            if (!add(&numbers, numbers.count * numbers.count)) {
                assert_memory_equal(&numbers, &before, sizeof before);
                refused++;
            }
            check(&numbers);
        }
        assert_int_equal(refused, step <= calls);
        free(numbers.items);
    }
    failing_call = 0;
}

static void refuses_what_no_memory_could_hold(void **state)
{
    (void)state;
    struct numbers numbers = {0};
    assert_true(add(&numbers, 0));
    struct numbers before = numbers;
    const size_t impossible[] = {SIZE_MAX, SIZE_MAX / sizeof(uint64_t) + 1,
                                 SIZE_MAX / sizeof(uint64_t)};
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        assert_false(ARRAY_ROOM(numbers.items, numbers.capacity, impossible[i]));
        assert_memory_equal(&numbers, &before, sizeof before);
    }
    /* A capacity whose next step would not fit into a size_t. */
    size_t capacity = SIZE_MAX - 1;
    assert_null(array_grow(numbers.items, &capacity, SIZE_MAX, sizeof(uint64_t)));
    assert_int_equal(capacity, SIZE_MAX - 1);
    free(numbers.items);
}

static void makes_room_for_several_at_once(void **state)
{
    (void)state;
    struct numbers numbers = {0};
    assert_true(ARRAY_ROOM(numbers.items, numbers.capacity, 1000));
    assert_true(numbers.capacity >= 1000);
    const uint64_t *items = numbers.items;
    assert_true(ARRAY_ROOM(numbers.items, numbers.capacity, 1000));
    assert_ptr_equal(numbers.items, items);
    free(numbers.items);
}

static void an_empty_array_can_be_asked_for(void **state)
{
    (void)state;
    size_t capacity = 0;
    void *items = array_grow(NULL, &capacity, 0, 1);
    assert_non_null(items);
    assert_true(capacity > 0);
    free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows),
        cmocka_unit_test(stays_whole_when_memory_runs_out),
        cmocka_unit_test(refuses_what_no_memory_could_hold),
        cmocka_unit_test(makes_room_for_several_at_once),
        cmocka_unit_test(an_empty_array_can_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
