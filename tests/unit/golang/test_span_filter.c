/* Which spans can hold interfaces, by the pointer bits at their ends. */
#include "golang/heap/span_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct object_ends ends;

static int release(void **state)
{
    (void)state;
    object_ends_free(&ends);
    return 0;
}

static struct span span_of(uint64_t element)
{
    return (struct span){.start = 0x10000,
                         .end = 0x10000 + HEAP_PAGE / element * element,
                         .size = HEAP_PAGE,
                         .element = element,
                         .count = (uint32_t)(HEAP_PAGE / element),
                         .divisor = 1};
}

/* All objects of the span have this mask, the first word in the lowest bit. */
static bool may_hold(uint64_t element, uint64_t mask)
{
    const struct span span = span_of(element);
    uint64_t bits[HEAP_PAGE / 512] = {0};
    uint64_t words = element / 8;
    for (uint64_t word = 0; word < HEAP_PAGE / 8; word++)
        if (mask >> (word % words) & 1)
            bits[word / 64] |= UINT64_C(1) << (word % 64);
    return span_may_hold_interfaces(&ends, &span, bits);
}

static void test_an_interface_or_closure_shows(void **state)
{
    (void)state;
    assert_true(may_hold(16, 2));   /* one interface */
    assert_true(may_hold(48, 052)); /* a value context: three */
    assert_true(may_hold(96, 2));   /* one at the beginning of a larger object */
    assert_true(may_hold(24, 4));   /* behind something else */
    assert_true(may_hold(512, 1 << 1));
    assert_true(may_hold(512, UINT64_C(1) << 63)); /* the last two words */
}

static void test_nodes_and_texts_show_none(void **state)
{
    (void)state;
    assert_false(may_hold(32, 7)); /* three pointers and a number */
    assert_false(may_hold(16, 1)); /* a text: pointer, length */
    assert_false(may_hold(24, 1)); /* a slice */
    assert_false(may_hold(64, 0377));
    assert_false(may_hold(48, 0)); /* free */
}

/* A number at the end of one object and a pointer at the beginning of the next are no pair. */
static void test_objects_do_not_run_together(void **state)
{
    (void)state;
    for (uint64_t element = 16; element <= 512; element += 8)
        assert_false(may_hold(element, 1));
}

static void test_one_object_of_many_is_enough(void **state)
{
    (void)state;
    const struct span span = span_of(32);
    for (uint64_t object = 0; object < span.count; object++) {
        uint64_t bits[HEAP_PAGE / 512] = {0}, word = object * 4 + 1;
        assert_false(span_may_hold_interfaces(&ends, &span, bits));
        bits[word / 64] |= UINT64_C(1) << (word % 64);
        assert_true(span_may_hold_interfaces(&ends, &span, bits));
    }
}

static void test_where_the_bits_are(void **state)
{
    (void)state;
    struct go_program program = {.layout.traits.pointer_bits = POINTER_BITS_IN_SPANS};
    struct heap heap = {.inline_marks = false};
    struct span span = span_of(48);
    struct memory_range range = span_filter_bits(&program, &heap, &span);
    assert_int_equal(range.end, span.start + span.size);
    assert_int_equal(range.end - range.start, HEAP_PAGE / 64);
    heap.inline_marks = true;
    assert_int_equal(span_filter_bits(&program, &heap, &span).end, span.start + span.size - 128);
    program.layout.traits.pointer_bits = POINTER_BITS_IN_ARENAS;
    range = span_filter_bits(&program, &heap, &span);
    assert_int_equal(range.end, range.start);
    program.layout.traits.pointer_bits = POINTER_BITS_IN_SPANS;
    span.element = 1024; /* these begin with their type */
    range = span_filter_bits(&program, &heap, &span);
    assert_int_equal(range.end, range.start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_an_interface_or_closure_shows, release),
        cmocka_unit_test_teardown(test_nodes_and_texts_show_none, release),
        cmocka_unit_test_teardown(test_objects_do_not_run_together, release),
        cmocka_unit_test_teardown(test_one_object_of_many_is_enough, release),
        cmocka_unit_test(test_where_the_bits_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
