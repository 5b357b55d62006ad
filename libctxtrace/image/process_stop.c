/*
 * Stop: PTRACE_SEIZE and PTRACE_INTERRUPT for every thread in /proc/PID/task, again and again until
 * no new thread appears (a thread can make threads until it is itself stopped), then wait for each
 * by its id. Signals are left alone: a thread that stops to receive one is given it back when it is
 * detached, which is why the signal of a signal-delivery-stop is remembered.
 */
#include "image/process.h"

#include "image/clock.h"
#include "image/permission.h"
#include "image/vector_registers.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

struct stopped {
    int tid;
    bool waited; /* it has stopped */
    bool gone;
    int signal; /* to be given back */
};

struct stop {
    struct stopped *items;
    size_t count, capacity;
};

/*
 * Threads that did not stop in time. Only a stopped thread can be detached, and these stop as soon
 * as they come back from the kernel; so they are asked for again at every occasion, until the last
 * has been let go.
 */
static struct stop leftover;

static bool is_known(const struct stop *stop, int tid)
{
    for (size_t i = 0; i < stop->count; i++)
        if (stop->items[i].tid == tid)
            return true;
    return false;
}

/* Is it one of those, and traced and interrupted already? Then it is none of them any more. */
static bool take_over(int tid)
{
    for (size_t i = 0; i < leftover.count; i++) {
        if (leftover.items[i].tid != tid)
            continue;
        leftover.items[i] = leftover.items[--leftover.count];
        return true;
    }
    return false;
}

/* Returns 1: seized, 0: the thread has gone meanwhile, -1: not allowed or no memory. */
static int seize(struct stop *stop, int tid)
{
    if (stop->count == stop->capacity) {
        size_t capacity = stop->capacity ? stop->capacity * 2 : 64;
        struct stopped *grown = realloc(stop->items, capacity * sizeof *grown);
        if (!grown)
            return -1;
        stop->items = grown;
        stop->capacity = capacity;
    }
    if (!take_over(tid) && ptrace(PTRACE_SEIZE, tid, NULL, NULL) != 0)
        return errno == ESRCH ? 0 : -1;
    stop->items[stop->count++] = (struct stopped){.tid = tid};
    ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
    return 1;
}

/* One pass over the list of threads. Returns how many were new, -1 when one cannot be traced. */
static int seize_new_threads(struct stop *stop, int pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *directory = opendir(path);
    if (!directory)
        return -1;
    int new_threads = 0;
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        int tid = atoi(entry->d_name);
        if (tid <= 0 || is_known(stop, tid))
            continue;
        int seized = seize(stop, tid);
        if (seized < 0) {
            int error = errno;
            closedir(directory);
            errno = error;
            return -1;
        }
        new_threads += seized;
    }
    closedir(directory);
    return new_threads;
}

static void note_stop(struct stopped *thread, int status)
{
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        thread->gone = true;
        return;
    }
    thread->waited = true;
    /* Events (PTRACE_EVENT_STOP and friends) carry no signal that the program should get. */
    thread->signal = status >> 16 ? 0 : WSTOPSIG(status);
}

static bool wait_for(struct stopped *thread, int64_t deadline)
{
    while (!thread->waited && !thread->gone) {
        int status;
        int got = waitpid(thread->tid, &status, __WALL | WNOHANG);
        if (got == thread->tid) {
            note_stop(thread, status);
        } else if (got < 0 && errno != EINTR) {
            thread->gone = true;
        } else if (now_ns() > deadline) {
            return false;
        } else {
            struct timespec moment = {0, 50000};
            nanosleep(&moment, NULL);
        }
    }
    return true;
}

/* System calls that, interrupted by a stop, would return EINTR although no signal came. */
static bool needs_restart(const struct user_regs_struct *registers)
{
    if ((int64_t)registers->rax != -EINTR)
        return false;
    switch ((int64_t)registers->orig_rax) {
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
    case SYS_rt_sigtimedwait:
    case SYS_semop:
    case SYS_semtimedop:
    case SYS_io_getevents:
    case SYS_recvfrom:
    case SYS_recvmsg:
        return true;
    default:
        return false;
    }
}

#define ERESTARTNOHAND 514 /* kernel internal: restart unless a signal handler runs */

#define LARGEST_STATE 4096

/* The convention of system calls leaves nothing in them: one that is in the kernel has none. */
static void take_vectors(int tid, const struct user_regs_struct *registers,
                         struct image_thread *thread)
{
    unsigned char area[LARGEST_STATE];
    struct iovec state = {.iov_base = area, .iov_len = sizeof area};
    if ((int64_t)registers->orig_rax >= 0)
        return;
    if (ptrace(PTRACE_GETREGSET, tid, (void *)(uintptr_t)NT_X86_XSTATE, &state) == 0)
        vector_registers_read(area, state.iov_len, thread->vectors);
}

static bool take_registers(struct stopped *stopped, struct image_thread *thread)
{
    struct user_regs_struct registers;
    thread->tid = thread->own_tid = stopped->tid;
    if (ptrace(PTRACE_GETREGS, stopped->tid, NULL, &registers) != 0)
        return false;
    if (!stopped->signal && needs_restart(&registers)) {
        struct user_regs_struct changed = registers;
        changed.rax = (unsigned long long)-ERESTARTNOHAND;
        ptrace(PTRACE_SETREGS, stopped->tid, NULL, &changed);
    }
    thread->pc = registers.rip;
    thread->sp = registers.rsp;
    thread->fs_base = registers.fs_base;
    const uint64_t general[IMAGE_REGISTERS] = {
        registers.rax, registers.rbx, registers.rcx, registers.rdx, registers.rsi, registers.rdi,
        registers.rbp, registers.r8,  registers.r9,  registers.r10, registers.r11, registers.r12,
        registers.r13, registers.r14, registers.r15, registers.rsp};
    memcpy(thread->registers, general, sizeof general);
    take_vectors(stopped->tid, &registers, thread);
    return true;
}

/* Does the process live in a PID namespace that is not ours? */
static bool has_own_numbers(int pid)
{
    char path[64];
    struct stat ours, theirs;
    snprintf(path, sizeof path, "/proc/%d/ns/pid", pid);
    return stat(path, &theirs) == 0 && stat("/proc/self/ns/pid", &ours) == 0 &&
           (theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev);
}

/* The thread's number in its innermost namespace: the last one after "NSpid:". */
static int own_number(int pid, int tid)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/task/%d/status", pid, tid);
    FILE *file = fopen(path, "re");
    int number = tid;
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "NSpid:", 6) != 0)
            continue;
        const char *last = strrchr(line, '\t');
        number = last ? atoi(last + 1) : tid;
        break;
    }
    if (file)
        fclose(file);
    return number;
}

static struct stop current; /* one process is stopped at a time, by one thread */
static struct image *current_image;

/* Lets go of those that have stopped by the deadline, and keeps the others in the list. */
static void detach_stopped(struct stop *stop, int64_t deadline)
{
    size_t kept = 0;
    for (size_t i = 0; i < stop->count; i++) {
        struct stopped *thread = &stop->items[i];
        if (!wait_for(thread, deadline))
            stop->items[kept++] = *thread;
        else if (!thread->gone)
            ptrace(PTRACE_DETACH, thread->tid, NULL, (void *)(intptr_t)thread->signal);
    }
    stop->count = kept;
}

static void leave_over(const struct stopped *thread)
{
    struct stopped *grown = realloc(leftover.items, (leftover.count + 1) * sizeof *grown);
    if (!grown)
        return;
    leftover.items = grown;
    leftover.items[leftover.count++] = *thread;
}

void process_let_go(void)
{
    detach_stopped(&leftover, 0);
}

/* Those that have stopped do not wait for those that have not. */
static void detach_all(struct stop *stop, int64_t deadline)
{
    detach_stopped(stop, 0);
    detach_stopped(stop, deadline);
    for (size_t i = 0; i < stop->count; i++)
        leave_over(&stop->items[i]);
    free(stop->items);
    *stop = (struct stop){NULL, 0, 0};
}

static bool stop_all(struct stop *stop, struct image *image, int64_t deadline,
                     struct complaint *complaint)
{
    size_t waited = 0;
    for (;;) {
        int new_threads = seize_new_threads(stop, image->pid);
        if (new_threads < 0)
            return permission_explain_stopping(image->pid, errno, complaint);
        if (!new_threads && waited == stop->count)
            return true;
        for (; waited < stop->count; waited++)
            if (!wait_for(&stop->items[waited], deadline))
                return complain(complaint,
                                "thread %d of process %d did not stop in time (it may be in an "
                                "uninterruptible system call); try again.",
                                stop->items[waited].tid, image->pid);
    }
}

bool process_stop(struct image *image, int64_t timeout_ns, struct complaint *complaint)
{
    if (current_image)
        return complain(complaint, "another process is stopped at the moment");
    process_let_go();
    int64_t deadline = now_ns() + timeout_ns;
    if (!stop_all(&current, image, deadline, complaint)) {
        detach_all(&current, now_ns() + timeout_ns);
        return false;
    }
    current_image = image;
    free(image->threads);
    image->threads = calloc(current.count, sizeof *image->threads);
    image->thread_count = 0;
    if (!image->threads) {
        process_resume(image);
        return complain(complaint, "memory ran out");
    }
    bool own_numbers = has_own_numbers(image->pid);
    for (size_t i = 0; i < current.count; i++) {
        if (current.items[i].gone)
            continue;
        struct image_thread *thread = &image->threads[image->thread_count++];
        take_registers(&current.items[i], thread);
        if (own_numbers)
            thread->own_tid = own_number(image->pid, thread->tid);
    }
    return true;
}

void process_resume(struct image *image)
{
    if (current_image != image || !image)
        return;
    detach_all(&current, now_ns() + INT64_C(1000000000));
    current_image = NULL;
}

enum glance process_glance(const struct image *image, int tid, int64_t timeout_ns,
                           struct image_thread *thread)
{
    struct stop stop = {NULL, 0, 0};
    enum glance glance = GLANCE_FAILED;
    process_let_go();
    if (image->pid > 0 && !current_image) {
        int seized = seize(&stop, tid);
        bool stopped = seized > 0 && wait_for(&stop.items[0], now_ns() + timeout_ns);
        if (seized == 0 || (stopped && stop.items[0].gone))
            glance = GLANCE_GONE;
        else if (stopped && take_registers(&stop.items[0], thread))
            glance = GLANCE_READ;
    }
    detach_all(&stop, 0);
    return glance;
}
