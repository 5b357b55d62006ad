/* The end of a file that grows. */
#include "ctxtop/log_file.h"
#include "scene.h"

#include <unistd.h>

struct fixture {
    char path[64];
    FILE *file;
    struct log_file log;
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    strcpy(fixture->path, "/tmp/ctxtop-log-XXXXXX");
    fixture->file = fdopen(mkstemp(fixture->path), "w");
    assert_non_null(fixture->file);
    assert_true(log_open(&fixture->log, fixture->path));
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    log_close(&fixture->log);
    fclose(fixture->file);
    unlink(fixture->path);
    free(fixture);
    return 0;
}

static void append(struct fixture *fixture, const char *text)
{
    fputs(text, fixture->file);
    fflush(fixture->file);
}

static void assert_line(const struct fixture *fixture, uint32_t line, const char *text)
{
    const struct log_line *found = &fixture->log.lines[line];
    assert_int_equal(found->length, strlen(text));
    assert_memory_equal(fixture->log.bytes + found->start, text, found->length);
}

static void lines_grow(void **state)
{
    struct fixture *fixture = *state;
    assert_false(log_update(&fixture->log));
    append(fixture, "one\ntw");
    assert_true(log_update(&fixture->log));
    assert_int_equal(fixture->log.count, 2);
    assert_line(fixture, 1, "tw");
    append(fixture, "o\n\nfour\n");
    assert_true(log_update(&fixture->log));
    assert_int_equal(fixture->log.count, 4);
    assert_line(fixture, 1, "two");
    assert_line(fixture, 2, "");
    assert_line(fixture, 3, "four");
    assert_int_equal(fixture->log.lines[3].position, 9);
    assert_false(log_update(&fixture->log));
}

static void only_the_end_is_kept(void **state)
{
    struct fixture *fixture = *state;
    enum { LINE = 1000, LINES_AT_ONCE = 8 };
    char block[LINES_AT_ONCE * LINE + 1];
    memset(block, 'x', sizeof block);
    for (int i = 1; i <= LINES_AT_ONCE; i++)
        block[i * LINE - 1] = '\n';
    block[sizeof block - 1] = '\0';
    size_t total = 0;
    while (total < 3 * LOG_BYTES) {
        append(fixture, block);
        total += sizeof block - 1;
        log_update(&fixture->log);
        assert_true(fixture->log.used <= LOG_BYTES);
    }
    append(fixture, "last\n");
    log_update(&fixture->log);
    assert_line(fixture, fixture->log.count - 1, "last");
    assert_int_equal(fixture->log.first + fixture->log.used, total + 5);
}

static void a_sudden_flood_is_skipped(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < 3 * LOG_BYTES / 10; i++)
        fputs("012345678\n", fixture->file);
    append(fixture, "last\n");
    assert_true(log_update(&fixture->log));
    assert_true(fixture->log.used <= LOG_BYTES);
    assert_line(fixture, fixture->log.count - 1, "last");
}

static void missing_files_are_told(void **state)
{
    struct log_file log;
    (void)state;
    assert_false(log_open(&log, "/nonexistent/file"));
    assert_false(log_update(&log));
    log_close(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_grow, begin, end),
        cmocka_unit_test_setup_teardown(only_the_end_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(a_sudden_flood_is_skipped, begin, end),
        cmocka_unit_test(missing_files_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
