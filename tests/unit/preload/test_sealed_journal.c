/* The journal in memory that is shared with a file: with children, in parallel, and when full. */
#include "preload/sealed_journal.h"
#include "segment/executions.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/sealed-journal-test-XXXXXX";
static struct sealed_executions *seen;

static void write_record(const char *text)
{
    char *record = sealed_journal_reserve(strlen(text) + 1);
    assert_non_null(record);
    strcpy(record + 1, text + 1);
    assert_int_equal(record[0], '\0'); /* not there yet, for who reads */
    sealed_journal_set_kind(record, text[0]);
}

static void test_file_of_another_size_is_none(void **unused)
{
    (void)unused;
    sealed_journal_open("/no/such/file");
    assert_null(sealed_journal_reserve(1));
    assert_int_equal(truncate(path, SEALED_EXECUTIONS_SIZE - 1), 0);
    sealed_journal_open(path);
    assert_null(sealed_journal_reserve(1));
    assert_int_equal(truncate(path, SEALED_EXECUTIONS_SIZE), 0);
}

static void test_records_are_in_the_file(void **unused)
{
    (void)unused;
    sealed_journal_open(path);
    write_record("x one");
    pid_t child = fork();
    if (child == 0) {
        write_record("x two");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    write_record("n three");
    assert_memory_equal(seen->records, "x one\0x two\0n three\0", 21);
    assert_int_equal(seen->used, 20);
    sealed_journal_set_kind(seen->records, 'f');
    assert_string_equal(seen->records, "f one");
}

enum { THREADS = 4, RECORDS = 500 };

static void *write_many(void *letter)
{
    for (int i = 0; i < RECORDS; i++) {
        char *record = sealed_journal_reserve(8);
        memset(record + 1, *(const char *)letter, 6);
        sealed_journal_set_kind(record, *(const char *)letter);
    }
    return NULL;
}

static void test_records_do_not_mix(void **unused)
{
    (void)unused;
    static char letters[] = "abcd";
    pthread_t threads[THREADS];
    int counts[THREADS] = {0};
    uint64_t before = seen->used;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &letters[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS * RECORDS; i++) {
        const char *record = seen->records + before + (size_t)i * 8;
        const char same[] = {record[0], record[0], record[0], record[0],
                             record[0], record[0], record[0], '\0'};
        assert_string_equal(record, same);
        counts[record[0] - 'a']++;
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(counts[i], RECORDS);
}

/* What has no room is counted, and what comes after it has none either. */
static void test_full(void **unused)
{
    (void)unused;
    size_t left = sizeof seen->records - seen->used;
    assert_null(sealed_journal_reserve(SEALED_EXECUTIONS_SIZE)); /* would never fit */
    assert_int_equal(sizeof seen->records - seen->used, left);
    assert_non_null(sealed_journal_reserve(left - 10));
    assert_null(sealed_journal_reserve(11));
    assert_null(sealed_journal_reserve(1));
    assert_true(seen->used > sizeof seen->records);
}

static int start(void **unused)
{
    (void)unused;
    int file = mkstemp(path);
    if (file < 0 || ftruncate(file, SEALED_EXECUTIONS_SIZE) != 0)
        return 1;
    seen = mmap(NULL, SEALED_EXECUTIONS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return seen == MAP_FAILED;
}

static int stop(void **unused)
{
    (void)unused;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_of_another_size_is_none),
        cmocka_unit_test(test_records_are_in_the_file),
        cmocka_unit_test(test_records_do_not_mix),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
