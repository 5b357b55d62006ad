/* Files that are not in their place yet, and those that were left there. */
#include "ctxreport/temporary_file.h"
#include "report_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LEFT  ".ctxreport-new-00000000000000ff"
#define TURNS 300

static char path[] = "/tmp/ctxreport-unit-XXXXXX";
static int directory = -1;

static int set_up(void **state)
{
    (void)state;
    strcpy(path + strlen(path) - 6, "XXXXXX");
    if (!mkdtemp(path))
        return -1;
    directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    DIR *list = fdopendir(directory);
    const struct dirent *entry;
    while (list && (entry = readdir(list)))
        if (unlinkat(directory, entry->d_name, 0) != 0)
            unlinkat(directory, entry->d_name, AT_REMOVEDIR);
    if (list)
        closedir(list);
    return rmdir(path);
}

static void put(const char *name)
{
    int file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    close(file);
}

static bool is_there(const char *name)
{
    struct stat status;
    return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static void what_nobody_holds_is_swept(void **state)
{
    (void)state;
    put(LEFT);
    temporary_file_sweep(directory);
    assert_false(is_there(LEFT));
}

static void what_somebody_holds_is_not(void **state)
{
    (void)state;
    char *name, *given = NULL;
    int descriptor = temporary_file_make(directory, &name);
    assert_true(descriptor >= 0);
    if (!name)
        assert_true(temporary_file_name(directory, descriptor, &given));
    const char *temporary = name ? name : given;
    temporary_file_sweep(directory);
    assert_true(is_there(temporary));
    close(descriptor); /* as a kill does */
    temporary_file_sweep(directory);
    assert_false(is_there(temporary));
    free(name);
    free(given);
}

static void what_is_in_its_place_is_not_locked(void **state)
{
    (void)state;
    char *name;
    int descriptor = temporary_file_make(directory, &name);
    assert_true(temporary_file_link(directory, descriptor, name, "report"));
    temporary_file_unlock(descriptor);
    int reader = openat(directory, "report", O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(reader, LOCK_EX | LOCK_NB), 0);
    close(reader);
    close(descriptor);
    free(name);
}

static void what_is_no_file_of_ours_is_left_alone(void **state)
{
    (void)state;
    const char *others[] = {"report",
                            ".ctxreport-new-",
                            ".ctxreport-00000000000000ff",
                            ".ctxreport-new-00000000000000f",
                            LEFT "0",
                            ".ctxreport-new-00000000000000fg"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        put(others[i]);
    assert_int_equal(mkdirat(directory, ".ctxreport-new-0000000000000001", 0700), 0);
    assert_int_equal(mkfifoat(directory, ".ctxreport-new-0000000000000002", 0600), 0);
    assert_int_equal(symlinkat("report", directory, ".ctxreport-new-0000000000000003"), 0);
    put(".ctxreport-new-0000000000000004");
    bool is_root = fchownat(directory, ".ctxreport-new-0000000000000004", 1, (gid_t)-1, 0) == 0;
    temporary_file_sweep(directory);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_true(is_there(others[i]));
    assert_true(is_there(".ctxreport-new-0000000000000001"));
    assert_true(is_there(".ctxreport-new-0000000000000002"));
    assert_true(is_there(".ctxreport-new-0000000000000003"));
    assert_int_equal(is_there(".ctxreport-new-0000000000000004"), is_root);
}

/* Without /proc no file can be given a name later, so each has one from the beginning. */
static void make_without_proc(void)
{
    if (chroot(path) != 0)
        _exit(77);
    for (int i = 0; i < TURNS; i++) {
        char *name;
        int descriptor = temporary_file_make(directory, &name);
        if (descriptor < 0 || !name)
            _exit(1);
        for (int n = 0; n < 3; n++, sched_yield())
            if (!is_there(name))
                _exit(2);
        if (i % 2) /* the others are left, as by a kill */
            unlinkat(directory, name, 0);
        close(descriptor);
        free(name);
    }
    _exit(0);
}

static void a_writer_keeps_its_file_whoever_sweeps(void **state)
{
    (void)state;
    int status = 0;
    pid_t writer = fork();
    if (writer == 0)
        make_without_proc();
    while (waitpid(writer, &status, WNOHANG) == 0)
        temporary_file_sweep(directory);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
    temporary_file_sweep(directory);
    DIR *list = fdopendir(dup(directory));
    rewinddir(list);
    const struct dirent *entry;
    while ((entry = readdir(list)))
        assert_true(entry->d_name[0] == '.' && strlen(entry->d_name) <= 2);
    closedir(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_nobody_holds_is_swept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_somebody_holds_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_in_its_place_is_not_locked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_of_ours_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_writer_keeps_its_file_whoever_sweeps, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
