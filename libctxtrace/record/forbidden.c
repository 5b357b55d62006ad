/*
 * What a filter does with a system call can only be found out by making it. So a process is made
 * that makes all of them, with arguments that do nothing: if it comes to its end, none of them
 * kills. It is made as a thread is, by clone(), which a program that makes threads is permitted;
 * its parent gets no signal for its end, and waits for it in a way in which nobody else does.
 *
 * That there is a filter is read from /proc: who was started with it was permitted to open and read
 * files by the loader, this library among them.
 */
#include "record/forbidden.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool has_filter(void)
{
    static const char name[] = "\nSeccomp:";
    char text[4096];
    int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    text[length > 0 ? length : 0] = '\0';
    const char *line = strstr(text, name);
    return line && atoi(line + sizeof name - 1) != 0;
}

/* Those of storage.c, segment_directory.c and the preload's. */
static void try_all(void)
{
    static const long calls[] = {
        SYS_openat,    SYS_close,     SYS_read,     SYS_pread64,     SYS_pwrite64,
        SYS_fallocate, SYS_ftruncate, SYS_fstat,    SYS_newfstatat,  SYS_readlinkat,
        SYS_unlinkat,  SYS_linkat,    SYS_mkdirat,  SYS_getdents64,  SYS_fcntl,
        SYS_prlimit64, SYS_geteuid,   SYS_getpid,   SYS_gettid,      SYS_tgkill,
        SYS_munmap,    SYS_mprotect,  SYS_madvise,  SYS_sigaltstack, SYS_sched_yield,
        SYS_lseek,
#ifdef SYS_open
        SYS_open,      SYS_stat,      SYS_readlink, SYS_unlink,      SYS_mkdir,
#endif
    };
    syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0); /* its death leaves no core */
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        syscall(calls[i], -1, NULL, 0, -1, 0, 0);
    for (;;)
        syscall(SYS_exit_group, 0);
}

static bool survives(void)
{
    long child = syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (child < 0)
        return false;
    if (child == 0)
        try_all();
    int status = -1;
    while (syscall(SYS_wait4, child, &status, __WALL, NULL) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

enum permission forbidden_look(bool makes_threads)
{
    if (!has_filter())
        return PERMITTED;
    if (!makes_threads)
        return NOT_ASKED;
    return survives() ? PERMITTED : FORBIDDEN;
}
