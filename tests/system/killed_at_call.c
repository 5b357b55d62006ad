/*
 * Runs a command and kills it as it makes a certain system call, counted from its first mkdir: with
 * that the recorder begins to make a segment.
 *
 * usage: killed_at_call NUMBER COMMAND...    status 0: killed; 3: it ended before
 */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 0, FAILED = 2, ENDED_BEFORE = 3 };

static bool is_mkdir(unsigned long long number)
{
#ifdef SYS_mkdir
    if (number == SYS_mkdir)
        return true;
#endif
    return number == SYS_mkdirat;
}

/* As it enters a system call: its number, else -1. */
static long long entered(pid_t pid)
{
    struct __ptrace_syscall_info info = {0};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) < 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return -1;
    return (long long)info.entry.nr;
}

static int follow(pid_t pid, long wanted)
{
    long count = 0;
    int status, signal = 0;
    bool began = false;
    while (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal) == 0 &&
           waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        bool is_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
        bool is_event = WSTOPSIG(status) == SIGTRAP;
        signal = is_call || is_event ? 0 : WSTOPSIG(status);
        long long call = is_call ? entered(pid) : -1;
        began |= call >= 0 && is_mkdir((unsigned long long)call);
        if (!began || call < 0 || ++count < wanted)
            continue;
        kill(pid, SIGKILL);
        return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? KILLED : FAILED;
    }
    return WIFEXITED(status) ? ENDED_BEFORE : FAILED;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return FAILED;
    pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execv(argv[2], argv + 2);
        _exit(FAILED);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)))
        return FAILED;
    return follow(pid, atol(argv[1]));
}
