/* The table of keys: nothing twice, everything explained. */
#include "ctxtop/keys.h"
#include "scene.h"

#include <ncurses.h>

static void no_code_means_two_things(void **state)
{
    (void)state;
    for (const struct key *key = key_table(); key->label != NULL; key++) {
        for (int i = 0; i < KEY_CODES && key->codes[i] != 0; i++)
            assert_ptr_equal(key_find(key->codes[i], key->codes[i] > 255), key);
    }
}

static void every_key_is_explained(void **state)
{
    (void)state;
    for (const struct key *key = key_table(); key->label != NULL; key++) {
        assert_int_not_equal(key->codes[0], 0);
        assert_true(strlen(key->label) > 0);
        assert_true(strlen(key->name) > 0);
        assert_true(strlen(key->help) > 0);
        assert_true(key->group < GROUP_COUNT);
        assert_non_null(key_group_name(key->group));
    }
}

static void no_action_is_in_two_rows(void **state)
{
    (void)state;
    for (const struct key *key = key_table(); key->label != NULL; key++) {
        for (const struct key *other = key + 1; other->label != NULL; other++) {
            assert_true(key->action != other->action || key->view != other->view);
            assert_string_not_equal(key->label, other->label);
        }
    }
}

static void characters_are_not_function_keys(void **state)
{
    (void)state;
    assert_non_null(key_find(KEY_DOWN, true));
    assert_null(key_find(KEY_DOWN, false)); /* the character of that number */
    assert_null(key_find('j', true));
    assert_null(key_find(0, false));
}

static bool has_text(const struct lines *lines, const char *text)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (strstr(lines->lines[i].text, text) != NULL)
            return true;
    }
    return false;
}

static void help_has_every_key_and_column(void **state)
{
    struct lines help = {0};
    (void)state;
    keys_help(&help);
    for (const struct key *key = key_table(); key->label != NULL; key++)
        assert_true(has_text(&help, key->help));
    for (const struct view *const *view = view_table; *view != NULL; view++) {
        assert_true(has_text(&help, (*view)->help));
        for (unsigned i = 0; i < (*view)->column_count; i++)
            assert_true(has_text(&help, (*view)->columns[i].help));
    }
    lines_free(&help);
}

/* The page is written by hand around the section that keys_print_manual() writes. */
static void manual_has_the_section_of_the_table(void **state)
{
    char *section = NULL;
    size_t size = 0;
    (void)state;
    FILE *memory = open_memstream(&section, &size);
    assert_non_null(memory);
    keys_print_manual(memory);
    fclose(memory);
    FILE *page = fopen("../../docs/man/ctxtop.1", "r");
    assert_non_null(page);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    size_t length = fread(text, 1, (1 << 20) - 1, page);
    fclose(page);
    assert_true(length > 0);
    assert_non_null(strstr(text, section));
    free(text);
    free(section);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_code_means_two_things),
        cmocka_unit_test(every_key_is_explained),
        cmocka_unit_test(no_action_is_in_two_rows),
        cmocka_unit_test(characters_are_not_function_keys),
        cmocka_unit_test(help_has_every_key_and_column),
        cmocka_unit_test(manual_has_the_section_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
