/* Which release a program was built with. */
#include "go_target.h"

#include "golang/layout.h"
#include "golang/version.h"

static void test_minor(void **state)
{
    (void)state;
    assert_int_equal(go_minor_of("go1.26.8"), 26);
    assert_int_equal(go_minor_of("go1.18"), 18);
    assert_int_equal(go_minor_of("go1.21rc2"), 21);
    assert_int_equal(go_minor_of("devel go1.27-abcdef0"), 27);
    assert_int_equal(go_minor_of("go1.25.1 X:greenteagc"), 25);
    assert_int_equal(go_minor_of("devel +abcdef0"), -1);
    assert_int_equal(go_minor_of("go1."), -1);
    assert_int_equal(go_minor_of(""), -1);
}

static void test_of_a_program(void **state)
{
    (void)state;
    struct go_target target;
    struct complaint complaint;
    char version[64];
    if (!go_is_there())
        skip();
    go_target_build(&target, "leaks", "'-ldflags=-s -w'");
    struct elf_file *file = elf_file_open(target.path, target.path, &complaint);
    assert_non_null(file);
    assert_true(go_version_of(file, version, sizeof version));
    assert_true(strncmp(version, "go1.", 4) == 0);
    elf_file_close(file);
    go_target_end(&target);
}

static void test_of_a_c_program(void **state)
{
    (void)state;
    struct complaint complaint;
    char version[64];
    struct elf_file *file = elf_file_open("/proc/self/exe", "this test", &complaint);
    assert_non_null(file);
    assert_false(go_version_of(file, version, sizeof version));
    elf_file_close(file);
}

static void test_unknown_release_is_refused_in_a_sentence(void **state)
{
    (void)state;
    struct complaint complaint = {.sentence = ""};
    struct layout layout;
    assert_false(layout_find(&layout, layout_newest() + 40, "go1.66", -1, &complaint));
    assert_non_null(strstr(complaint.sentence, "go1.66"));
    assert_non_null(strstr(complaint.sentence, "docs/go.md"));
}

static void test_every_release_between_oldest_and_newest_is_known(void **state)
{
    (void)state;
    struct complaint complaint;
    struct layout layout;
    assert_int_equal(layout_oldest(), 18);
    for (int minor = layout_oldest(); minor <= layout_newest(); minor++) {
        assert_true(layout_find(&layout, minor, "a release", -1, &complaint));
        assert_string_equal(layout.origin, "table");
        assert_string_equal(layout.wait_reasons[0], "");
        for (int field = 0; field < LAYOUT_FIELD_COUNT; field++)
            assert_true(layout.at[field] >= LAYOUT_ABSENT);
    }
}

/* The table's row for the release of this machine's `go` is what its DWARF says. */
static void test_table_agrees_with_dwarf(void **state)
{
    (void)state;
    struct go_target target;
    struct complaint complaint;
    struct layout table, dwarf;
    char version[64];
    if (!go_is_there())
        skip();
    go_target_build(&target, "truth", "");
    struct elf_file *file = elf_file_open(target.path, target.path, &complaint);
    assert_non_null(file);
    assert_true(go_version_of(file, version, sizeof version));
    if (layout_find(&table, go_minor_of(version), version, -1, &complaint)) {
        for (int field = 0; field < LAYOUT_FIELD_COUNT; field++)
            dwarf.at[field] = LAYOUT_ABSENT;
        assert_true(layout_from_dwarf(&dwarf, elf_file_descriptor(file)) > 80);
        for (int field = 0; field < LAYOUT_FIELD_COUNT; field++)
            if (dwarf.at[field] != LAYOUT_ABSENT && dwarf.at[field] != table.at[field])
                fail_msg("%s is %d in the table and %d in DWARF",
                         layout_field_name((enum layout_field)field), table.at[field],
                         dwarf.at[field]);
    }
    elf_file_close(file);
    go_target_end(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minor),
        cmocka_unit_test(test_of_a_program),
        cmocka_unit_test(test_of_a_c_program),
        cmocka_unit_test(test_unknown_release_is_refused_in_a_sentence),
        cmocka_unit_test(test_every_release_between_oldest_and_newest_is_known),
        cmocka_unit_test(test_table_agrees_with_dwarf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
