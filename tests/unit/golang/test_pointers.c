/* Which words are pointers, by each of the ways in which releases of Go say so. */
#include "golang/heap/pointers.h"
#include "made_program.h"

/* ---- what was visited ---- */

enum { MOST = 16384 };

static struct {
    uint64_t at[MOST], pointer[MOST];
    size_t count;
} seen;

static void see(void *state, uint64_t at, uint64_t pointer)
{
    (void)state;
    assert_true(seen.count < MOST);
    seen.at[seen.count] = at;
    seen.pointer[seen.count++] = pointer;
}

/* Exactly those of the words from `start` on that have a bit in `expected` were visited. */
static void assert_seen(uint64_t start, uint64_t expected)
{
    size_t next = 0;
    for (unsigned i = 0; i < 64; i++) {
        if (!(expected >> i & 1))
            continue;
        assert_true(next < seen.count);
        assert_int_equal(seen.at[next], start + 8 * i);
        assert_int_equal(seen.pointer[next], 0x1000 + i);
        next++;
    }
    assert_int_equal(seen.count, next);
    seen.count = 0;
}

/* Word i from `start` on is 0x1000 + i. */
static void fill(uint64_t start, unsigned words)
{
    for (unsigned i = 0; i < words; i++)
        made_word(start + 8 * i, 0x1000 + i);
}

static struct masks masks;
static struct heap heap;

static int begin(void **state)
{
    seen.count = 0;
    heap = (struct heap){0};
    masks = (struct masks){.program = &made, .heap = &heap};
    return made_begin(state);
}

static int end(void **state)
{
    masks_free(&masks);
    return made_end(state);
}

static struct span span_at(uint64_t start, uint64_t size, uint64_t element)
{
    return (struct span){.start = start,
                         .end = start + size / element * element,
                         .size = size,
                         .element = element,
                         .count = (uint32_t)(size / element),
                         .divisor = size > element ? (uint32_t)(UINT32_MAX / element + 1) : 0};
}

/* Of the `count` words of an object from its word `first` on, those in `expected` are pointers. */
static void assert_object(const struct span *span, uint32_t index, unsigned first, unsigned count,
                          uint64_t expected)
{
    uint64_t start = span_object(span, index) + 8 * (uint64_t)first, bits;
    fill(start, count);
    assert_true(visit_object(&masks, span, index, see, NULL));
    assert_seen(start, expected);
    assert_true(object_pointer_words(&masks, span, start, count, &bits));
    assert_int_equal(bits, expected);
}

/* ---- ranges ---- */

static void a_range_without_a_mask_is_all_pointers(void **state)
{
    (void)state;
    fill(MADE_START, 10);
    made_word(MADE_START + 24, 0); /* nil is no pointer */
    assert_true(visit_range(&made, MADE_START, 80, 0, see, NULL));
    assert_seen(MADE_START, 0x3ff & ~UINT64_C(8));
    assert_true(visit_range(&made, MADE_START, 79, 0, see, NULL)); /* the last word is cut */
    assert_seen(MADE_START, 0x1ff & ~UINT64_C(8));
    assert_true(visit_range(&made, MADE_START, 7, 0, see, NULL));
    assert_int_equal(seen.count, 0);
}

static void a_range_has_a_bit_for_each_word(void **state)
{
    (void)state;
    const uint64_t mask = MADE_START + 0x1000;
    fill(MADE_START, 20);
    made_byte(mask, 0x81);
    made_byte(mask + 1, 0x02);
    made_byte(mask + 2, 0x08);
    assert_true(visit_range(&made, MADE_START, 160, mask, see, NULL));
    assert_seen(MADE_START, 1 << 0 | 1 << 7 | 1 << 9 | 1 << 19);
}

/* Longer ranges are looked at in pieces, and the mask goes on where it was. */
static void the_mask_of_a_long_range_goes_on(void **state)
{
    (void)state;
    const uint64_t size = 0x18000, mask = MADE_START + 0x30000;
    made_word(MADE_START + 0xfff8, 1);  /* the last word of the first piece */
    made_word(MADE_START + 0x10000, 2); /* the first of the second */
    made_word(MADE_START + 0x10008, 3);
    made_byte(mask + 0xfff8 / 64, 0x80);
    made_byte(mask + 0x10000 / 64, 0x02);
    assert_true(visit_range(&made, MADE_START, size, mask, see, NULL));
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.at[0], MADE_START + 0xfff8);
    assert_int_equal(seen.at[1], MADE_START + 0x10008);
}

static void what_cannot_be_read_is_missing_and_said(void **state)
{
    (void)state;
    fill(MADE_START, 4);
    assert_false(visit_range(&made, MADE_START + 4, 16, 0, see, NULL));
    assert_false(visit_range(&made, MADE_START - 16, 16, 0, see, NULL));
    assert_int_equal(seen.count, 0);
    /* A mask that cannot be read: all words count, which only keeps more alive. */
    assert_true(visit_range(&made, MADE_START, 32, MADE_START - 64, see, NULL));
    assert_seen(MADE_START, 0xf);
}

/* ---- Go 1.18 and 1.19: pairs of bits in the arena ---- */

/* Has the bitmap of the arena that ends in the middle of the region begin at `bits`. */
static void put_arena(uint64_t number, uint64_t bits, uint64_t first_byte)
{
    const uint64_t slot = MADE_START + 0x3f000; /* of the table's entries for the two arenas */
    const uint64_t index = (MADE_ARENA_END - ARENA_SIZE - ARENA_BASE) / ARENA_SIZE;
    made.layout.at[HEAP_ARENAS] = 0;
    made.layout.at[ARENA_BITMAP] = 16;
    made.heap = MADE_START + 0x3e000;
    made_word(made.heap, slot - 8 * index);
    made_word(slot + 8 * number, bits - first_byte - 16);
}

static void pairs_end_where_no_more_follow(void **state)
{
    (void)state;
    const struct span span = span_at(MADE_START, 0x1000, 64);
    const uint64_t bits = MADE_START + 0x20000;
    made.layout.traits.pointer_bits = POINTER_BITS_IN_ARENAS_BY_PAIRS;
    put_arena(0, bits, (MADE_START % ARENA_SIZE) / 32);
    /* Object 1, words 0 to 3: pointer, scalar, pointer, pointer; then one more, and the end. */
    made_byte(bits + 2, 0xfd);
    made_byte(bits + 3, 0x1f);
    assert_object(&span, 1, 0, 8, 0x1d);
    /* Bits behind the end are left over. */
    made_byte(bits + 3, 0x0f);
    assert_object(&span, 1, 0, 8, 0x0d);
    /* One that begins in the middle of a byte. */
    const struct span odd = span_at(MADE_START, 0x1000, 48);
    made_byte(bits + 1, 0xf4); /* its words 0 and 1 are bits 2 and 3 */
    made_byte(bits + 2, 0xfa);
    assert_object(&odd, 1, 0, 6, 0x29);
}

/* ---- Go 1.20 and 1.21: a bit for each word in the arena ---- */

static void an_arena_has_a_bit_for_each_word(void **state)
{
    (void)state;
    const struct span span = span_at(MADE_START, 0x1000, 48);
    const uint64_t bits = MADE_START + 0x20000;
    made.layout.traits.pointer_bits = POINTER_BITS_IN_ARENAS;
    put_arena(0, bits, (MADE_START % ARENA_SIZE) / 64);
    made_byte(bits + 2, 0xa7); /* of the span's words 16 to 23; the first two are another's */
    assert_object(&span, 3, 0, 6, 0x29);
}

static void an_object_may_lie_across_two_arenas(void **state)
{
    (void)state;
    const uint64_t start = MADE_ARENA_END - 32;
    const struct span span = span_at(start, 64, 64);
    const uint64_t low = MADE_START + 0x1000, high = MADE_START + 0x2000;
    made.layout.traits.pointer_bits = POINTER_BITS_IN_ARENAS;
    put_arena(0, low, (start % ARENA_SIZE) / 64);
    put_arena(1, high, 0);
    fill(start, 8);
    made_byte(low, 0x50);  /* the last four words of the arena are bits 4 to 7 */
    made_byte(high, 0x09); /* the first four of the next, bits 0 to 3 */
    assert_true(visit_object(&masks, &span, 0, see, NULL));
    assert_seen(start, 0x05 | 0x90);
    /* Words of one arena can be asked for, words of both not. */
    uint64_t words;
    assert_true(object_pointer_words(&masks, &span, start, 4, &words));
    assert_int_equal(words, 0x05);
    assert_false(object_pointer_words(&masks, &span, start, 5, &words));
}

static void without_its_arena_every_word_of_an_object_counts(void **state)
{
    (void)state;
    const struct span span = span_at(MADE_START, 0x1000, 32);
    uint64_t words;
    made.layout.traits.pointer_bits = POINTER_BITS_IN_ARENAS;
    fill(MADE_START, 4);
    assert_true(visit_object(&masks, &span, 0, see, NULL));
    assert_seen(MADE_START, 0xf);
    assert_false(object_pointer_words(&masks, &span, MADE_START, 4, &words));
}

/* ---- since Go 1.22: at the end of the span, or by the type ---- */

static void small_objects_have_their_bits_at_the_end_of_the_span(void **state)
{
    (void)state;
    const struct span span = span_at(MADE_START, HEAP_PAGE, 48);
    made.layout.traits.pointer_bits = POINTER_BITS_IN_SPANS;
    made_byte(MADE_START + HEAP_PAGE - 128 + 1, 0x50); /* of words 8 to 15; the object has 12 on */
    made_byte(MADE_START + HEAP_PAGE - 128 + 2, 0x02);
    assert_object(&span, 2, 0, 6, 0x25);
    /* With inline marks, in front of those. */
    heap.inline_marks = true;
    made_byte(MADE_START + HEAP_PAGE - 128 - 128 + 1, 0x10);
    assert_object(&span, 2, 0, 6, 0x01);
}

enum { POINTER_POINTER_NUMBER = 0x38000, TYPE_MASK = 0x38100 };

/* A type of three words, of which the first two are pointers; what is said of the third is not. */
static uint64_t put_type(uint64_t mask)
{
    made_byte(MADE_START + TYPE_MASK, 7);
    made_type(MADE_START + POINTER_POINTER_NUMBER, KIND_STRUCT, 24, 16, mask);
    return MADE_START + POINTER_POINTER_NUMBER;
}

static void larger_objects_begin_with_their_type(void **state)
{
    (void)state;
    const struct span span = span_at(MADE_START, 2 * 1024, 1024);
    made.layout.traits.pointer_bits = POINTER_BITS_IN_SPANS;
    made_word(MADE_START + 1024, put_type(MADE_START + TYPE_MASK));
    assert_object(&span, 1, 1, 9, 0xdb); /* three values after the header */
    uint64_t bits;
    assert_true(object_pointer_words(&masks, &span, MADE_START + 1024 + 16, 3, &bits));
    assert_int_equal(bits, 5);
    assert_false(object_pointer_words(&masks, &span, MADE_START + 1024, 1, &bits));
}

/* The last value is cut, and what comes after it is the next object. */
static void values_end_with_their_object(void **state)
{
    (void)state;
    const struct span span = span_at(MADE_START, 2 * 1024, 1024);
    made.layout.traits.pointer_bits = POINTER_BITS_IN_SPANS;
    made_word(MADE_START, put_type(MADE_START + TYPE_MASK));
    made_word(MADE_START + 1024, 1);
    made_word(MADE_START + 1016, 0x1000);
    assert_true(visit_object(&masks, &span, 0, see, NULL));
    assert_seen(MADE_START + 1016, 1);
}

/* No type with pointers has such a size: it was read while it changed, or is damaged. */
static void a_torn_type_says_nothing(void **state)
{
    (void)state;
    struct span span = span_at(MADE_START, HEAP_PAGE, HEAP_PAGE);
    uint64_t words;
    made.layout.traits.pointer_bits = POINTER_BITS_IN_SPANS;
    span.large_type = put_type(MADE_START + TYPE_MASK);
    made_word(span.large_type, 20);
    fill(MADE_START, 6);
    assert_true(visit_object(&masks, &span, 0, see, NULL));
    assert_seen(MADE_START, 0x3f);
    assert_false(object_pointer_words(&masks, &span, MADE_START, 6, &words));
}

static void an_object_without_a_type_yet_is_looked_at_whole(void **state)
{
    (void)state;
    const struct span span = span_at(MADE_START, 2 * 1024, 1024);
    uint64_t words;
    made.layout.traits.pointer_bits = POINTER_BITS_IN_SPANS;
    fill(MADE_START + 8, 3);
    assert_true(visit_object(&masks, &span, 0, see, NULL));
    assert_seen(MADE_START + 8, 7);
    assert_false(object_pointer_words(&masks, &span, MADE_START + 8, 3, &words));
}

static void the_largest_objects_have_their_type_in_the_span(void **state)
{
    (void)state;
    struct span span = span_at(MADE_START, HEAP_PAGE, HEAP_PAGE);
    made.layout.traits.pointer_bits = POINTER_BITS_IN_SPANS;
    span.large_type = put_type(MADE_START + TYPE_MASK);
    assert_object(&span, 0, 0, 6, 0x1b);
}

static void where_the_type_cannot_be_read_every_word_counts(void **state)
{
    (void)state;
    struct span span = span_at(MADE_START, HEAP_PAGE, HEAP_PAGE);
    uint64_t words;
    made.layout.traits.pointer_bits = POINTER_BITS_IN_SPANS;
    span.large_type = MADE_START - 4096;
    fill(MADE_START, 5);
    assert_true(visit_object(&masks, &span, 0, see, NULL));
    assert_seen(MADE_START, 0x1f);
    assert_false(object_pointer_words(&masks, &span, MADE_START, 5, &words));
    /* Nor are the bits of a type that cannot be read. */
    span.large_type = put_type(MADE_START - 4096);
    assert_true(visit_object(&masks, &span, 0, see, NULL));
    assert_seen(MADE_START, 0x1f);
}

static void objects_without_pointers_have_none(void **state)
{
    (void)state;
    struct span span = span_at(MADE_START, HEAP_PAGE, 64);
    uint64_t words = 1;
    span.noscan = true;
    assert_true(object_pointer_words(&masks, &span, MADE_START, 8, &words));
    assert_int_equal(words, 0);
}

/* ---- types ---- */

static void a_type_says_which_of_its_words_are_pointers(void **state)
{
    (void)state;
    const uint64_t type = put_type(MADE_START + TYPE_MASK);
    uint64_t words;
    assert_true(type_pointer_words(&masks, type, 3, &words));
    assert_int_equal(words, 3);
    assert_true(type_pointer_words(&masks, type, 1, &words));
    assert_int_equal(words, 1);
    assert_false(type_pointer_words(&masks, type, 4, &words)); /* it has not so many */
    assert_false(type_pointer_words(&masks, MADE_START - 4096, 1, &words));
}

static void bits_that_a_type_does_not_carry_are_made_once(void **state)
{
    (void)state;
    const uint64_t pair = MADE_START + 0x39000, inner = put_type(MADE_START + TYPE_MASK);
    const uint64_t words[3] = {inner, 0, 2}; /* an array of two */
    uint64_t bits;
    made.layout.traits.mask_in_flags = true;
    made_type(pair, KIND_ARRAY, 48, 40, MADE_START);
    made_byte(pair + 20, 16); /* on demand: what is at the place of the mask is none */
    made_put(pair + 48, words, sizeof words);
    assert_true(type_pointer_words(&masks, pair, 6, &bits));
    assert_int_equal(bits, 0x1b);
    made_word(pair + 48, 0);
    assert_true(type_pointer_words(&masks, pair, 6, &bits));
    assert_int_equal(bits, 0x1b);
}

static bool may_hold(uint64_t size, uint64_t pointer_bytes, uint8_t mask)
{
    const uint64_t type = MADE_START + 0x3a000;
    masks_free(&masks);
    made_byte(MADE_START + TYPE_MASK, mask);
    made_type(type, KIND_STRUCT, size, pointer_bytes, MADE_START + TYPE_MASK);
    return type_may_hold_interfaces(&masks, type);
}

/* An interface or a closure is a word that is no pointer followed by one. */
static void a_pointer_behind_a_number_may_be_an_interface(void **state)
{
    (void)state;
    assert_true(may_hold(16, 16, 2));
    assert_true(may_hold(40, 40, 0x16));
    assert_false(may_hold(24, 8, 1));
    assert_false(may_hold(24, 24, 7));
    assert_false(may_hold(32, 0, 0));
    assert_true(may_hold(12, 8, 1)); /* not a size of what has pointers: nothing is known */
    assert_true(type_may_hold_interfaces(&masks, MADE_START - 4096));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_range_without_a_mask_is_all_pointers),
        TEST(a_range_has_a_bit_for_each_word),
        TEST(the_mask_of_a_long_range_goes_on),
        TEST(what_cannot_be_read_is_missing_and_said),
        TEST(pairs_end_where_no_more_follow),
        TEST(an_arena_has_a_bit_for_each_word),
        TEST(an_object_may_lie_across_two_arenas),
        TEST(without_its_arena_every_word_of_an_object_counts),
        TEST(small_objects_have_their_bits_at_the_end_of_the_span),
        TEST(larger_objects_begin_with_their_type),
        TEST(values_end_with_their_object),
        TEST(a_torn_type_says_nothing),
        TEST(an_object_without_a_type_yet_is_looked_at_whole),
        TEST(the_largest_objects_have_their_type_in_the_span),
        TEST(where_the_type_cannot_be_read_every_word_counts),
        TEST(objects_without_pointers_have_none),
        TEST(a_type_says_which_of_its_words_are_pointers),
        TEST(bits_that_a_type_does_not_carry_are_made_once),
        TEST(a_pointer_behind_a_number_may_be_an_interface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
