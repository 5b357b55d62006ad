/*
 * What a seccomp filter says: beside what the kernel says with the same filter, call by call; and
 * filters that let pass, forbid, or may not be read.
 */
#include "inject/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array)   (sizeof(array) / sizeof *(array))
#define LOAD(member)   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define RETURN(answer) BPF_STMT(BPF_RET | BPF_K, answer)
#define ALLOW          RETURN(SECCOMP_RET_ALLOW)
#define REFUSE(number) RETURN(SECCOMP_RET_ERRNO | (number))

static struct filter_call call_of(long number, uint64_t first, uint64_t second)
{
    return (struct filter_call){
        .number = number, .machine = AUDIT_ARCH_X86_64, .arguments = {first, second}};
}

/* ---- beside the kernel ---- */

/*
 * A program that calculates a number below 4096 of the first two arguments of getppid(), and
 * returns it as the call's errno.
 */
#define CALCULATED(...)                                                                            \
    {                                                                                              \
        LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0), ALLOW, LOAD(args[1]),    \
            BPF_STMT(BPF_MISC | BPF_TAX, 0), LOAD(args[0]), __VA_ARGS__,                           \
            BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 2047),                                             \
            BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO), BPF_STMT(BPF_RET | BPF_A, 0)    \
    }

#define BY_INDEX(operation)    BPF_STMT(BPF_ALU | (operation) | BPF_X, 0)
#define BY_CONSTANT(operation) BPF_STMT(BPF_ALU | (operation) | BPF_K, 13)
#define COMPARED(operation)                                                                        \
    BPF_JUMP(BPF_JMP | (operation) | BPF_X, 0, 1, 0), BPF_STMT(BPF_LD | BPF_IMM, 77)

static const struct sock_filter calculations[][16] = {
    CALCULATED(BY_INDEX(BPF_ADD)),
    CALCULATED(BY_INDEX(BPF_SUB)),
    CALCULATED(BY_INDEX(BPF_MUL)),
    CALCULATED(BY_INDEX(BPF_AND)),
    CALCULATED(BY_INDEX(BPF_OR)),
    CALCULATED(BY_INDEX(BPF_XOR)),
    CALCULATED(BY_CONSTANT(BPF_DIV)),
    CALCULATED(BY_CONSTANT(BPF_LSH)),
    CALCULATED(BY_CONSTANT(BPF_RSH)),
    CALCULATED(BPF_STMT(BPF_ALU | BPF_NEG, 0)),
    CALCULATED(COMPARED(BPF_JEQ)),
    CALCULATED(COMPARED(BPF_JGT)),
    CALCULATED(COMPARED(BPF_JGE)),
    CALCULATED(COMPARED(BPF_JSET)),
    CALCULATED(BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_LD | BPF_IMM, 77)),
    CALCULATED(BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)),
    CALCULATED(BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_MISC | BPF_TXA, 0)),
    CALCULATED(BPF_STMT(BPF_ST, 3), BPF_STMT(BPF_LD | BPF_IMM, 5), BPF_STMT(BPF_LD | BPF_MEM, 3)),
    CALCULATED(BPF_STMT(BPF_STX, 15), BPF_STMT(BPF_LD | BPF_MEM, 15)),
    CALCULATED(BPF_STMT(BPF_LDX | BPF_IMM, 99), BPF_STMT(BPF_MISC | BPF_TXA, 0)),
    CALCULATED(LOAD(arch)),
};

static size_t length_of(const struct sock_filter *program)
{
    size_t length = 0;
    while (program[length].code != (BPF_RET | BPF_A))
        length++;
    return length + 1;
}

static bool install(const struct sock_filter *program, size_t length)
{
    struct sock_fprog filter = {.len = (unsigned short)length};
    memcpy(&filter.filter, &program, sizeof program);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

static const uint32_t operands[][2] = {{0, 0}, {5, 5}, {5, 6}, {6, 5}, {1000, 24}, {0xfffffff0, 3}};

/* What the kernel has the call return, for all operands, by way of the exit status. */
static bool kernel_agrees(const struct sock_filter *program)
{
    size_t length = length_of(program);
    if (!install(program, length))
        return false;
    for (size_t i = 0; i < COUNT(operands); i++) {
        const struct filter_call call = call_of(SYS_getppid, operands[i][0], operands[i][1]);
        uint32_t answer = filter_run(program, length, &call);
        errno = 0;
        syscall(SYS_getppid, operands[i][0], operands[i][1]);
        if (answer != (SECCOMP_RET_ERRNO | (uint32_t)errno))
            return false;
    }
    return true;
}

static void filters_say_what_the_kernel_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(calculations); i++) {
        int status, pid = fork();
        if (pid == 0)
            _exit(kernel_agrees(calculations[i]) ? 0 : 1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (status != 0)
            fail_msg("calculation %zu", i);
    }
}

static void what_is_no_filter_lets_nothing_pass(void **state)
{
    (void)state;
    const struct filter_call call = call_of(SYS_getppid, 0, 0);
    const struct sock_filter wrong[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),  BPF_STMT(BPF_LD | BPF_MEM, BPF_MEMWORDS),
        BPF_STMT(BPF_ST, BPF_MEMWORDS),         BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),  BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX),
        BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0), BPF_STMT(BPF_JMP | 0x70, 0),
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const struct sock_filter program[] = {wrong[i], ALLOW};
        assert_int_equal(filter_run(program, 2, &call), SECCOMP_RET_KILL_PROCESS);
    }
    assert_int_equal(filter_run(NULL, 0, &call), SECCOMP_RET_KILL_PROCESS);
}

/* ---- of a thread ---- */

static const struct sock_filter all_pass[] = {ALLOW};
static const struct sock_filter no_clone[] = {
    LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1), REFUSE(EPERM), ALLOW};
/* As that of Docker: a clone passes if it makes no namespace. */
static const struct sock_filter no_namespace[] = {
    LOAD(nr),      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
    LOAD(args[0]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x7e020000, 0, 1),
    REFUSE(EPERM), ALLOW};

static enum filter_answer answer_of(const struct sock_filter *first, size_t first_length,
                                    const struct sock_filter *second, size_t second_length)
{
    int ready[2];
    char word;
    const struct filter_call calls[] = {call_of(SYS_wait4, 0, 0), call_of(SYS_clone, 0x400, 0)};
    assert_int_equal(pipe(ready), 0);
    int pid = fork();
    if (pid == 0) {
        bool good = install(first, first_length) && install(second, second_length);
        if (write(ready[1], good ? "y" : "n", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &word, 1), 1);
    assert_int_equal(word, 'y');
    assert_int_equal(ptrace(PTRACE_SEIZE, pid, NULL, NULL), 0);
    assert_int_equal(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    enum filter_answer answer = filter_ask(pid, calls, COUNT(calls));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    return answer;
}

static bool may_read_filters(void)
{
    return answer_of(all_pass, 1, all_pass, 1) != FILTER_UNREAD;
}

static void all_filters_of_a_thread_count(void **state)
{
    (void)state;
    if (!may_read_filters()) {
        print_message("skipped: reading filters needs CAP_SYS_ADMIN\n");
        return;
    }
    assert_int_equal(answer_of(all_pass, 1, all_pass, 1), FILTER_PASSES);
    assert_int_equal(answer_of(no_namespace, COUNT(no_namespace), all_pass, 1), FILTER_PASSES);
    assert_int_equal(answer_of(no_clone, COUNT(no_clone), all_pass, 1), FILTER_FORBIDS);
    assert_int_equal(answer_of(all_pass, 1, no_clone, COUNT(no_clone)), FILTER_FORBIDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_say_what_the_kernel_says),
        cmocka_unit_test(what_is_no_filter_lets_nothing_pass),
        cmocka_unit_test(all_filters_of_a_thread_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
