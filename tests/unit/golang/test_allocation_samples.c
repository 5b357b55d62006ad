/* Lists of specials, as a runtime has them and as none has, in a memory that is made up. */
#include "golang/heap/allocation_samples.h"
#include "made_up_memory.h"

#include <stdlib.h>

#define RECORD(span)    (MADE_UP + 0x400 * (uint64_t)(span))
#define SPECIAL(number) (MADE_UP + 0x2000 + 0x40 * (uint64_t)(number))
#define OBJECTS(span)   (UINT64_C(0x100000000) + HEAP_PAGE * (uint64_t)(span))
#define OBJECT(span, i) (OBJECTS(span) + ELEMENT * (uint64_t)(i))
#define BUCKET(number)  (UINT64_C(0x600000000000) + 0x100 * (uint64_t)(number))
#define ELEMENT         UINT64_C(96)
#define SPANS           2
#define NOWHERE         UINT64_C(0x500000000000)

static struct made_up made_up;
static struct heap heap;
static struct allocation_samples samples;

static void put_record(unsigned span, uint64_t first)
{
    made_up_field(&made_up, RECORD(span), SPAN_START, OBJECTS(span), 8);
    made_up_field(&made_up, RECORD(span), SPAN_ELEMSIZE, ELEMENT, 8);
    made_up_field(&made_up, RECORD(span), SPAN_STATE, 1, 1);
    made_up_field(&made_up, RECORD(span), SPAN_SPECIALS, first, 8);
}

static void put_special(unsigned number, uint64_t kind, uint64_t offset, uint64_t bucket,
                        uint64_t next)
{
    bool wide = made_up.program.layout.traits.wide_special_offset;
    made_up_field(&made_up, SPECIAL(number), SPECIAL_NEXT, next, 8);
    made_up_field(&made_up, SPECIAL(number), SPECIAL_OFFSET, offset, wide ? 8 : 2);
    made_up_field(&made_up, SPECIAL(number), SPECIAL_KIND, kind, 1);
    made_up_field(&made_up, SPECIAL(number), PROFILE_BUCKET, bucket, 8);
}

static uint64_t profile(void)
{
    return made_up.program.layout.traits.specials.profile;
}

/* A sample of the i-th object with the bucket of the same number. */
static void put_sample(unsigned number, unsigned i, uint64_t next)
{
    put_special(number, profile(), ELEMENT * i, BUCKET(i), next);
}

static void list_spans(uint64_t element, bool noscan)
{
    heap.spans = calloc(SPANS, sizeof *heap.spans);
    assert_non_null(heap.spans);
    for (unsigned i = 0; i < SPANS; i++)
        heap.spans[heap.count++] =
            (struct span){.address = RECORD(i),
                          .start = OBJECTS(i),
                          .end = OBJECTS(i) + HEAP_PAGE / element * element,
                          .size = HEAP_PAGE,
                          .element = element,
                          .count = (uint32_t)(HEAP_PAGE / element),
                          .divisor = (uint32_t)(((UINT64_C(1) << 32) + element - 1) / element),
                          .noscan = noscan,
                          .specials = SPECIAL(8 * i)};
    assert_true(heap_arrange(&made_up.program, &heap));
}

/* Three samples in the first span, one in the second. */
static void begin_release(int minor)
{
    made_up_begin(&made_up, minor);
    list_spans(ELEMENT, false);
    put_record(0, SPECIAL(0));
    put_record(1, SPECIAL(8));
    put_sample(0, 1, SPECIAL(1));
    put_special(1, made_up.program.layout.traits.specials.finalizer, ELEMENT, BUCKET(9),
                SPECIAL(2));
    put_sample(2, 4, SPECIAL(3));
    put_sample(3, 84, 0);
    put_sample(8, 2, 0);
}

static int begin(void **state)
{
    (void)state;
    begin_release(26);
    return 0;
}

static int end(void **state)
{
    (void)state;
    allocation_samples_free(&samples);
    heap_free(&heap);
    made_up_end(&made_up);
    return 0;
}

static void read_samples(bool moves)
{
    const uint64_t wanted[] = {OBJECT(1, 5), OBJECT(0, 0), OBJECT(0, 1), NOWHERE};
    made_up.first_page_read = 0;
    allocation_samples_free(&samples);
    if (!moves)
        memory_begin_reading(made_up.program.memory);
    assert_true(allocation_samples_read(&made_up.program, &heap, moves, wanted,
                                        sizeof wanted / sizeof wanted[0], &samples));
    if (moves)
        assert_true(allocation_samples_confirm(&made_up.program, &samples));
}

static uint64_t bucket_of(uint64_t address)
{
    return allocation_sample_of(&samples, &heap, address);
}

static void check_first_span(bool known)
{
    assert_int_equal(bucket_of(OBJECT(0, 1)), known ? BUCKET(1) : 0);
    assert_int_equal(bucket_of(OBJECT(0, 4) + 40), known ? BUCKET(4) : 0);
    assert_int_equal(bucket_of(OBJECT(0, 84) + 95), known ? BUCKET(84) : 0);
    for (unsigned i = 0; i < 85; i++)
        if (i != 1 && i != 4 && i != 84)
            assert_int_equal(bucket_of(OBJECT(0, i)), 0);
    assert_int_equal(bucket_of(OBJECT(1, 2)), BUCKET(2)); /* the other span is as it was */
    assert_int_equal(bucket_of(OBJECT(1, 1)), 0);
    assert_int_equal(bucket_of(NOWHERE), 0);
}

/* In a program that runs, and in a capture of one. */
static void check_both(bool known)
{
    read_samples(false);
    check_first_span(known);
    read_samples(true);
    check_first_span(known);
}

static void test_each_object_has_its_own(void **state)
{
    (void)state;
    check_both(true);
}

static void test_every_release(void **state)
{
    (void)state;
    for (int minor = layout_oldest(); minor <= layout_newest(); minor++) {
        end(NULL);
        begin_release(minor);
        check_both(true);
    }
}

static void test_a_list_without_end(void **state)
{
    (void)state;
    for (unsigned back = 0; back < 4; back++) {
        put_sample(3, 84, SPECIAL(back)); /* to itself, too */
        check_both(false);
    }
}

static void test_a_list_to_nowhere(void **state)
{
    static const uint64_t nowhere[] = {NOWHERE, 8, UINT64_MAX, UINT64_MAX - 7,
                                       MADE_UP + MADE_UP_SIZE - 4};
    (void)state;
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        put_sample(2, 4, nowhere[i]);
        check_both(false);
    }
}

static void test_an_object_outside_of_the_span(void **state)
{
    (void)state;
    put_special(2, profile(), HEAP_PAGE, BUCKET(4), SPECIAL(3));
    check_both(false);
    put_special(2, profile(), UINT64_MAX, BUCKET(4), SPECIAL(3));
    check_both(false);
}

/* An object is allocated once. */
static void test_two_samples_of_one_object(void **state)
{
    (void)state;
    put_special(1, profile(), ELEMENT, BUCKET(9), SPECIAL(2));
    read_samples(true);
    assert_int_equal(bucket_of(OBJECT(0, 1)), 0);
    assert_int_equal(bucket_of(OBJECT(0, 4)), BUCKET(4));
    put_special(2, profile(), ELEMENT, BUCKET(7), SPECIAL(3));
    read_samples(true);
    assert_int_equal(bucket_of(OBJECT(0, 1)), 0);
}

/* Several tiny objects share one, and only one of them was sampled. */
static void test_tiny_objects(void **state)
{
    (void)state;
    for (int noscan = 0; noscan < 2; noscan++) {
        heap_free(&heap);
        list_spans(16, noscan);
        made_up_field(&made_up, RECORD(0), SPAN_ELEMSIZE, 16, 8);
        made_up_field(&made_up, RECORD(1), SPAN_ELEMSIZE, 16, 8);
        read_samples(true);
        assert_int_equal(bucket_of(OBJECT(0, 4)), noscan ? 0 : BUCKET(4));
        assert_int_equal(bucket_of(OBJECT(1, 2)), noscan ? 0 : BUCKET(2));
    }
}

/* ---- a program that goes on while it is looked at ---- */

static void change_link(struct made_up *it)
{
    (void)it;
    put_sample(2, 4, 0);
}

static void change_object(struct made_up *it)
{
    (void)it;
    put_sample(2, 5, SPECIAL(3));
}

static void change_bucket(struct made_up *it)
{
    (void)it;
    put_special(2, profile(), ELEMENT * 4, BUCKET(5), SPECIAL(3));
}

static void change_kind(struct made_up *it)
{
    (void)it;
    put_special(1, profile(), ELEMENT * 2, BUCKET(2), SPECIAL(2));
}

static void free_first(struct made_up *it)
{
    (void)it;
    put_record(0, SPECIAL(2));
}

static void free_span(struct made_up *it)
{
    made_up_field(it, RECORD(0), SPAN_STATE, 0, 1);
}

static void test_what_changes_meanwhile(void **state)
{
    static void (*const changes[])(struct made_up *) = {change_link, change_object, change_bucket,
                                                        change_kind, free_first,    free_span};
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        end(NULL);
        begin(NULL);
        made_up.meanwhile = changes[i];
        read_samples(true);
        check_first_span(false);
    }
}

/* Since the list of spans was read, it became another one's record. */
static void test_another_span(void **state)
{
    (void)state;
    made_up_field(&made_up, RECORD(0), SPAN_START, OBJECTS(7), 8);
    read_samples(true);
    check_first_span(false);
    put_record(0, SPECIAL(0));
    made_up_field(&made_up, RECORD(0), SPAN_ELEMSIZE, 48, 8);
    read_samples(true);
    check_first_span(false);
    put_record(0, SPECIAL(0));
    read_samples(true);
    check_first_span(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_object_has_its_own, begin, end),
        cmocka_unit_test_setup_teardown(test_every_release, begin, end),
        cmocka_unit_test_setup_teardown(test_a_list_without_end, begin, end),
        cmocka_unit_test_setup_teardown(test_a_list_to_nowhere, begin, end),
        cmocka_unit_test_setup_teardown(test_an_object_outside_of_the_span, begin, end),
        cmocka_unit_test_setup_teardown(test_two_samples_of_one_object, begin, end),
        cmocka_unit_test_setup_teardown(test_tiny_objects, begin, end),
        cmocka_unit_test_setup_teardown(test_what_changes_meanwhile, begin, end),
        cmocka_unit_test_setup_teardown(test_another_span, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
