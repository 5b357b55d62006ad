/*
 * Processes that forbid themselves a system call, on pain of death, and then go on making threads
 * that wait. Prints the names of those calls that they died of: by prctl() or by syscall(), as the
 * first argument says; with a second one each has threads before it forbids itself anything.
 * The calls are those that a recorder could make and a program of threads does not need.
 *
 * Or it becomes a program that inherits the filter: "exec" CALL ANSWER PROGRAM..., where the answer
 * is "kill" or "refuse".
 */
#include "preload_stay.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    long number;
    const char *name;
} calls[] = {
    {SYS_openat, "openat"},
    {SYS_open, "open"},
    {SYS_close, "close"},
    {SYS_read, "read"},
    {SYS_pread64, "pread64"},
    {SYS_write, "write"},
    {SYS_fallocate, "fallocate"},
    {SYS_ftruncate, "ftruncate"},
    {SYS_newfstatat, "newfstatat"},
    {SYS_fstat, "fstat"},
    {SYS_stat, "stat"},
    {SYS_readlink, "readlink"},
    {SYS_unlink, "unlink"},
    {SYS_mkdir, "mkdir"},
    {SYS_getdents64, "getdents64"},
    {SYS_fcntl, "fcntl"},
    {SYS_prlimit64, "prlimit64"},
    {SYS_geteuid, "geteuid"},
    {SYS_getpid, "getpid"},
    {SYS_gettid, "gettid"},
    {SYS_tgkill, "tgkill"},
    {SYS_sigaltstack, "sigaltstack"},
    {SYS_membarrier, "membarrier"},
    {SYS_sched_yield, "sched_yield"},
    {SYS_clock_gettime, "clock_gettime"},
    {SYS_mincore, "mincore"},
    {SYS_process_vm_readv, "process_vm_readv"},
    {SYS_getrandom, "getrandom"},
};

enum { MOST_THREADS = 80 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, go;

static void *wait_until_told(void *unused)
{
    pthread_mutex_lock(&mutex);
    waiting++;
    pthread_cond_broadcast(&changed);
    while (!go)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void work(int count)
{
    pthread_t threads[MOST_THREADS];
    waiting = go = 0;
    for (int i = 0; i < count; i++)
        REQUIRE(pthread_create(&threads[i], NULL, wait_until_told, NULL) == 0);
    pthread_mutex_lock(&mutex);
    while (waiting < count)
        pthread_cond_wait(&changed, &mutex);
    go = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < count; i++)
        REQUIRE(pthread_join(threads[i], NULL) == 0);
}

static void forbid(long number, int by_syscall, unsigned answer)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    /* Asking whether it can be done is not doing it. */
    REQUIRE(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) != 0);
    if (by_syscall)
        REQUIRE(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
    else
        REQUIRE(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static int become(char **arguments)
{
    int kill = strcmp(arguments[1], "kill") == 0;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].name, arguments[0]) == 0)
            forbid(calls[i].number, 0, kill ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM);
    execv(arguments[2], arguments + 2);
    return 70;
}

int main(int count, char **arguments)
{
    if (count > 4 && strcmp(arguments[1], "exec") == 0)
        return become(arguments + 2);
    int by_syscall = count > 1 && strcmp(arguments[1], "syscall") == 0, before = count > 2;
    work(2);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        int status = 0;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            if (before)
                work(2);
            forbid(calls[i].number, by_syscall, SECCOMP_RET_KILL_PROCESS);
            work(MOST_THREADS);
            _exit(3);
        }
        REQUIRE(waitpid(child, &status, 0) == child);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 3)
            printf("%s\n", calls[i].name);
    }
    return 0;
}
