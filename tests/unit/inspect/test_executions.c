/* The journal of executions: what was started and not recorded, in every order and damaged. */
#include "inspect/executions.h"
#include "inspect/run_processes.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];
static uint64_t own; /* the PID namespace of this test */

/*
 * Writes a journal of records that end with a newline instead of NUL; @ stands for the namespace,
 * and # for how programs are started as a rule.
 */
static void write_journal(const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/executions", directory);
    FILE *file = fopen(path, "we");
    for (const char *at = text; *at; at++) {
        if (*at == '@')
            fprintf(file, "%llu", (unsigned long long)own);
        else if (*at == '#')
            fputs("0,0,0,0,0", file);
        else
            fputc(*at == '\n' ? '\0' : *at, file);
    }
    fclose(file);
}

/* What is found for the command "/c" with PID 10, as "path:pid path:pid ". */
static const char *read_journal(const char *text, bool *is_cut)
{
    static char found[512];
    struct executions executions;
    write_journal(text);
    executions_read(directory, "/c", 10, &executions);
    found[0] = '\0';
    for (size_t i = 0; i < executions.count; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s:%d ",
                 executions.items[i].path, executions.items[i].pid);
    *is_cut = executions.is_cut;
    executions_free(&executions);
    return found;
}

static void test_orders(void **state)
{
    (void)state;
    static const struct {
        const char *journal, *found;
    } cases[] = {
        {"", "/c:10 "},                              /* the command was not recorded */
        {"s @ 10 # \n", ""},                         /* it was */
        {"s @ 10 # \nx @ 11 # /a\n", "/a:11 "},      /* its child was not */
        {"s @ 10 # \nx @ 11 # /a\ns @ 11 # \n", ""}, /* its child was, too */
        {"s @ 10 # \nx @ 10 # /a b\n", "/a b:10 "},  /* it became another */
        {"s @ 10 # \nx @ 11 # /a\nf @ 11 # \nx @ 11 # /b\ns @ 11 # \n", ""}, /* searched in PATH */
        {"s @ 10 # \nx @ 11 # /a\nf @ 11 # \n", ""},               /* there is no such program */
        {"s @ 10 # \nn @ 12 # /a\ns @ 12 # \n", ""},               /* spawned, and recorded */
        {"s @ 10 # \ns @ 12 # \nn @ 12 # /a\n", ""},               /* its recorder was faster */
        {"s @ 10 # \nn @ 12 # /a\n", "/a:12 "},                    /* spawned, not recorded */
        {"s @ 10 # \nn @ 0 # /bin/sh\ns @ 12 # \n", "/bin/sh:0 "}, /* by a shell of libc's */
        {"s @ 10 # \nx @ 11 # /a\ns 1 11 # \n", "/a:11 "},         /* another namespace's 11 */
        {"s @ 10 # \nx @ 11 # /a\nx @ 11 # /b\ns @ 11 # \n",
         "/a:11 "}, /* the number was used again */
        {"s @ 10 # \nx @ 11 # /a\nx @ 12 # /a\n", "/a:11 /a:12 "},
        {"s @ 10 # /c\nx @ 10 # /a\ns @ 10 # /b\n", "/a:10 "}, /* it became another, unnoted */
        {"s @ 10 # /c\nx @ 10 # /a\ns @ 10 # /b\nx @ 10 # /a\ns @ 10 # /a\n", "/a:10 "},
        {"s @ 10 # /other\n", "/c:10 "},                                  /* so did the command */
        {"s @ 10 # \ns @ 12 # /b\nn @ 12 # /a\n", "/a:12 "},              /* so did one spawned */
        {"s @ 10 # /c\nx @ 10 0,0,0,0,1 /a\ns @ 10 # /a\n", "/a:10 "},    /* it had no preload */
        {"s @ 10 # /c\nx @ 10 # /a\ns @ 10 # /b\nf @ 10 # \n", "/a:10 "}, /* and stayed so */
        {"s @ 10 # /c\ns @ 10 # /b\n", ""},                               /* both were recorded */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_cut;
        const char *found = read_journal(cases[i].journal, &is_cut);
        if (strcmp(found, cases[i].found) != 0 || is_cut)
            fail_msg("case %zu: \"%s\" instead of \"%s\"", i, found, cases[i].found);
    }
}

static void test_damaged(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "rubbish\n",   "x\n", "x @\n",         "q @ 1 # /a\n",
        "x @ 11 # /a", "\n",  "x @ 11 /a b\n", "x @ 11 0,0,0,0 /a\n"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_cut;
        read_journal(cases[i], &is_cut);
        if (!is_cut)
            fail_msg("\"%s\" is taken for sound", cases[i]);
    }
    struct executions found;
    executions_remove_journal(directory);
    executions_read(directory, "/c", 10, &found);
    assert_true(found.is_cut);
    assert_int_equal(found.count, 1);
    executions_free(&found);
}

/* A recorder that has started leaves no segment if it had nothing to record. */
static void test_recorded_without_segment(void **state)
{
    (void)state;
    bool is_cut;
    struct executions found;
    read_journal(
        "s @ 10 # \nx @ 10 # /b\ns @ 10 # \nn @ 11 # /d\ns @ 11 # \ns @ 12 # \nn @ 12 # /e\n"
        "x @ 13 # /f\ns @ 13 # \nu @ 13 # /f\n",
        &is_cut);
    assert_false(is_cut);
    executions_read(directory, "/c", 10, &found);
    static const char *const recorded[] = {"/c", "/b", "/d", "/e"};
    assert_int_equal(found.recorded_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(found.recorded[i].path, recorded[i]);
    assert_int_equal(found.count, 1);
    assert_string_equal(found.items[0].path, "/f");
    executions_has_segment(&found, 10, "");
    executions_has_segment(&found, 12, "/no/e");
    executions_has_segment(&found, 14, "/e");
    assert_int_equal(found.recorded_count, 2);
    assert_string_equal(found.recorded[0].path, "/c");
    assert_string_equal(found.recorded[1].path, "/d");
    executions_free(&found);

    /* Which of its programs has left it. */
    executions_read(directory, "/c", 10, &found);
    executions_has_segment(&found, 10, "/c");
    assert_int_equal(found.recorded_count, 3);
    assert_string_equal(found.recorded[0].path, "/b");
    executions_free(&found);
}

/* Where nobody noted the start, or of another program, it goes by the recorder's own word. */
static void test_recorded_without_being_noted(void **state)
{
    (void)state;
    bool is_cut;
    struct executions found;
    read_journal("s @ 10 # /c\nx @ 10 # /a\ns @ 10 # /b\ns @ 11 # /d\ns @ 12 # /e\nu @ 12 # /e\n",
                 &is_cut);
    executions_read(directory, "/c", 10, &found);
    static const char *const recorded[] = {"/c", "/b", "/d"};
    assert_int_equal(found.recorded_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(found.recorded[i].path, recorded[i]);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.items[0].path, "/a");
    assert_string_equal(found.items[1].path, "/e");
    executions_free(&found);
}

/* Who started it, with what; or why no segment was made. */
static void test_how(void **state)
{
    (void)state;
    bool is_cut;
    struct executions found;
    read_journal("s @ 10 # \nx @ 11 1,2,3,4,2 /a\nu @ 10 5,6,7,8,28 /c\n", &is_cut);
    assert_false(is_cut);
    executions_read(directory, "/c", 10, &found);
    assert_int_equal(found.count, 2);
    const struct execution_start *one = &found.items[0].start, *other = &found.items[1].start;
    assert_int_equal(one->caller.uid, 1);
    assert_int_equal(one->caller.euid, 2);
    assert_int_equal(one->caller.gid, 3);
    assert_int_equal(one->caller.egid, 4);
    assert_int_equal(one->environment, ENVIRONMENT_OFF);
    assert_int_equal(one->error, 0);
    assert_int_equal(other->caller.uid, 5);
    assert_int_equal(other->environment, ENVIRONMENT_WHOLE);
    assert_int_equal(other->error, ENOSPC);
    executions_free(&found);
}

/* What a process became, if it could note that. */
static void test_became(void **state)
{
    (void)state;
    bool is_cut;
    struct executions found;
    read_journal("s @ 10 # \nx @ 10 # /a\nx @ 11 # /b\nf @ 11 # \nx @ 10 # /c\nx 1 10 # /d\n",
                 &is_cut);
    executions_read(directory, "/c", 10, &found);
    assert_int_equal(executions_became(&found, 10), 2);
    assert_int_equal(executions_became(&found, 11), 0);
    executions_free(&found);
}

/* Puts records as above into the file of processes that may not make system calls. */
static void write_sealed(const char *text, uint64_t used)
{
    static struct sealed_executions sealed;
    char path[128], *at = sealed.records;
    memset(&sealed, 0, sizeof sealed);
    for (; *text; text++) {
        if (*text == '@')
            at += sprintf(at, "%llu", (unsigned long long)own);
        else if (*text == '#')
            at += sprintf(at, "0,0,0,0,0");
        else
            *at++ = *text == '\n' ? '\0' : *text;
    }
    sealed.used = used ? used : (uint64_t)(at - sealed.records);
    snprintf(path, sizeof path, "%s/executions-sealed", directory);
    FILE *file = fopen(path, "we");
    assert_int_equal(fwrite(&sealed, sizeof sealed, 1, file), 1);
    fclose(file);
}

/* What is noted without system calls: in no order with the rest, and of children without number. */
static void test_sealed(void **state)
{
    (void)state;
    static const struct {
        const char *journal, *sealed, *found;
        bool is_cut;
    } cases[] = {
        {"s @ 10 # /c\n", "", "", false},
        {"s @ 10 # /c\n", "x @ 10 # /a\n", "/a:10 ", false},
        {"s @ 10 # /c\ns @ 10 # /a\n", "x @ 10 # /a\n", "", false},
        {"s @ 10 # /c\ns @ 10 # /b\n", "x @ 10 # /a\n", "/a:10 ", false},
        {"s @ 10 # /c\ns @ 11 # /a\n", "x @ 10 # /a\n", "/a:10 ", false}, /* another process */
        {"s @ 10 # /c\ns @ 11 # /a\n", "x @ 0 # /a\n", "", false},
        {"s @ 10 # /c\ns @ 11 # /d/a\n", "x @ 0 # a\n", "", false},
        {"s @ 10 # /c\n", "x @ 0 # /a\n\n\n\nn @ 12 # /b\n\n", "/a:-1 /b:12 ", false},
        {"s @ 10 # /c\ns @ 11 # /a\n", "x @ 0 # /a\nx @ 0 # /a\n", "/a:-1 ", false},
        {"s @ 10 # /c\n", "f @ 10 # /a\n", "", false},
        {"s @ 10 # /c\n", "s @ 10 # /a\n", "", true},
        {"s @ 10 # /c\n", " @ 10 # /a\n", "", true}, /* not complete */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_cut;
        write_sealed(cases[i].sealed, 0);
        const char *found = read_journal(cases[i].journal, &is_cut);
        if (strcmp(found, cases[i].found) != 0 || is_cut != cases[i].is_cut)
            fail_msg("case %zu: \"%s\" instead of \"%s\"", i, found, cases[i].found);
    }
    bool is_cut;
    write_sealed("", SEALED_EXECUTIONS_SIZE); /* more than there was room for */
    read_journal("s @ 10 # /c\n", &is_cut);
    assert_true(is_cut);
}

static void test_making(void **state)
{
    (void)state;
    char path[128];
    struct stat status;
    snprintf(path, sizeof path, "%s/executions", directory);
    executions_remove_journal(directory);
    assert_true(executions_make_journal(directory));
    assert_false(executions_make_journal(directory)); /* what is there may be somebody else's */
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    executions_remove_journal(directory);
    assert_int_not_equal(stat(path, &status), 0);
}

/* Starts a shell that waits for its input to end, in an environment that names the directory. */
static pid_t start_waiting(const char *directory_named, int *input)
{
    char variable[128];
    char *const environment[] = {variable, NULL};
    int ends[2];
    snprintf(variable, sizeof variable, "CTXTRACE_DIR=%s", directory_named);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int ready[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[0], 0);
        execle("/bin/sh", "sh", "-c", "read x", NULL, environment);
        _exit(127);
    }
    close(ends[0]);
    close(ready[1]);
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 0); /* closed by exec */
    close(ready[0]);
    *input = ends[1];
    return pid;
}

static void test_living(void **state)
{
    (void)state;
    struct executions found;
    int ours_input, others_input;
    pid_t ours = start_waiting(directory, &ours_input);
    pid_t others = start_waiting("/somewhere/else", &others_input);
    write_journal("s @ 10 # \n");
    executions_read(directory, "/c", 10, &found);
    run_processes_add(directory, &found);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.items[0].pid, ours);
    assert_true(found.items[0].is_alive);
    assert_false(found.items[0].is_recorded);
    assert_non_null(strstr(found.items[0].path, "sh"));
    close(ours_input);
    close(others_input);
    waitpid(ours, NULL, 0);
    waitpid(others, NULL, 0);
    executions_free(&found);

    executions_read(directory, "/c", ours, &found);
    run_processes_add(directory, &found);
    assert_int_equal(found.count, 1);
    assert_false(found.items[0].is_alive);
    executions_free(&found);
}

static int start(void **state)
{
    (void)state;
    struct stat status;
    snprintf(directory, sizeof directory, "/tmp/executions-test-XXXXXX");
    own = stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
    return !mkdtemp(directory) || !executions_make_journal(directory);
}

static int stop(void **state)
{
    (void)state;
    executions_remove_journal(directory);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_orders, start, stop),
        cmocka_unit_test_setup_teardown(test_damaged, start, stop),
        cmocka_unit_test_setup_teardown(test_how, start, stop),
        cmocka_unit_test_setup_teardown(test_became, start, stop),
        cmocka_unit_test_setup_teardown(test_recorded_without_segment, start, stop),
        cmocka_unit_test_setup_teardown(test_recorded_without_being_noted, start, stop),
        cmocka_unit_test_setup_teardown(test_sealed, start, stop),
        cmocka_unit_test_setup_teardown(test_making, start, stop),
        cmocka_unit_test_setup_teardown(test_living, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
