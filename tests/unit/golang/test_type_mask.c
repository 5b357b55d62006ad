/* Pointer bits of types that carry none, put together from their parts. */
#include "golang/heap/type_mask.h"
#include "made_program.h"

enum { PART = 0x100, BITS = 0x200, WHOLE = 0x300, OUTER = 0x400, FIELDS = 0x800 };

static uint64_t at(uint64_t offset)
{
    return MADE_START + offset;
}

/* Three words: pointer, number, pointer. */
static uint64_t put_part(void)
{
    made_byte(at(BITS), 5);
    made_type(at(PART), KIND_STRUCT, 24, 24, at(BITS));
    return at(PART);
}

static void put_array(uint64_t address, uint64_t element, uint64_t size, uint64_t length,
                      uint64_t pointer_bytes)
{
    const uint64_t words[3] = {element, 0, length};
    made_type(address, KIND_ARRAY, size * length, pointer_bytes, 0);
    made_put(address + 48, words, sizeof words);
}

static void put_field(uint64_t type, unsigned index, uint64_t of, uint64_t offset)
{
    const uint64_t words[3] = {0, of, offset};
    const uint64_t fields = at(FIELDS) + (type - MADE_START) * 2;
    made_put(fields + 24 * (uint64_t)index, words, sizeof words);
    made_word(type + 56, fields);
    made_word(type + 64, index + 1);
}

static void assert_mask(uint64_t address, uint64_t expected)
{
    struct go_type type;
    assert_true(go_type_read(&made, address, &type));
    unsigned char *bits = type_mask_make(&made, &type);
    assert_non_null(bits);
    for (unsigned i = 0; i < type.pointer_bytes / 8; i++)
        assert_int_equal(bits[i / 8] >> (i % 8) & 1, expected >> i & 1);
    free(bits);
}

static void assert_none(uint64_t address)
{
    struct go_type type;
    assert_true(go_type_read(&made, address, &type));
    assert_null(type_mask_make(&made, &type));
}

static void a_type_with_bits_has_those(void **state)
{
    (void)state;
    assert_mask(put_part(), 5);
}

static void an_array_repeats_its_element(void **state)
{
    (void)state;
    put_array(at(WHOLE), put_part(), 24, 5, 5 * 24);
    assert_mask(at(WHOLE), 05 | 05 << 3 | 05 << 6 | 05 << 9 | 05 << 12);
    put_array(at(WHOLE), put_part(), 24, 5, 24);
    assert_mask(at(WHOLE), 05);
}

static void a_struct_has_its_fields_where_they_are(void **state)
{
    (void)state;
    made_type(at(WHOLE), KIND_STRUCT, 72, 56, 0);
    made_type(at(OUTER), KIND_INT, 8, 0, 0);
    put_field(at(WHOLE), 0, at(OUTER), 0);
    put_field(at(WHOLE), 1, put_part(), 8);
    put_field(at(WHOLE), 2, put_part(), 32);
    put_field(at(WHOLE), 3, put_part(), 64); /* behind all pointers: it is not asked */
    assert_mask(at(WHOLE), 5 << 1 | 5 << 4);
}

static void parts_may_have_parts(void **state)
{
    (void)state;
    put_array(at(WHOLE), put_part(), 24, 2, 48);
    made_type(at(OUTER), KIND_STRUCT, 56, 56, 0);
    put_field(at(OUTER), 0, at(WHOLE), 8);
    assert_mask(at(OUTER), (5 | 5 << 3) << 1);
}

/* ---- damaged or hostile ---- */

static void what_cannot_be_known_has_no_bits(void **state)
{
    (void)state;
    put_array(at(WHOLE), MADE_START - 4096, 24, 2, 48);
    assert_none(at(WHOLE));
    made_type(at(WHOLE), KIND_POINTER, 8, 8, 0); /* nothing else is put together */
    assert_none(at(WHOLE));
    made_type(at(WHOLE), KIND_STRUCT, 24, 24, MADE_START - 4096);
    assert_none(at(WHOLE));
    made_type(at(WHOLE), KIND_STRUCT, 24, 20, at(BITS));
    assert_none(at(WHOLE));
}

static void parts_stay_within_the_whole(void **state)
{
    (void)state;
    made_type(at(WHOLE), KIND_STRUCT, 24, 16, 0);
    put_field(at(WHOLE), 0, put_part(), 8); /* three words at the second of two */
    assert_none(at(WHOLE));
    made_type(at(WHOLE), KIND_STRUCT, 40, 40, 0);
    put_field(at(WHOLE), 0, put_part(), 4);
    assert_none(at(WHOLE));
}

static void what_holds_itself_comes_to_an_end(void **state)
{
    (void)state;
    made_type(at(WHOLE), KIND_STRUCT, 64, 64, 0);
    put_field(at(WHOLE), 0, at(WHOLE), 0);
    assert_none(at(WHOLE));
    put_field(at(WHOLE), 1, at(WHOLE), 8);
    assert_none(at(WHOLE));
    put_array(at(OUTER), put_part(), 24, UINT64_C(1) << 40, 0);
    made_type(at(OUTER), KIND_ARRAY, UINT64_C(1) << 40, UINT64_C(24) << 22, 0); /* too large */
    assert_none(at(OUTER));
}

/* Forty types, each with two of the next: 2^40 parts, at one and the same place. */
static void parts_on_top_of_each_other_come_to_an_end(void **state)
{
    (void)state;
    const uint64_t first = at(0x4000);
    for (unsigned i = 0; i < 40; i++) {
        uint64_t type = first + 0x80 * (uint64_t)i;
        made_type(type, KIND_STRUCT, 24, 24, 0);
        put_field(type, 0, i < 39 ? type + 0x80 : put_part(), 0);
        put_field(type, 1, i < 39 ? type + 0x80 : put_part(), 0);
    }
    assert_none(first);
    assert_mask(first + 0x80 * UINT64_C(30), 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_begin, made_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_type_with_bits_has_those),
        TEST(an_array_repeats_its_element),
        TEST(a_struct_has_its_fields_where_they_are),
        TEST(parts_may_have_parts),
        TEST(what_cannot_be_known_has_no_bits),
        TEST(parts_stay_within_the_whole),
        TEST(what_holds_itself_comes_to_an_end),
        TEST(parts_on_top_of_each_other_come_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
