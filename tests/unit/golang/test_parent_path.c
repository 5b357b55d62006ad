/* Where contexts of the program's own types keep their parents. */
#include "golang/model/parent_path.h"
#include "made_program.h"

/* Each type has its fields and names after it. */
static uint64_t type_at(unsigned number)
{
    return MADE_START + 0x1000 + 0x400 * (uint64_t)number;
}

static void put_struct(unsigned number)
{
    made_type(type_at(number), KIND_STRUCT, 64, 64, 0);
    made_word(type_at(number) + 56, type_at(number) + 0x100);
    made_word(type_at(number) + 64, 0);
}

static void put_field(unsigned of, bool embedded, uint64_t type, uint64_t offset)
{
    struct slice fields;
    memcpy(&fields, made_bytes + (type_at(of) + 56 - MADE_START), sizeof fields);
    /* Whether it is embedded is a flag of its name. */
    const uint64_t name = type_at(of) + (embedded ? 0x300 : 0x380);
    const uint64_t words[3] = {name, type, offset};
    made_name(name, embedded ? 8 : 0, "f");
    made_put(fields.data + 24 * fields.length, words, sizeof words);
    made_word(type_at(of) + 64, fields.length + 1);
}

/* An interface with these methods. */
static void put_interface(unsigned number, const char *const *methods)
{
    uint64_t names = type_at(number) + 0x200;
    uint32_t list[16];
    unsigned count = 0;
    made_type(type_at(number), KIND_INTERFACE, 16, 16, 0);
    for (; methods[count]; count++, names += 16) {
        made_name(names, 1, methods[count]);
        list[2 * count] = (uint32_t)(names - MADE_START);
        list[2 * count + 1] = 0;
    }
    made_put(type_at(number) + 0x100, list, 8 * (uint64_t)count);
    made_word(type_at(number) + 56, type_at(number) + 0x100);
    made_word(type_at(number) + 64, count);
}

static void put_pointer(unsigned number, uint64_t element)
{
    made_type(type_at(number), KIND_POINTER, 8, 8, 0);
    made_word(type_at(number) + 48, element);
}

enum { CONTEXT, OTHER, OWN, INNER, POINTER, DEEPER };

static int begin(void **state)
{
    made_begin(state);
    put_interface(CONTEXT, (const char *const[]){"Deadline", "Done", "Err", "Value", NULL});
    put_interface(OTHER, (const char *const[]){"Deadline", "Done", "Err", "String", NULL});
    put_struct(OWN);
    put_struct(INNER);
    put_struct(DEEPER);
    put_pointer(POINTER, type_at(INNER));
    return 0;
}

static struct parent_path path_of(unsigned number, bool is_data_word)
{
    struct go_type type;
    assert_true(go_type_read(&made, type_at(number), &type));
    return parent_path_of(&made, &type, is_data_word);
}

static void assert_path(struct parent_path path, unsigned steps, const uint32_t *offsets)
{
    assert_int_equal(path.steps, steps);
    for (unsigned i = 0; i < steps; i++)
        assert_int_equal(path.offsets[i], offsets[i]);
}

static void an_embedded_context_is_the_parent(void **state)
{
    (void)state;
    put_field(OWN, true, type_at(CONTEXT), 24);
    assert_path(path_of(OWN, false), 1, (uint32_t[]){24});
}

static void a_named_field_is_not(void **state)
{
    (void)state;
    put_field(OWN, false, type_at(CONTEXT), 24);
    assert_path(path_of(OWN, false), 0, NULL);
}

static void an_interface_without_all_methods_is_not(void **state)
{
    (void)state;
    put_field(OWN, true, type_at(OTHER), 8);
    assert_path(path_of(OWN, false), 0, NULL);
}

static void structs_within_add_up(void **state)
{
    (void)state;
    put_field(OWN, true, type_at(INNER), 16);
    put_field(INNER, true, type_at(CONTEXT), 8);
    assert_path(path_of(OWN, false), 1, (uint32_t[]){24});
}

static void pointers_are_steps(void **state)
{
    (void)state;
    put_field(OWN, true, type_at(POINTER), 16);
    put_field(INNER, true, type_at(CONTEXT), 8);
    assert_path(path_of(OWN, false), 2, (uint32_t[]){16, 8});
}

/* The language takes the methods of the shallowest. */
static void an_interface_here_comes_before_one_deeper(void **state)
{
    (void)state;
    put_field(OWN, true, type_at(INNER), 0);
    put_field(INNER, true, type_at(CONTEXT), 8);
    put_field(OWN, true, type_at(CONTEXT), 48);
    assert_path(path_of(OWN, false), 1, (uint32_t[]){48});
}

/* A struct of one pointer is the data word of an interface itself. */
static void the_first_step_of_a_data_word_is_taken_already(void **state)
{
    (void)state;
    put_field(OWN, true, type_at(POINTER), 0);
    put_field(INNER, true, type_at(CONTEXT), 8);
    assert_path(path_of(OWN, true), 1, (uint32_t[]){8});
    put_struct(OWN);
    put_field(OWN, true, type_at(CONTEXT), 0);
    assert_path(path_of(OWN, true), 0, NULL);
}

/* What leads to no context leaves nothing in the path. */
static void a_wrong_turn_is_taken_back(void **state)
{
    (void)state;
    put_field(OWN, true, type_at(POINTER), 16);
    put_field(OWN, true, type_at(DEEPER), 24);
    put_field(DEEPER, true, type_at(CONTEXT), 8);
    assert_path(path_of(OWN, false), 1, (uint32_t[]){32});
}

static void a_path_has_so_many_steps_and_no_more(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MAX_PATH_STEPS; i++) { /* each a pointer to the next */
        put_struct(DEEPER + 2 * i);
        put_pointer(DEEPER + 2 * i + 1, type_at(DEEPER + 2 * i + 2));
        put_field(DEEPER + 2 * i, true, type_at(DEEPER + 2 * i + 1), 8 * i);
    }
    put_struct(DEEPER + 2 * MAX_PATH_STEPS);
    put_field(DEEPER + 2 * MAX_PATH_STEPS, true, type_at(CONTEXT), 48);
    assert_path(path_of(DEEPER + 2, false), MAX_PATH_STEPS, (uint32_t[]){8, 16, 24, 32, 48});
    assert_path(path_of(DEEPER, false), 0, NULL);
}

static void what_embeds_itself_comes_to_an_end(void **state)
{
    (void)state;
    put_field(INNER, true, type_at(POINTER), 0);
    assert_path(path_of(INNER, false), 0, NULL);
    put_field(DEEPER, true, type_at(DEEPER), 0);
    assert_path(path_of(DEEPER, false), 0, NULL);
}

/* ---- following ---- */

static void a_path_is_followed_to_two_words(void **state)
{
    (void)state;
    const struct parent_path path = {.steps = 3, .offsets = {16, 8, 24}};
    uint64_t words[2];
    made_word(MADE_START + 16, MADE_START + 0x100);
    made_word(MADE_START + 0x108, MADE_START + 0x200);
    made_word(MADE_START + 0x218, 0x11);
    made_word(MADE_START + 0x220, 0x22);
    assert_true(parent_path_follow(&made, &path, MADE_START, words));
    assert_int_equal(words[0], 0x11);
    assert_int_equal(words[1], 0x22);
    made_word(MADE_START + 0x108, 0); /* nil on the way */
    assert_false(parent_path_follow(&made, &path, MADE_START, words));
    assert_int_equal(words[0], 0);
    const struct parent_path none = {0};
    assert_false(parent_path_follow(&made, &none, MADE_START, words));
    assert_false(parent_path_follow(&made, &PARENT_IN_FRONT, MADE_START - 4096, words));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, made_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_embedded_context_is_the_parent),
        TEST(a_named_field_is_not),
        TEST(an_interface_without_all_methods_is_not),
        TEST(structs_within_add_up),
        TEST(pointers_are_steps),
        TEST(an_interface_here_comes_before_one_deeper),
        TEST(the_first_step_of_a_data_word_is_taken_already),
        TEST(a_wrong_turn_is_taken_back),
        TEST(a_path_has_so_many_steps_and_no_more),
        TEST(what_embeds_itself_comes_to_an_end),
        TEST(a_path_is_followed_to_two_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
