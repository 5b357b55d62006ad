/* The report as text: what it says of each thing, and that nothing in it can harm a terminal. */
#include "base/error.h"
#include "ctxreport/format_table.h"
#include "ctxreport/page.h"
#include "findings/findings.h"
#include "report_test.h"

/* The text of the runs; to be freed. */
static char *text_of(struct store *store, const int64_t *runs, size_t count)
{
    char *text = NULL;
    size_t size = 0;
    struct error error = {""};
    struct selection selection = {store, runs, count};
    struct format_request request = {
        .selections = &selection, .selection_count = 1, .out = open_memstream(&text, &size)};
    assert_non_null(request.out);
    if (!format_text.write_report(&request, &error))
        fail_msg("%s", error.sentence);
    fclose(request.out);
    return text;
}

static char *text_of_first(struct store *store)
{
    return text_of(store, (const int64_t[]){1}, 1);
}

static void assert_says(const char *text, const char *expected)
{
    if (!strstr(text, expected))
        fail_msg("\"%s\" is not in:\n%s", expected, text);
}

static void assert_silent(const char *text, const char *unexpected)
{
    if (strstr(text, unexpected))
        fail_msg("\"%s\" is in:\n%s", unexpected, text);
}

static void change(struct store *store, const char *sql)
{
    assert_int_equal(sqlite3_exec(store_database(store), sql, NULL, NULL, NULL), SQLITE_OK);
}

static void a_clean_program_takes_few_lines(void **state)
{
    (void)state;
    struct store *store = store_with("clean");
    char *text = text_of_first(store);
    assert_string_equal(
        text, "orders --port 8080\n"
              "  pid 5151, running when it was looked at  [C 0.1.0, from a fixture]\n"
              "  seen from 2023-11-14 22:13:20 +0000 to 2023-11-14 22:14:20 +0000 (1m00s)\n"
              "  6 contexts (5 open, 100 made in all), 3 tasks (2 waiting)\n"
              "  Nothing found.\n"
              "\n"
              "ctxreport: 0 findings; exit status 0\n");
    free(text);
    store_close(store);
}

/* A log is read from its end. */
static void the_last_line_says_it_all(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    char *text = text_of_first(store);
    assert_says(text, "\nctxreport: 5 findings (3 proved, 2 likely), incomplete; exit status 0\n");
    free(text);
    change(store, "UPDATE findings SET known = 1 WHERE confidence = 'likely'; INSERT INTO "
                  "suppressions VALUES (7, 1, 'some.file', 12, 'rule:deadlock', 'by design', NULL, "
                  "0, 1), (8, 1, 'some.file', 20, 'lost-cancel:f', NULL, NULL, 0, 0), (9, 1, "
                  "'some.file', 30, 'lost-cancel:g', NULL, '2020-01-31', 1, 2); UPDATE findings "
                  "SET suppressed_by_id = 7 WHERE rule = 'deadlock'");
    text = text_of_first(store);
    assert_says(text, "\nctxreport: 2 findings (2 proved), 2 known, 1 suppressed, incomplete; exit "
                      "status 0\n");
    assert_says(text, "\n  4 findings: 2 proved, 2 likely, 0 suspect.");
    assert_says(text, "suppressed: 1 finding by some.file:12 (rule:deadlock): by design\n");
    assert_says(text, "\nsome.file:20: the suppression lost-cancel:f matched nothing.\n");
    assert_says(text, "\nsome.file:30: the suppression lost-cancel:g expired after 2020-01-31; it "
                      "would match 2 findings.\n");
    assert_null(strstr(text, "account_main"));
    free(text);
    store_close(store);
}

static void what_was_made_before_counts_at_least(void **state)
{
    (void)state;
    struct store *store = store_with("clean");
    change(store, "UPDATE programs SET contexts_unrecorded = 3");
    char *text = text_of_first(store);
    assert_says(text, "(5 open, at least 103 made in all)");
    free(text);
    store_close(store);
}

/* Many tasks at one place are said also where nothing was found, and small groups are not. */
static void a_crowd_is_said(void **state)
{
    (void)state;
    struct store *store = store_with("clean");
    change(store, "INSERT INTO census VALUES "
                  "(1, 10, 'tasks', 1600, 1600, 'in serve (s.c:9)', 'select', NULL, "
                  "1700000050000000000, 0, 1700000062000000000), "
                  "(1, 11, 'tasks', 10, 10, 'in a', 'receive', NULL, NULL, 0, NULL), "
                  "(1, 12, 'tasks', 10, 10, 'in b', 'send', NULL, 1700000059000000000, 1, NULL), "
                  "(1, 13, 'tasks', 10, 0, 'in c', 'running', NULL, NULL, 0, NULL), "
                  "(1, 14, 'tasks', 9, 0, 'in d', 'running', NULL, NULL, 0, NULL), "
                  "(1, 15, 'contexts', 12, NULL, 'created in e', NULL, NULL, 1700000000000000000, "
                  "0, 1700000061000000000)");
    char *text = text_of_first(store);
    assert_says(text, "3 tasks (2 waiting)\n"
                      "  1,600 tasks in serve (s.c:9): select, the oldest for 10s, the first goes "
                      "on in 2.0s\n"
                      "  10 tasks in a: receive\n"
                      "  10 tasks in b: send, the oldest for at least 1.0s\n"
                      "  ... and 1 more place with 10 or more tasks\n"
                      "  12 contexts created in e: the oldest is 1m00s old, the first ends in "
                      "1.0s\n"
                      "  Nothing found.\n");
    free(text);
    change(store, "UPDATE programs SET state = 'dead'");
    text = text_of_first(store);
    assert_says(text, "for 10s\n");
    assert_silent(text, "goes on in");
    free(text);
    store_close(store);
}

static void a_finding_says_it_all(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    char *text = text_of_first(store);
    assert_says(text, "  PROVED   A context that nobody can cancel any more  [lost-cancel, high]\n"
                      "     2 contexts created in refresh_cache (cache.c:77)");
    assert_says(text, "     since 2023-11-14 22:13:50 +0000, for 1m10s\n"
                      "     created  (2 of 2):\n"
                      "     > refresh_cache   cache.c:77\n"
                      "       handle_request  server.c:140\n"
                      "       serve           server.c:95\n");
    assert_says(text, "     What to do: Cancel the context");
    assert_says(text, "  missing: 1,532 events (they were written over by newer ones)\n");
    assert_says(text, " The recording is incomplete.\n");
    free(text);
    store_close(store);
}

static void endings(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *text;
    } cases[] = {
        {"UPDATE programs SET state = 'dead', ended = 'has exited'", "pid 5151, has exited"},
        {"UPDATE programs SET state = 'dead', ended = 'exited with status 3'",
         "pid 5151, exited with status 3"},
        {"UPDATE programs SET state = 'core'", "core dump"},
        {"UPDATE programs SET forked_from = 12", "pid 5151 (forked from 12)"},
        {"INSERT INTO interventions SELECT id, 'stopped', 1, 12000000, 12000000, 0, 0, 0 FROM "
         "programs",
         "  done to it: stopped for 12ms\n"},
        {"INSERT INTO interventions SELECT id, 'stopped', 2, 20000000, 12000000, 0, 0, 0 FROM "
         "programs",
         "  done to it: stopped 2 times for 20ms (12ms at the longest)\n"},
        {"INSERT INTO interventions SELECT id, 'stopped', 1, 12000000, 12000000, 1, 0, 13000000 "
         "FROM programs",
         "  done to it: stopped for 12ms (1 timed call restarted, at most 13ms late)\n"},
        {"INSERT INTO interventions SELECT id, 'stopped', 2, 20000000, 12000000, 2, 2, 0 FROM "
         "programs",
         "  done to it: stopped 2 times for 20ms (12ms at the longest; 2 timed calls restarted, "
         "each late by less than its time-out)\n"},
        {"UPDATE programs SET complete = 0",
         "Nothing found in what was recorded; that is not all."},
        {"INSERT INTO losses VALUES (1, 1, NULL, 'programs', 'a is linked statically', 2, 0)",
         "  missing: 2 programs (a is linked statically)\n"},
        {"INSERT INTO losses VALUES (1, 1, NULL, 'programs', 'a is linked statically', 2, 0)",
         "  Nothing found in this program; others were not looked at.\n"},
        {"UPDATE runs SET subcommand = 'run', exit_status = 0, target = 'make test'",
         "The command make test exited with status 0.\n"},
        {"UPDATE runs SET subcommand = 'run', exit_status = 7", " exited with status 7.\n"},
        {"UPDATE runs SET subcommand = 'run', signal = 9", " was killed by SIGKILL.\n"},
        {"UPDATE runs SET subcommand = 'run', signal = 40", " was killed by signal 40.\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct store *store = store_with("clean");
        change(store, cases[i].sql);
        char *text = text_of_first(store);
        assert_says(text, cases[i].text);
        free(text);
        store_close(store);
    }
}

static void many_stacks_are_counted(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    change(store, "INSERT INTO finding_stacks SELECT f.id, 100 + s.id, 'also here', s.id, 1 FROM "
                  "findings AS f, stacks AS s WHERE f.rule = 'lost-cancel' AND s.id <= 5");
    char *text = text_of_first(store);
    assert_says(text, "       ... and 3 other stacks of this kind\n");
    free(text);
    store_close(store);
}

static void names_that_are_unknown(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    change(store, "UPDATE frames SET function = NULL, file = NULL, line = NULL, module = "
                  "'/usr/lib/plugin.so', module_offset = 4660 WHERE function = 'refresh_cache'");
    change(store, "UPDATE frames SET function = NULL, file = NULL, line = NULL, module = NULL, pc "
                  "= 48879 WHERE function = 'send_result'");
    char *text = text_of_first(store);
    assert_says(text, "     > plugin.so+0x1234");
    assert_says(text, "     > 0xbeef");
    free(text);
    /* Neighbours of one library become one line. */
    change(store, "UPDATE frames SET function = NULL, file = NULL, line = NULL, module = "
                  "'/usr/lib/plugin.so', module_offset = 22136 WHERE function IN "
                  "('handle_request', 'serve')");
    text = text_of_first(store);
    assert_says(text, "       plugin.so, 2 frames without names\n");
    free(text);
    store_close(store);
}

static void several_programs(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *store = store_with("service");
    struct snapshot *snapshot = snapshot_of("clean");
    struct thresholds thresholds = thresholds_default();
    struct findings *findings = findings_check(snapshot, &thresholds, NULL);
    assert_true(store_begin(store, &error));
    assert_true(ingest_program(store, 1, snapshot, findings, &error) > 0);
    assert_true(store_commit(store, &error));
    char *text = text_of_first(store);
    assert_says(text, "orders --port 8080 (pid 5151): nothing found.\n\n");
    free(text);
    assert_true(store_begin(store, &error));
    for (int i = 0; i < 7; i++)
        assert_true(ingest_program(store, 1, snapshot, findings, &error) > 0);
    assert_true(store_commit(store, &error));
    text = text_of_first(store);
    assert_says(text, "(pid 5151): nothing found.\n... and 3 other programs: nothing found.\n\n");
    free(text);
    findings_free(findings);
    snapshot_free(snapshot);
    store_close(store);
}

static void what_the_c_library_and_ours_do_is_left_out(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    change(store, "UPDATE frames SET function = 'start_thread' WHERE function = 'account_main'");
    change(store, "UPDATE frames SET module = '/usr/lib/libctxtrace.so.0' WHERE function = "
                  "'audit_main'");
    change(store, "UPDATE frames SET file = '/home/user/src/shop/cache.c' WHERE function = "
                  "'refresh_cache'");
    char *text = text_of_first(store);
    assert_says(text, "     > transfer  accounts.c:18\n     second waits");
    assert_says(text, "     > send_result  audit.c:55\n     task created");
    assert_says(text, "     > refresh_cache   shop/cache.c:77\n");
    free(text);
    store_close(store);
}

static void long_commands_are_cut(void **state)
{
    (void)state;
    struct store *store = store_with("clean");
    change(store, "UPDATE programs SET command = printf('%.*c', 500, 'x')");
    char *text = text_of_first(store);
    assert_int_equal(strcspn(text, "\n"), 90 + strlen("..."));
    free(text);
    store_close(store);
}

static void several_runs_have_titles(void **state)
{
    (void)state;
    struct store *store = store_with("clean");
    add_run(store, "clean", NULL);
    char *text = text_of(store, (const int64_t[]){1, 2}, 2);
    assert_says(text, "== run 1 of memory, made 2023-11-14 22:15:00 +0000 ==\n");
    assert_says(text, "== run 2 of memory");
    free(text);
    text = text_of_first(store);
    assert_silent(text, "== run");
    free(text);
    store_close(store);
}

/* ---- the page ---- */

static char *paragraph(const char *lead, const char *text, int width)
{
    char *out = NULL;
    size_t size = 0;
    struct page page = {.out = open_memstream(&out, &size), .width = width};
    page_paragraph(&page, 2, STYLE_GOOD, lead, text);
    fclose(page.out);
    return out;
}

static void paragraphs_are_wrapped(void **state)
{
    (void)state;
    char *text = paragraph("", "one two three four", 12);
    assert_string_equal(text, "  one two\n  three four\n");
    free(text);
    text = paragraph("Do this:", "a-very-long-word-that-fits-nowhere in", 12);
    assert_string_equal(text, "  Do this:\n  a-very-long-word-that-fits-nowhere\n  in\n");
    free(text);
    /* Letters count, not bytes. */
    text = paragraph("", "\303\244\303\266\303\274 \303\244\303\266\303\274 x", 11);
    assert_string_equal(text, "  \303\244\303\266\303\274 \303\244\303\266\303\274 x\n");
    free(text);
}

static void no_byte_reaches_the_terminal_unchecked(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"\033]0;title\007", "\\x1b]0;title\\x07"},
        {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
        {"\302\233", "\\xc2\\x9b"},
        {"\342\200\256", "\\xe2\\x80\\xae"},
        {"\377\376", "\\xff\\xfe"},
        {"\300\200", "\\xc0\\x80"},
        {"\355\240\200", "\\xed\\xa0\\x80"},
        {"\303\244 \342\202\254 \360\237\230\200", "\303\244 \342\202\254 \360\237\230\200"},
        {"\303", "\\xc3"},
        {"\177", "\\x7f"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *out = NULL;
        size_t size = 0;
        struct page page = {.out = open_memstream(&out, &size), .width = 80};
        page_put(&page, STYLE_PROVED, cases[i].text);
        fclose(page.out);
        assert_string_equal(out, cases[i].shown);
        free(out);
    }
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_program_takes_few_lines),
        cmocka_unit_test(the_last_line_says_it_all),
        cmocka_unit_test(what_was_made_before_counts_at_least),
        cmocka_unit_test(a_crowd_is_said),
        cmocka_unit_test(a_finding_says_it_all),
        cmocka_unit_test(endings),
        cmocka_unit_test(many_stacks_are_counted),
        cmocka_unit_test(names_that_are_unknown),
        cmocka_unit_test(several_programs),
        cmocka_unit_test(what_the_c_library_and_ours_do_is_left_out),
        cmocka_unit_test(long_commands_are_cut),
        cmocka_unit_test(several_runs_have_titles),
        cmocka_unit_test(paragraphs_are_wrapped),
        cmocka_unit_test(no_byte_reaches_the_terminal_unchecked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
