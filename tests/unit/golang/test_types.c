#include "golang/binary/types.h"
#include "made_program.h"

enum { TYPE = 0x100, NAME = 0x800, PATH = 0x900, FIELDS = 0xa00, METHODS = 0xc00, TABLE = 0xe00 };

static uint64_t at(uint64_t offset)
{
    return MADE_START + offset;
}

/* A struct named `name` in the package of that path. */
static void put_named(const char *package, const char *name)
{
    const uint32_t offset = NAME;
    made_type(at(TYPE), KIND_STRUCT, 40, 16, 0x1234);
    made_name(at(NAME), 1, name);
    made_put(at(TYPE) + 40, &offset, 4);
    made_name(at(PATH), 0, package);
    made_word(at(TYPE) + 48, at(PATH));
}

static void a_type_is_read_as_it_is_written(void **state)
{
    (void)state;
    struct go_type type;
    made_type(at(TYPE), KIND_MAP | 32, 8, 8, 0x1234);
    assert_true(go_type_read(&made, at(TYPE), &type));
    assert_int_equal(type.address, at(TYPE));
    assert_int_equal(type.kind, KIND_MAP);
    assert_int_equal(type.size, 8);
    assert_int_equal(type.pointer_bytes, 8);
    assert_int_equal(type.mask, 0x1234);
    assert_true(type.direct);
}

/* What stands in the kind of older releases stands in the flags of newer ones. */
static void where_a_release_keeps_a_property_decides(void **state)
{
    (void)state;
    struct go_type type;
    made_type(at(TYPE), KIND_STRUCT, 8, 8, 0x1234);
    made_byte(at(TYPE) + 20, 32 | 16);
    assert_true(go_type_read(&made, at(TYPE), &type));
    assert_false(type.direct);
    assert_int_equal(type.mask, 0x1234);
    made.layout.traits.direct_in_flags = true;
    made.layout.traits.mask_in_flags = true;
    assert_true(go_type_read(&made, at(TYPE), &type));
    assert_true(type.direct);
    assert_int_equal(type.mask, 0);
    made.layout.traits.mask_in_flags = false;
    made_byte(at(TYPE) + 23, KIND_STRUCT | 64);
    assert_true(go_type_read(&made, at(TYPE), &type));
    assert_int_equal(type.mask, 0); /* what is there is a program that makes the mask */
    assert_int_equal(type.kind, KIND_STRUCT);
}

static void what_no_type_can_be_is_refused(void **state)
{
    (void)state;
    struct go_type type;
    made_type(at(TYPE), KIND_STRUCT, 8, 16, 0); /* more pointers than bytes */
    assert_false(go_type_read(&made, at(TYPE), &type));
    made_type(at(TYPE), KIND_STRUCT, UINT64_C(1) << 47, 0, 0);
    assert_false(go_type_read(&made, at(TYPE), &type));
    made_type(at(TYPE), KIND_STRUCT, (UINT64_C(1) << 47) - 1, 0, 0);
    assert_true(go_type_read(&made, at(TYPE), &type));
    assert_false(go_type_read(&made, at(TYPE) + 4, &type));
    assert_false(go_type_read(&made, MADE_START - 8, &type));
    assert_false(go_type_read(&made, MADE_START + MADE_SIZE - 40, &type));
}

static void assert_name(const char *expected)
{
    char name[GO_NAME_SIZE];
    go_type_name(&made, at(TYPE), name);
    assert_string_equal(name, expected);
}

static void names_are_found_by_their_module(void **state)
{
    (void)state;
    put_named("example.com/app", "main.request");
    assert_name("main.request");
    /* The linker keeps "*T" for both, with a flag at T. */
    made_name(at(NAME), 1, "*main.request");
    assert_name("*main.request");
    made_byte(at(TYPE) + 20, 2);
    assert_name("main.request");
    made_name(at(NAME), 1, "request"); /* damaged: there is no star to leave out */
    assert_name("request");
    made_module.etypes = at(TYPE); /* it is in no module's types */
    assert_name("");
}

static void long_names_are_cut_and_broken_ones_empty(void **state)
{
    (void)state;
    char text[300];
    put_named("p", "x");
    memset(text, 'a', sizeof text);
    made_byte(at(NAME) + 1, 0x80 | (300 & 0x7f)); /* a length of two bytes */
    made_byte(at(NAME) + 2, 300 >> 7);
    made_put(at(NAME) + 3, text, sizeof text);
    text[GO_NAME_SIZE - 1] = '\0';
    assert_name(text);
    made_byte(at(NAME) + 1, 0x80 | (150 & 0x7f));
    made_byte(at(NAME) + 2, 150 >> 7);
    text[150] = '\0';
    assert_name(text);
    made_byte(at(NAME) + 1, 0);
    assert_name("");
    const uint32_t outside = MADE_SIZE - 1;
    made_put(at(TYPE) + 40, &outside, 4);
    assert_name("");
}

static void namesakes_of_other_packages_are_others(void **state)
{
    (void)state;
    put_named("context", "context.cancelCtx");
    assert_true(go_type_is(&made, at(TYPE), "context", "context.cancelCtx"));
    assert_false(go_type_is(&made, at(TYPE), "context", "context.timerCtx"));
    assert_false(go_type_is(&made, at(TYPE), "example.com/context", "context.cancelCtx"));
    made_byte(at(TYPE) + 23, KIND_POINTER); /* which has an element where those have a path */
    assert_false(go_type_is(&made, at(TYPE), "context", "context.cancelCtx"));
}

static void only_pointers_channels_and_slices_have_an_element(void **state)
{
    (void)state;
    struct go_type type = {.address = at(TYPE)};
    made_word(at(TYPE) + 48, 0x77);
    for (unsigned kind = 0; kind <= KIND_STRUCT; kind++) {
        type.kind = (uint8_t)kind;
        bool has = kind == KIND_POINTER || kind == KIND_CHAN || kind == KIND_SLICE;
        assert_int_equal(go_type_element(&made, &type), has ? 0x77 : 0);
    }
}

static void put_field(unsigned index, uint8_t flags, const char *name, uint64_t type,
                      uint64_t offset)
{
    const uint64_t words[3] = {at(NAME) + 32 * (uint64_t)index, type, offset};
    made_name(words[0], flags, name);
    made_put(at(FIELDS) + 24 * (uint64_t)index, words, sizeof words);
    made_word(at(TYPE) + 56, at(FIELDS));
    made_word(at(TYPE) + 64, index + 1);
}

static void fields_come_in_their_order(void **state)
{
    (void)state;
    struct go_type type = {.address = at(TYPE), .kind = KIND_STRUCT};
    struct go_field field;
    put_field(0, 0, "Context", 0x100, 0);
    put_field(1, 8, "mutex", 0x200, 16);
    assert_true(go_type_field(&made, &type, 0, &field));
    assert_string_equal(field.name, "Context");
    assert_int_equal(field.type, 0x100);
    assert_false(field.embedded);
    assert_true(go_type_field(&made, &type, 1, &field));
    assert_string_equal(field.name, "mutex");
    assert_int_equal(field.offset, 16);
    assert_true(field.embedded);
    assert_false(go_type_field(&made, &type, 2, &field));
    type.kind = KIND_INTERFACE;
    assert_false(go_type_field(&made, &type, 0, &field));
}

static void an_old_offset_says_whether_it_is_embedded(void **state)
{
    (void)state;
    struct go_type type = {.address = at(TYPE), .kind = KIND_STRUCT};
    struct go_field field;
    made.layout.traits.embedded_in_offset = true;
    put_field(0, 8, "a", 0x100, 16 << 1);
    put_field(1, 0, "b", 0x100, 24 << 1 | 1);
    assert_true(go_type_field(&made, &type, 0, &field));
    assert_int_equal(field.offset, 16);
    assert_false(field.embedded);
    assert_true(go_type_field(&made, &type, 1, &field));
    assert_int_equal(field.offset, 24);
    assert_true(field.embedded);
}

static void an_interface_lists_its_methods(void **state)
{
    (void)state;
    const uint32_t methods[4] = {NAME, 0, NAME + 32, 0}; /* a name and a type each */
    made_name(at(NAME), 1, "Deadline");
    made_name(at(NAME) + 32, 1, "Done");
    made_put(at(METHODS), methods, sizeof methods);
    made_word(at(TYPE) + 56, at(METHODS));
    made_word(at(TYPE) + 64, 2);
    assert_true(go_interface_has_method(&made, at(TYPE), "Deadline"));
    assert_true(go_interface_has_method(&made, at(TYPE), "Done"));
    assert_false(go_interface_has_method(&made, at(TYPE), "Don"));
    made_word(at(TYPE) + 64, 1);
    assert_false(go_interface_has_method(&made, at(TYPE), "Done"));
    made_word(at(TYPE) + 64, UINT64_MAX); /* damaged: it comes to an end */
    assert_false(go_interface_has_method(&made, at(TYPE), "Value"));
}

static uint64_t itabs[4][3];
static unsigned itab_count;

static void note_itab(void *state, uint64_t itab, uint64_t interface, uint64_t type)
{
    (void)state;
    assert_true(itab_count < 4);
    memcpy(itabs[itab_count++], (uint64_t[]){itab, interface, type}, sizeof itabs[0]);
}

static void itabs_are_those_that_are_there(void **state)
{
    (void)state;
    itab_count = 0;
    made.itab_table = at(0x10);
    made_word(at(0x10), at(TABLE));
    made_word(at(TABLE), 4); /* places; then a count, and the places */
    made_word(at(TABLE) + 16 + 8, at(0x40));
    made_word(at(TABLE) + 16 + 24, at(0x60));
    made_word(at(0x40), 0x11);
    made_word(at(0x48), 0x12);
    made_word(at(0x60), 0x21);
    made_word(at(0x68), 0x22);
    assert_true(go_itabs(&made, note_itab, NULL));
    assert_int_equal(itab_count, 2);
    assert_memory_equal(itabs[0], ((uint64_t[]){at(0x40), 0x11, 0x12}), sizeof itabs[0]);
    assert_memory_equal(itabs[1], ((uint64_t[]){at(0x60), 0x21, 0x22}), sizeof itabs[1]);
    made_word(at(TABLE), MADE_SIZE); /* more than there can be read */
    assert_false(go_itabs(&made, note_itab, NULL));
    made_word(at(TABLE), UINT64_C(1) << 61); /* eight times that is nothing */
    assert_false(go_itabs(&made, note_itab, NULL));
    made.itab_table = 0;
    assert_false(go_itabs(&made, note_itab, NULL));
    assert_int_equal(itab_count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_begin, made_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_type_is_read_as_it_is_written),
        TEST(where_a_release_keeps_a_property_decides),
        TEST(what_no_type_can_be_is_refused),
        TEST(names_are_found_by_their_module),
        TEST(long_names_are_cut_and_broken_ones_empty),
        TEST(namesakes_of_other_packages_are_others),
        TEST(only_pointers_channels_and_slices_have_an_element),
        TEST(fields_come_in_their_order),
        TEST(an_old_offset_says_whether_it_is_embedded),
        TEST(an_interface_lists_its_methods),
        TEST(itabs_are_those_that_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
