/*
 * A program that checks itself, for who runs code in it: one thread waits in a futex again and
 * again, with a value of its own in each register, and looks after each wait whether all is as it
 * was: registers, control words and flags, stack, signal mask, alternate signal stack, errno, code.
 * It is woken a thousand times a second.
 */
#ifndef CTXTRACE_TESTS_CLONE_TARGET_H
#define CTXTRACE_TESTS_CLONE_TARGET_H

#include "base/clock.h"
#include "inject/place.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum clone_target_register { RBX, RBP, R12, R13, R14, R15, RDX, RSI, RDI, R8, R9, R10, REGISTERS };

/* What the target tells, in memory that is shared. */
struct clone_target_page {
    _Atomic int waiter; /* the thread */
    _Atomic uint64_t rounds;
    _Atomic uint64_t harmed;      /* rounds after which something was not as before */
    _Atomic uint64_t interrupted; /* calls that returned EINTR */
    _Atomic uint32_t futex;
};

static struct clone_target_page *clone_target;

/* The target's alone: copied into a clone; not copied; found wiped there. */
static struct clone_target_own {
    _Atomic uint64_t rounds;
} * clone_target_own, *clone_target_not_cloned, *clone_target_wiped;

/* Code that is never run; and the wait: registers from *rdi, futex of *rsi; *rdi as they are after.
 */
extern const unsigned char clone_target_place[], clone_target_wait[], clone_target_wait_end[];
long clone_target_wait_with(uint64_t registers[REGISTERS], _Atomic uint32_t *futex, uint32_t value);

/* clang-format off */
__asm__(".pushsection .text\n"
        ".balign 16\n"
        "clone_target_place: .fill 512, 1, 0xcc\n"
        ".balign 16\n"
        "clone_target_wait:\n"
        "clone_target_wait_with:\n"
        "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n push %rdi\n"
        "mov %rdi, %rax\n"
        "mov 0(%rax), %rbx\n mov 8(%rax), %rbp\n mov 16(%rax), %r12\n mov 24(%rax), %r13\n"
        "mov 32(%rax), %r14\n mov 40(%rax), %r15\n"
        "mov 80(%rax), %r9\n mov 72(%rax), %r8\n"
        "mov %rsi, %rdi\n"         /* the word */
        "mov $128, %esi\n"         /* FUTEX_WAIT_PRIVATE */
        "xor %r10d, %r10d\n"       /* no time-out */
        "mov $202, %eax\n"
        "syscall\n"
        "xchg %rax, (%rsp)\n"      /* the result, and where the registers go */
        "mov %rbx, 0(%rax)\n mov %rbp, 8(%rax)\n mov %r12, 16(%rax)\n mov %r13, 24(%rax)\n"
        "mov %r14, 32(%rax)\n mov %r15, 40(%rax)\n mov %rdx, 48(%rax)\n mov %rsi, 56(%rax)\n"
        "mov %rdi, 64(%rax)\n mov %r8, 72(%rax)\n mov %r9, 80(%rax)\n mov %r10, 88(%rax)\n"
        "pop %rax\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
        "ret\n"
        "clone_target_wait_end:\n"
        ".popsection\n");
/* clang-format on */

/* What a thread has beside its registers. */
struct clone_target_state {
    sigset_t mask;
    stack_t stack;
    uint32_t mxcsr;
    uint16_t x87;
    int error;
};

static inline struct clone_target_state clone_target_state(void)
{
    struct clone_target_state state;
    memset(&state, 0, sizeof state);
    state.error = errno;
    __asm__ volatile("stmxcsr %0" : "=m"(state.mxcsr));
    state.mxcsr &= ~0x3fU; /* which exceptions have been is not kept, see inject/place.h */
    __asm__ volatile("fnstcw %0" : "=m"(state.x87));
    pthread_sigmask(SIG_SETMASK, NULL, &state.mask);
    sigaltstack(NULL, &state.stack);
    return state;
}

static inline bool clone_target_round(uint64_t round)
{
    uint64_t registers[REGISTERS], wanted[REGISTERS];
    volatile uint64_t canary[64]; /* beside the stack pointer */
    uint32_t value = atomic_load(&clone_target->futex);
    for (size_t i = 0; i < 64; i++)
        canary[i] = round ^ i;
    for (unsigned i = 0; i < REGISTERS; i++)
        registers[i] = wanted[i] = round * 1000003 + i;
    wanted[RDI] = (uint64_t)(uintptr_t)&clone_target->futex;
    wanted[RSI] = FUTEX_WAIT_PRIVATE;
    wanted[RDX] = value;
    wanted[R10] = 0;
    errno = (int)(round % 100);
    struct clone_target_state before = clone_target_state();
    long result = clone_target_wait_with(registers, &clone_target->futex, value);
    struct clone_target_state after = clone_target_state();
    if (result == -EINTR)
        atomic_fetch_add(&clone_target->interrupted, 1);
    bool good = memcmp(registers, wanted, sizeof wanted) == 0 &&
                memcmp(&before, &after, sizeof before) == 0 && (result == 0 || result == -EAGAIN);
    for (size_t i = 0; i < 64; i++)
        good &= canary[i] == (round ^ i);
    return good;
}

static inline void *clone_target_waiter(void *unused)
{
    sigset_t some;
    static char stack[65536];
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    sigemptyset(&some);
    sigaddset(&some, SIGUSR2);
    sigaddset(&some, SIGRTMIN + 3);
    pthread_sigmask(SIG_SETMASK, &some, NULL);
    sigaltstack(&alternate, NULL);
    atomic_store(&clone_target->waiter, (int)syscall(SYS_gettid));
    for (uint64_t round = 1;; round++) {
        if (!clone_target_round(round))
            atomic_fetch_add(&clone_target->harmed, 1);
        atomic_store(&clone_target_own->rounds, round);
        atomic_store(&clone_target->rounds, round);
    }
    return unused;
}

__attribute__((noreturn)) static inline void clone_target_main(void)
{
    pthread_t thread;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pthread_create(&thread, NULL, clone_target_waiter, NULL);
    for (;;) {
        usleep(1000);
        atomic_fetch_add(&clone_target->futex, 1);
        syscall(SYS_futex, &clone_target->futex, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

static inline void *clone_target_map(int flags)
{
    void *area = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(area, MAP_FAILED);
    return area;
}

/* `prepare`: what the target does first; or NULL. */
static inline int clone_target_start_with(void (*prepare)(void))
{
    clone_target = clone_target_map(MAP_SHARED);
    clone_target_own = clone_target_map(MAP_PRIVATE);
    clone_target_not_cloned = clone_target_map(MAP_PRIVATE);
    clone_target_wiped = clone_target_map(MAP_PRIVATE);
    fflush(NULL);
    int pid = fork();
    if (pid == 0) {
        madvise(clone_target_not_cloned, 4096, MADV_DONTFORK);
        madvise(clone_target_wiped, 4096, MADV_WIPEONFORK);
        clone_target_not_cloned->rounds = clone_target_wiped->rounds = 1;
        if (prepare)
            prepare();
        clone_target_main();
    }
    while (atomic_load(&clone_target->rounds) == 0)
        usleep(1000);
    return pid;
}

static inline int clone_target_start(void)
{
    return clone_target_start_with(NULL);
}

static inline void clone_target_end(int pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    munmap(clone_target, 4096);
    munmap(clone_target_own, 4096);
    munmap(clone_target_not_cloned, 4096);
    munmap(clone_target_wiped, 4096);
}

static inline struct inject_place clone_target_where(void)
{
    struct inject_place place = {.start = (uint64_t)(uintptr_t)clone_target_place};
    memcpy(place.original, clone_target_place, INJECT_SIZE);
    place.waits[0] = (struct inject_range){(uint64_t)(uintptr_t)clone_target_wait,
                                           (uint64_t)(uintptr_t)clone_target_wait_end};
    return place;
}

/* It goes on, and nothing was ever not as before. */
static inline void clone_target_check(int pid)
{
    uint64_t rounds = atomic_load(&clone_target->rounds);
    while (atomic_load(&clone_target->rounds) < rounds + 3) {
        assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
        usleep(500);
    }
    assert_int_equal(atomic_load(&clone_target->harmed), 0);
    assert_int_equal(atomic_load(&clone_target->interrupted), 0);
}

/* Its children, living or not, which are clones. Returns how many. */
static inline size_t clone_target_children(int pid, int children[], size_t room)
{
    char path[64], text[4096], *end;
    size_t count = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid,
             atomic_load(&clone_target->waiter));
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    bool some = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    for (char *at = text; some && *at && count < room; at = end + strspn(end, " "))
        children[count++] = (int)strtol(at, &end, 10);
    return count;
}

#define CLONE_TARGET_CHILDREN 256

static inline size_t clone_target_child_count(int pid)
{
    int children[CLONE_TARGET_CHILDREN];
    return clone_target_children(pid, children, CLONE_TARGET_CHILDREN);
}

/* Until all of them have ended by themselves. */
static inline void clone_target_await_zombies(int pid)
{
    int children[CLONE_TARGET_CHILDREN];
    size_t count = clone_target_children(pid, children, CLONE_TARGET_CHILDREN);
    for (size_t i = 0; i < count; i++) {
        char path[64], state = 0;
        snprintf(path, sizeof path, "/proc/%d/stat", children[i]);
        while (state != 'Z') {
            FILE *file = fopen(path, "re");
            assert_non_null(file);
            assert_int_equal(fscanf(file, "%*d %*s %c", &state), 1);
            fclose(file);
            usleep(1000);
        }
    }
}

static inline bool clone_target_code_is_original(int pid)
{
    char path[64];
    unsigned char code[INJECT_SIZE];
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    fseek(file, (long)(uintptr_t)clone_target_place, SEEK_SET);
    assert_int_equal(fread(code, 1, sizeof code, file), sizeof code);
    fclose(file);
    return memcmp(code, clone_target_place, sizeof code) == 0;
}

#endif
