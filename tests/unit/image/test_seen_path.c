/* Names of another process are looked up in its root, and lead nowhere else. */
#include "image/regular_file.h"
#include "image/seen_path.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/seen-path-XXXXXX";

static void make_file(const char *name, const char *content)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void make_link(const char *target, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(symlink(target, path), 0);
}

/* A process that has the directory for its root. 0: nobody may do that here. */
static pid_t start_in_directory(void)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (geteuid() != 0 && unshare(CLONE_NEWUSER) != 0)
            _exit(1);
        if (chroot(directory) != 0 || write(ready[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    ssize_t length = read(ready[0], &byte, 1);
    close(ready[0]);
    if (length == 1)
        return pid;
    waitpid(pid, NULL, 0);
    return 0;
}

static void assert_content(pid_t pid, const char *name, const char *expected)
{
    char path[64], content[16] = "";
    seen_path(path, sizeof path, pid, name);
    int file = regular_file_open(path, NULL);
    if (file < 0)
        fail_msg("%s: %s", path, strerror(errno));
    assert_true(read(file, content, sizeof content - 1) >= 0);
    assert_string_equal(content, expected);
    close(file);
}

static void assert_none(pid_t pid, const char *name)
{
    char path[64];
    seen_path(path, sizeof path, pid, name);
    assert_int_equal(regular_file_open(path, NULL), -1);
}

static void links_are_those_of_the_process(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(directory));
    make_file("file", "inside");
    make_link("/file", "absolute");
    make_link("../../../file", "climbing");
    make_link("/etc/passwd", "outside");
    make_link("/proc/self/root/etc/passwd", "magic");
    pid_t pid = start_in_directory();
    if (pid) {
        assert_content(pid, "/file", "inside");
        assert_content(pid, "/absolute", "inside");
        assert_content(pid, "/climbing", "inside");
        assert_content(pid, "/../file", "inside");
        assert_none(pid, "/outside");
        assert_none(pid, "/magic");
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", directory);
    assert_int_equal(system(command), 0);
    if (!pid)
        skip();
}

static void other_names_are_opened_as_they_are(void **state)
{
    (void)state;
    const char *const names[] = {"/etc/passwd", "/proc/self/exe", "/proc/1x/root/etc"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int expected = open(names[i], O_RDONLY), found = seen_path_open(names[i], O_RDONLY);
        assert_int_equal(expected < 0, found < 0);
        if (expected >= 0)
            close(expected);
        if (found >= 0)
            close(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_are_those_of_the_process),
        cmocka_unit_test(other_names_are_opened_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
