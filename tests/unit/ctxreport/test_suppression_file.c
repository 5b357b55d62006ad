/* Files of suppressions: what is read, and the one sentence about a line that is no good. */
#include "base/error.h"
#include "ctxreport/suppression_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static struct suppressions *read_text(const char *text, struct error *error)
{
    char path[] = "/tmp/ctxtrace-suppressions-XXXXXX";
    struct suppressions *suppressions = NULL;
    close(mkstemp(path));
    write_file(path, text);
    bool good = suppressions_read(path, &suppressions, error);
    unlink(path);
    assert_true(good == (suppressions != NULL));
    return suppressions;
}

static void both_forms_are_read(void **state)
{
    (void)state;
    struct error error = {""};
    struct suppressions *all = read_text("# a comment\n\n"
                                         "{\n"
                                         "   # inside\n"
                                         "   rule: lost-cancel  \n"
                                         "\tfun:refresh_cache\n"
                                         "   fun:operator() (int)\n"
                                         "   obj:libcache.so*\n"
                                         "   pkg:net/http\n"
                                         "   src:/src/*\n"
                                         "   text:*: of them*\n"
                                         "   reason:ticket 4711: later\n"
                                         "   until:2028-02-29\n"
                                         "}\n"
                                         "*:audit_*\r\n"
                                         "leaked-task:a::b",
                                         &error);
    if (!all)
        fail_msg("%s", error.sentence);
    assert_int_equal(all->count, 3);
    const struct suppression *one = &all->items[0];
    assert_int_equal(one->line, 3);
    assert_string_equal(one->globs[NARROW_RULE], "lost-cancel");
    assert_int_equal(one->function_count, 2);
    assert_string_equal(one->functions[1], "operator() (int)");
    assert_string_equal(one->globs[NARROW_TEXT], "*: of them*");
    assert_string_equal(one->reason, "ticket 4711: later");
    assert_string_equal(one->until, "2028-02-29");
    assert_int_equal(all->items[1].line, 15);
    assert_string_equal(all->items[1].globs[NARROW_ANYTHING], "audit_*");
    assert_string_equal(all->items[2].globs[NARROW_ANYTHING], "a::b");
    suppressions_free(all);
}

static void bad_lines_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where, *what;
    } cases[] = {
        {"foo\n", ":1: ", "neither a { nor RULE:GLOB"},
        {"#\n\nlost-cancle:f\n", ":3: ", "there is no rule 'lost-cancle'"},
        {"lost-cancel:\n", ":1: ", "nothing stands behind"},
        {"{\nfan:f\n}\n", ":2: ", "there is no key 'fan'"},
        {"{\nfun\n}\n", ":2: ", "not KEY:VALUE"},
        {"{\nfun: \n}\n", ":2: ", "nothing stands behind 'fun:'"},
        {"{\nrule:deadlock\nrule:deadlock\n}\n", ":3: ", "a second rule"},
        {"{\nuntil:2027-06-31\nfun:f\n}\n", ":2: ", "no date such as"},
        {"{\nuntil:27-6-1\nfun:f\n}\n", ":2: ", "no date such as"},
        {"{\nuntil:2027-06-30\nuntil:2027-06-30\n}\n", ":3: ", "a second until"},
        {"{\nreason:none\n}\n", ":3: ", "would suppress all"},
        {"{\n{\n", ":2: ", "a { in braces"},
        {"}\n", ":1: ", "closes nothing"},
        {"{\nfun:f\n", ":2: ", "the { of line 1 is not closed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {""};
        assert_null(read_text(cases[i].text, &error));
        if (!strstr(error.sentence, cases[i].where) || !strstr(error.sentence, cases[i].what))
            fail_msg("of %s it says: %s", cases[i].text, error.sentence);
    }
}

static void the_nearest_file_is_found(void **state)
{
    (void)state;
    struct error error = {""};
    struct suppressions *found = NULL;
    char directory[] = "/tmp/ctxtrace-suppressions-XXXXXX";
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    assert_int_equal(mkdir("a", 0700) + mkdir("a/b", 0700), 0);
    write_file("a/" SUPPRESSIONS_NAME, "lost-cancel:near\n");
    write_file(SUPPRESSIONS_NAME, "lost-cancel:far\n");
    assert_int_equal(chdir("a/b"), 0);
    /* What is not a file is passed over, and does not block. */
    assert_int_equal(mkfifo(SUPPRESSIONS_NAME, 0600), 0);
    assert_true(suppressions_find(&found, &error));
    assert_non_null(found);
    assert_string_equal(found->items[0].globs[NARROW_ANYTHING], "near");
    assert_non_null(strstr(found->file, "/a/" SUPPRESSIONS_NAME));
    suppressions_free(found);
    write_file("../" SUPPRESSIONS_NAME, "bad\n");
    assert_false(suppressions_find(&found, &error));
    assert_null(found);
    assert_int_equal(unlink("../" SUPPRESSIONS_NAME) + unlink("../../" SUPPRESSIONS_NAME), 0);
    assert_true(suppressions_find(&found, &error));
    assert_null(found);
    assert_int_equal(unlink(SUPPRESSIONS_NAME), 0);
    assert_int_equal(chdir("/"), 0);
    char path[64];
    for (const char *const *part = (const char *const[]){"/a/b", "/a", "", NULL}; *part; part++) {
        snprintf(path, sizeof path, "%s%s", directory, *part);
        assert_int_equal(rmdir(path), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_are_read),
        cmocka_unit_test(bad_lines_are_named),
        cmocka_unit_test(the_nearest_file_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
