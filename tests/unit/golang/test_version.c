/* Which release a program was built with. */
#include "base/error.h"
#include "go_claims.h"
#include "golang/binary/experiments.h"
#include "golang/binary/layout.h"
#include "golang/binary/version.h"

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
    struct error error;
    if (!go_is_there())
        skip();
    go_target_build(&target, "leaks", "'-ldflags=-s -w'");
    struct elf_file *file = elf_file_open(target.path, target.path, &error);
    assert_non_null(file);
    char *version = go_version_of(file);
    assert_non_null(version);
    assert_true(strncmp(version, "go1.", 4) == 0);
    free(version);
    elf_file_close(file);
    go_target_end(&target);
}

static void test_of_a_c_program(void **state)
{
    (void)state;
    struct error error;
    struct elf_file *file = elf_file_open("/proc/self/exe", "this test", &error);
    assert_non_null(file);
    assert_null(go_version_of(file));
    elf_file_close(file);
}

static void test_unknown_release_is_refused_in_a_sentence(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct layout layout;
    assert_false(layout_find(&layout, layout_newest() + 40, "go1.66", -1, &error));
    assert_non_null(strstr(error.sentence, "go1.66"));
    assert_non_null(strstr(error.sentence, "docs/go.md"));
}

static void test_every_release_between_oldest_and_newest_is_known(void **state)
{
    (void)state;
    struct error error;
    struct layout layout;
    assert_int_equal(layout_oldest(), 18);
    for (int minor = layout_oldest(); minor <= layout_newest(); minor++) {
        assert_true(layout_find(&layout, minor, "a release", -1, &error));
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
    struct error error;
    struct layout table, dwarf;
    if (!go_is_there())
        skip();
    go_target_build(&target, "truth", "");
    struct elf_file *file = elf_file_open(target.path, target.path, &error);
    assert_non_null(file);
    char *version = go_version_of(file);
    assert_non_null(version);
    if (layout_find(&table, go_minor_of(version), version, -1, &error)) {
        for (int field = 0; field < LAYOUT_FIELD_COUNT; field++)
            dwarf.at[field] = LAYOUT_ABSENT;
        assert_true(layout_from_dwarf(&dwarf, elf_file_descriptor(file)) > 80);
        for (int field = 0; field < LAYOUT_FIELD_COUNT; field++)
            if (dwarf.at[field] != LAYOUT_ABSENT && dwarf.at[field] != table.at[field])
                fail_msg("%s is %d in the table and %d in DWARF",
                         layout_field_name((enum layout_field)field), table.at[field],
                         dwarf.at[field]);
    }
    free(version);
    elf_file_close(file);
    go_target_end(&target);
}

/* ---- versions as others write them ---- */

/* Writes over the build information of the program, of which the program itself uses nothing. */
static void set_version(const char *path, const char *text)
{
    static const char magic[] = "\xff Go buildinf:";
    struct error error;
    struct elf_range range;
    struct elf_file *file = elf_file_open(path, path, &error);
    assert_non_null(file);
    assert_true(elf_file_section(file, ".go.buildinfo", &range));
    FILE *stream = fopen(path, "r+b");
    assert_non_null(stream);
    char head[16];
    assert_int_equal(fseek(stream, (long)range.offset, SEEK_SET), 0);
    assert_int_equal(fread(head, 1, sizeof head, stream), sizeof head);
    assert_memory_equal(head, magic, sizeof magic - 1);
    size_t length = strlen(text);
    assert_true(length + 34 <= range.file_size);
    assert_int_equal(fseek(stream, (long)range.offset + 32, SEEK_SET), 0);
    if (length >= 0x80)
        fputc((int)(length & 0x7f) | 0x80, stream);
    fputc((int)(length >= 0x80 ? length >> 7 : length), stream);
    fputs(text, stream);
    fclose(stream);
    elf_file_close(file);
}

/* Is the program read as ever, and are proofs made of it? */
static void look_at_version(const struct go_target *built, const char *text, bool tested)
{
    struct go_target target = *built;
    const struct go_options options = {.want_proofs = true, .max_pause_ns = INT64_C(10000000000)};
    set_version(target.path, text);
    print_message("%s\n", text);
    go_target_start(&target, "select", NULL);
    struct go_session *session = go_target_open_with(&target, &options);
    struct snapshot *snapshot = go_target_take(session);
    assert_string_equal(snapshot_text(snapshot, snapshot->program.version), text);
    struct claimed claimed = count_claims(snapshot);
    assert_int_equal(claimed.alive, 3);
    assert_int_equal(claimed.held, 2);
    assert_int_equal(claimed.alive_unknown, tested ? 0 : 3);
    assert_int_equal(claimed.leaked_proved, tested);
    assert_int_equal(claimed.lost_proved, tested);
    const struct snapshot_loss *loss;
    assert_int_equal(go_target_losses(snapshot, &loss), !tested);
    assert_int_equal(snapshot->program.pause_ns > 0, tested); /* it is not even stopped */
    for (uint32_t i = 0; i < snapshot->task_count && !tested; i++)
        assert_int_equal(snapshot->tasks[i].wakeable.missing, PRECONDITION_TESTED_BUILD);
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_stop(&target);
}

static void test_versions_as_others_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after; /* the number of the release */
        bool tested;
    } versions[] = {
        {"go1.", "", true},
        {"go1.", "rc2", true},
        {"go1.", ".9-1", true},
        {"go1.", ".9 (Red Hat 1.19.9-1.el9)", true},
        {"go1.", ".9 +5a2b", true},
        {"go1.",
         ".9 (built by a vendor that has a lot to say of itself, of its patches, of where "
         "these come from, and of whom to ask when they do not do what they are to do, at length)",
         true},
        {"go1.", ".9-X:noneofthese", false},
        {"go1.", ".9 X:noneofthese", false},
        {"go1.", ".9 (Red Hat 1.19.9-1.el9) X:noneofthese", false},
        {"devel go1.", "-abc123 Mon Jan 2 15:04:05 2026 +0000", false},
        {"devel go1.", "-abc123 Mon Jan 2 15:04:05 2026 +0000 X:noneofthese,norofthese,orthese",
         false},
    };
    struct go_target target;
    if (!go_is_there())
        skip();
    int minor = go_minor_there();
    go_target_build(&target, "stays", "");
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s%d%s", versions[i].before, minor, versions[i].after);
        look_at_version(&target, text, versions[i].tested);
    }
    go_target_end(&target);
}

static void test_builds_that_were_not_tested(void **state)
{
    (void)state;
    char why[256];
    assert_true(go_build_is_tested("go1.26.8", 26, why, sizeof why));
    assert_true(go_build_is_tested("go1.26.8-X:nogreenteagc", 26, why, sizeof why));
    assert_false(go_build_is_tested("go1.22.12 X:noallocheaders", 22, why, sizeof why));
    assert_non_null(strstr(why, "noallocheaders"));
    assert_false(go_build_is_tested("go1.26.8-X:nogreenteagc,other", 26, why, sizeof why));
    assert_non_null(strstr(why, "=other,"));
    assert_false(go_build_is_tested("go1.66", 66, why, sizeof why));
    assert_non_null(strstr(why, "go1.66"));
    assert_true(go_build_is_tested("go1.26.8 (Linux:1)", 26, why, sizeof why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minor),
        cmocka_unit_test(test_of_a_program),
        cmocka_unit_test(test_of_a_c_program),
        cmocka_unit_test(test_versions_as_others_write_them),
        cmocka_unit_test(test_builds_that_were_not_tested),
        cmocka_unit_test(test_unknown_release_is_refused_in_a_sentence),
        cmocka_unit_test(test_every_release_between_oldest_and_newest_is_known),
        cmocka_unit_test(test_table_agrees_with_dwarf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
