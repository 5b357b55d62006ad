/*
 * Claiming space on file systems that know no fallocate: zeros are written, and never over what is
 * recorded already. Such a file system is made by a filter of system calls, in a child.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record/recorder.h"
#include <ctxtrace/ctxtrace.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool forbid_fallocate(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fallocate, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

enum { CHANNELS = 5000, SKIPPED = 77 };

static int record_many(void)
{
    if (!forbid_fallocate())
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

static void records_are_not_written_over(void **state)
{
    (void)state;
    char directory[] = "/tmp/ctxtrace-storage-XXXXXX";
    assert_non_null(mkdtemp(directory));
    setenv("CTXTRACE_DIR", directory, 1);
    pid_t child = fork();
    if (child == 0) {
        int result = record_many();
        if (ctxt_trace_path())
            unlink(ctxt_trace_path());
        _exit(result);
    }
    int status = 0;
    waitpid(child, &status, 0);
    rmdir(directory);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == SKIPPED)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_not_written_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
