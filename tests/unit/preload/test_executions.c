/* The journal as a program writes it; how it is read, tests/unit/inspect/test_executions.c has. */
#include "preload/executions.h"
#include "preload/preload.h"
#include "preload/sealed.h"
#include "segment/executions.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

int ctxt_trace_failure(void)
{
    return ENOSPC;
}

static char directory[64], preload[] = "LD_PRELOAD=/x/libctxtrace-preload.so", named[96];
static char *const whole[] = {preload, named, NULL}, *const empty[] = {NULL};

static void path_in(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", directory, name);
}

/* All of a journal with a newline behind each record, and without what is the same in all. */
static const char *shorten(const char *bytes, size_t size)
{
    static char text[4096];
    char head[128];
    struct stat namespace;
    stat("/proc/self/ns/pid", &namespace);
    int length =
        snprintf(head, sizeof head, " %lu %d %u,%u,%u,%u,", (unsigned long)namespace.st_ino,
                 getpid(), getuid(), geteuid(), getgid(), getegid());
    text[0] = '\0';
    for (size_t at = 0; at < size; at += strlen(bytes + at) + 1) {
        const char *record = bytes + at, *same = strstr(record, head);
        if (record[0])
            snprintf(text + strlen(text), sizeof text - strlen(text), "%c %s\n", record[0],
                     same == record + 1 ? same + length : record);
    }
    return text;
}

static const char *written(void)
{
    static char bytes[8192];
    char path[128];
    path_in(path, EXECUTIONS_FILE);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(file, bytes, sizeof bytes);
    close(file);
    return shorten(bytes, (size_t)size);
}

/* The journal is found by the environment that a process was started with: in one of its own. */
static void in_child(void (*test)(void))
{
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        executions_start(false);
        test();
        fflush(NULL);
        _exit(0);
    }
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

static void notes(void)
{
    char *const off[] = {preload, named, (char[]){"CTXTRACE=0"}, NULL};
    char *const lost[] = {preload, (char[]){"CTXTRACE_DIR=/another"}, NULL};
    errno = EXDEV;
    executions_begin("/a b", false, whole);
    executions_failed();
    executions_begin("/a", false, off);
    executions_begin("/a", false, lost);
    executions_spawned(getpid(), "/b", false, empty);
    executions_not_recorded();
    assert_int_equal(errno, EXDEV);
    char expected[512], self[256];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length] = '\0';
    snprintf(expected, sizeof expected, "x 0 /a b\nf 0 \nx 2 /a\nx 3 /a\nn 1 /b\nu %d %s\n", ENOSPC,
             self);
    assert_string_equal(written(), expected);
}

/* Of a path that is not absolute where it leads to, as far as that can be said. */
static void paths(void)
{
    assert_int_equal(chdir("/usr"), 0);
    setenv("PATH", "/no/such:/bin", 1);
    executions_begin("./a", false, whole);
    executions_begin("b", false, whole);
    executions_begin("c/d", true, whole);
    executions_begin("sh", true, whole);
    executions_begin("no-such-program", true, whole);
    int file = open("/", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    executions_begin_at(file, "", whole);
    executions_begin_at(file, "usr/bin/e", whole);
    int place = open("/usr/bin", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    executions_begin_at(place, "f", whole);
    assert_string_equal(written(), "x 0 /usr/a\nx 0 /usr/b\nx 0 /usr/c/d\nx 0 /bin/sh\n"
                                   "x 0 no-such-program\nx 0 /\nx 0 /usr/bin/e\nx 0 /usr/bin/f\n");
}

/* Kept open it is written to when it cannot be opened any more; and no other file ever is. */
static void keeps_open(void)
{
    char path[128], hidden[128];
    path_in(path, EXECUTIONS_FILE);
    path_in(hidden, "hidden");
    executions_keep_open();
    assert_int_equal(rename(path, hidden), 0);
    executions_begin("/a", false, whole);
    for (int file = 3; file < 1024; file++)
        close(file);
    int other = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    for (int file = other + 1; file < 1024; file++)
        dup2(other, file);
    unlink(path);
    executions_begin("/b", false, whole); /* there is neither a descriptor nor a path */
    struct stat status;
    assert_int_equal(fstat(other, &status), 0);
    assert_int_equal(status.st_size, 0);
    assert_int_equal(rename(hidden, path), 0);
    assert_string_equal(written(), "x 0 /a\n");
}

/* Without a system call, and in order: also in a child, which has no number there. */
static void sealed(void)
{
    char path[128], expected[256];
    path_in(path, SEALED_EXECUTIONS_FILE);
    int file = open(path, O_RDWR | O_CLOEXEC);
    const struct sealed_executions *seen =
        mmap(NULL, SEALED_EXECUTIONS_SIZE, PROT_READ, MAP_SHARED, file, 0);
    executions_seal();
    preload_set_sealed(true);
    executions_begin("/a", true, whole);
    executions_failed();
    executions_begin("b", true, empty);
    executions_begin_at(0, "", whole);
    executions_failed();
    executions_not_recorded();
    pid_t child = fork();
    if (child == 0) {
        executions_begin("/in-child", false, whole);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    executions_spawned(child, "/d", false, whole);
    const char *text = shorten(seen->records, seen->used);
    assert_int_equal(strncmp(text, "f 0 /a\nx 1 b\nf 0 a program by its descriptor\n", 45), 0);
    snprintf(expected, sizeof expected, " 0 %u,%u,%u,%u,0 /in-child\n", getuid(), geteuid(),
             getgid(), getegid());
    assert_non_null(strstr(text, expected));
    snprintf(expected, sizeof expected, " %d %u,%u,%u,%u,0 /d\n", child, getuid(), geteuid(),
             getgid(), getegid());
    assert_non_null(strstr(text, expected));
    assert_string_equal(written(), "");
}

static void nothing(void)
{
    executions_begin("/a", false, whole);
    executions_begin_at(0, "", whole);
    executions_failed();
    executions_spawned(1, "/b", false, whole);
    executions_not_recorded();
    executions_keep_open();
    executions_seal();
    assert_string_equal(written(), "");
}

#define TEST(function)                                                                             \
    static void test_##function(void **unused)                                                     \
    {                                                                                              \
        (void)unused;                                                                              \
        in_child(function);                                                                        \
    }
TEST(notes)
TEST(paths)
TEST(keeps_open)
TEST(sealed)

static void test_nothing_where_there_is_no_journal(void **unused)
{
    (void)unused;
    unsetenv("CTXTRACE_DIR");
    in_child(nothing);
    setenv("CTXTRACE_DIR", "/no/such/directory", 1);
    in_child(nothing);
}

/* In which program, as the kernel was told. */
static void test_recorder(void **unused)
{
    (void)unused;
    if (fork() == 0) {
        executions_start(true);
        const char *text = written();
        _exit(strncmp(text, "s 0 /", 5) == 0 && strstr(text, "unit_preload_test_executions\n") ? 0
                                                                                               : 1);
    }
    int status;
    wait(&status);
    assert_int_equal(status, 0);
}

static void make(const char *name, off_t size)
{
    char path[128];
    path_in(path, name);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(file, size), 0);
    close(file);
}

static int start(void **unused)
{
    (void)unused;
    strcpy(directory, "/tmp/executions-test-XXXXXX");
    if (!mkdtemp(directory))
        return 1;
    snprintf(named, sizeof named, "CTXTRACE_DIR=%s", directory);
    setenv("CTXTRACE_DIR", directory, 1);
    make(EXECUTIONS_FILE, 0);
    make(SEALED_EXECUTIONS_FILE, SEALED_EXECUTIONS_SIZE);
    return 0;
}

static int stop(void **unused)
{
    (void)unused;
    char path[128];
    path_in(path, EXECUTIONS_FILE);
    unlink(path);
    path_in(path, SEALED_EXECUTIONS_FILE);
    unlink(path);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_notes, start, stop),
        cmocka_unit_test_setup_teardown(test_paths, start, stop),
        cmocka_unit_test_setup_teardown(test_keeps_open, start, stop),
        cmocka_unit_test_setup_teardown(test_sealed, start, stop),
        cmocka_unit_test_setup_teardown(test_nothing_where_there_is_no_journal, start, stop),
        cmocka_unit_test_setup_teardown(test_recorder, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
