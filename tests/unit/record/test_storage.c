/*
 * The file of a segment where file systems know less than others: without fallocate zeros are
 * written, and never over what is recorded already; without O_TMPFILE, or a way to link such a
 * file, it has its name from the beginning. Such file systems are made by filters of system calls,
 * in a child.
 */
#include "record/recorder.h"

#include <ctxtrace/ctxtrace.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Of `flags`, the third argument, all have to be there. */
static bool forbid(int call, unsigned flags, int error)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, flags),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flags, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

enum { CHANNELS = 5000, SKIPPED = 77 };

static int record_many(void)
{
    if (!forbid(SYS_fallocate, 0, EOPNOTSUPP))
        return SKIPPED;
    if (ctxt_trace_start() != 0)
        return 2;
    for (int i = 0; i < CHANNELS; i++)
        if (!ctxt_chan_new(8, 1))
            return 3;
    unsigned count = 0;
    for (uint32_t i = 0; i < recorder.storage.header->areas[AREA_OBJECTS].used; i++)
        count += word_get(recorder_slot(AREA_OBJECTS, i), OBJ_ID) != 0;
    return count == CHANNELS ? 0 : 4;
}

/*
 * In a child, with a directory of its own for the segment; `check` returns 0, or where it failed.
 */
static void run_in_child(int (*check)(void))
{
    char directory[] = "/tmp/ctxtrace-storage-XXXXXX";
    assert_non_null(mkdtemp(directory));
    setenv("CTXTRACE_DIR", directory, 1);
    pid_t child = fork();
    if (child == 0) {
        int result = check();
        if (ctxt_trace_path())
            unlink(ctxt_trace_path());
        _exit(result);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(rmdir(directory), 0);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == SKIPPED)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void records_are_not_written_over(void **state)
{
    (void)state;
    run_in_child(record_many);
}

/* ---- the name ---- */

static bool is_in_own_maps(const char *path)
{
    char line[8192];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && !found && fgets(line, sizeof line, maps)) {
        line[strcspn(line, "\n")] = '\0';
        const char *name = strchr(line, '/');
        found = name && strcmp(name, path) == 0;
    }
    if (maps)
        fclose(maps);
    return found;
}

static unsigned count_files(const char *path)
{
    unsigned count = 0;
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    if (directory)
        closedir(directory);
    return count;
}

/* The only file of its directory, whole, locked, and mapped under its name. */
static int check_name(void)
{
    uint64_t magic = 0;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (ctxt_trace_start() != 0 || !ctxt_trace_path())
        return 2;
    if (!is_in_own_maps(ctxt_trace_path()) || count_files(getenv("CTXTRACE_DIR")) != 1)
        return 3;
    int fd = open(ctxt_trace_path(), O_RDONLY | O_CLOEXEC);
    if (pread(fd, &magic, sizeof magic, 0) != (ssize_t)sizeof magic || magic != SEGMENT_MAGIC)
        return 4;
    if (fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
        return 5;
    return ctxt_chan_new(8, 1) ? 0 : 6;
}

static int check_without_unnamed_files(void)
{
    return forbid(SYS_openat, O_TMPFILE, EOPNOTSUPP) ? check_name() : SKIPPED;
}

static int check_without_links(void)
{
    return forbid(SYS_linkat, 0, EPERM) ? check_name() : SKIPPED;
}

static void it_gets_its_name_last(void **state)
{
    (void)state;
    run_in_child(check_name);
}

static void it_has_a_name_where_no_file_can_be_without(void **state)
{
    (void)state;
    run_in_child(check_without_unnamed_files);
}

static void it_has_a_name_where_none_can_be_given_later(void **state)
{
    (void)state;
    run_in_child(check_without_links);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_not_written_over),
        cmocka_unit_test(it_gets_its_name_last),
        cmocka_unit_test(it_has_a_name_where_no_file_can_be_without),
        cmocka_unit_test(it_has_a_name_where_none_can_be_given_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
