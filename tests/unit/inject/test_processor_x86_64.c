/* The bytes of a blob, and what of a thread's state it takes. */
#include "inject/processor.h"

#include <linux/audit.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>

#include <cmocka.h>

#define START UINT64_C(0x401230)

static const struct errand fork_errand = {.kind = ERRAND_FORK, .child_limit_ns = 1500000000};
static const struct errand reap_errand = {.kind = ERRAND_REAP, .child = 4711};

static struct user_regs_struct some_registers(void)
{
    return (struct user_regs_struct){.r15 = 15,
                                     .r14 = 14,
                                     .r13 = 13,
                                     .r12 = 12,
                                     .rbp = 0x7000,
                                     .rbx = 11,
                                     .r11 = 0x246,
                                     .r10 = 10,
                                     .r9 = 9,
                                     .r8 = 8,
                                     .rax = SYS_futex,
                                     .rcx = 0x5002,
                                     .rdx = 3,
                                     .rsi = 4,
                                     .rdi = 5,
                                     .orig_rax = (unsigned long long)-1,
                                     .rip = 0x5000,
                                     .cs = 0x33,
                                     .eflags = 0x246,
                                     .rsp = 0x8000,
                                     .ss = 0x2b,
                                     .fs_base = 0x9000};
}

/* The C library's ucontext_t begins as the kernel's does, as far as the registers go. */
static void the_frame_has_the_registers(void **state)
{
    (void)state;
    unsigned char blob[INJECT_SIZE];
    ucontext_t context;
    uint64_t mask;
    const struct user_regs_struct registers = some_registers();
    inject_blob(&fork_errand, &registers, 0x1234, blob);
    memcpy(&context, blob + 128, offsetof(ucontext_t, uc_sigmask));
    const greg_t *saved = context.uc_mcontext.gregs;
    assert_int_equal(saved[REG_R8], 8);
    assert_int_equal(saved[REG_R9], 9);
    assert_int_equal(saved[REG_R10], 10);
    assert_int_equal(saved[REG_R11], 0x246);
    assert_int_equal(saved[REG_R12], 12);
    assert_int_equal(saved[REG_R13], 13);
    assert_int_equal(saved[REG_R14], 14);
    assert_int_equal(saved[REG_R15], 15);
    assert_int_equal(saved[REG_RDI], 5);
    assert_int_equal(saved[REG_RSI], 4);
    assert_int_equal(saved[REG_RBP], 0x7000);
    assert_int_equal(saved[REG_RBX], 11);
    assert_int_equal(saved[REG_RDX], 3);
    assert_int_equal(saved[REG_RAX], SYS_futex);
    assert_int_equal(saved[REG_RCX], 0x5002);
    assert_int_equal(saved[REG_RSP], 0x8000);
    assert_int_equal(saved[REG_RIP], 0x5000);
    assert_int_equal(saved[REG_EFL], 0x246);
    assert_int_equal(saved[REG_CSGSFS], 0x002b000000000033);
    assert_null(context.uc_mcontext.fpregs);
    assert_int_equal(context.uc_flags, 6);
    assert_int_equal(context.uc_stack.ss_flags, 3); /* neither of the modes that there are */
    memcpy(&mask, blob + 128 + 296, sizeof mask);
    assert_int_equal(mask, 0x1234);
}

static void the_code_ends_where_the_frame_begins(void **state)
{
    (void)state;
    unsigned char blob[INJECT_SIZE];
    const struct user_regs_struct registers = some_registers();
    uint64_t word, sleep[2];
    for (unsigned i = 0; i < 2; i++) {
        inject_blob(i ? &reap_errand : &fork_errand, &registers, 0, blob);
        assert_int_equal(blob[0], 0x0f); /* a system call comes first */
        assert_int_equal(blob[1], 0x05);
        assert_int_equal(blob[127], 0);
        memcpy(&word, blob + 432, sizeof word);
        assert_true(word == ~UINT64_C(0));
        memcpy(&word, blob + INJECT_SIZE - 8, sizeof word);
        assert_int_equal(word, 0); /* the mark's place */
    }
    inject_blob(&fork_errand, &registers, 0, blob);
    memcpy(sleep, blob + 440, sizeof sleep);
    assert_int_equal(sleep[0], 1);
    assert_int_equal(sleep[1], 500000000);
}

static void a_thread_enters_with_its_own_stack(void **state)
{
    (void)state;
    struct user_regs_struct entering;
    const struct user_regs_struct registers = some_registers();
    inject_enter(&reap_errand, START, &registers, &entering);
    assert_int_equal(entering.rip, START);
    assert_int_equal(entering.rsp, registers.rsp);
    assert_int_equal(entering.fs_base, registers.fs_base);
    assert_int_equal(entering.rax, SYS_rt_sigprocmask);
    assert_int_equal(entering.r12, SYS_wait4);
    assert_int_equal(entering.r13, 4711);
    assert_int_equal(entering.rbp, START + 128);
    assert_true((long long)entering.orig_rax == -1);
}

static void filters_are_asked_for_each_call(void **state)
{
    (void)state;
    struct filter_call calls[INJECT_CALLS];
    const long fork_calls[] = {SYS_rt_sigprocmask, SYS_clone,     SYS_rt_sigreturn,
                               SYS_prctl,          SYS_nanosleep, SYS_exit_group};
    assert_int_equal(inject_calls(&fork_errand, START, calls), 6);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(calls[i].number, fork_calls[i]);
        assert_int_equal(calls[i].machine, AUDIT_ARCH_X86_64);
        assert_true(calls[i].pc > START && calls[i].pc <= START + 128);
        assert_true(i == 0 || calls[i].pc > calls[i - 1].pc);
    }
    assert_int_equal(calls[1].arguments[0], 0x400); /* CLONE_FILES, and no signal */
    assert_int_equal(inject_calls(&reap_errand, START, calls), 3);
    assert_int_equal(calls[1].number, SYS_wait4);
    assert_int_equal(calls[1].arguments[0], 4711);
}

static void progress_is_seen(void **state)
{
    (void)state;
    int64_t result = 0;
    const struct user_regs_struct rewound = some_registers();
    struct user_regs_struct now = rewound;
    now.rip = START + 2;
    now.orig_rax = SYS_rt_sigprocmask;
    now.rax = 0;
    assert_int_equal(inject_progress(&reap_errand, START, &rewound, &now, &result),
                     INJECT_UNDER_WAY);
    now.rip = START + 20;
    now.orig_rax = SYS_wait4;
    now.rax = (unsigned long long)-38; /* -ENOSYS: not yet made */
    assert_int_equal(inject_progress(&reap_errand, START, &rewound, &now, &result),
                     INJECT_UNDER_WAY);
    now.rax = 4711;
    assert_int_equal(inject_progress(&reap_errand, START, &rewound, &now, &result), INJECT_DONE);
    assert_int_equal(result, 4711);
    assert_int_equal(inject_progress(&reap_errand, START, &rewound, &rewound, &result),
                     INJECT_BACK);
}

static void shadow_stacks_are_seen(void **state)
{
    (void)state;
    assert_false(inject_has_shadow_stack("Name:\tx\nSeccomp:\t0\n"));
    assert_false(inject_has_shadow_stack("Name:\tx\nx86_Thread_features:\t\nother:\tshstk\n"));
    assert_true(inject_has_shadow_stack("Name:\tx\nx86_Thread_features:\tshstk \nother:\t\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frame_has_the_registers),
        cmocka_unit_test(the_code_ends_where_the_frame_begins),
        cmocka_unit_test(a_thread_enters_with_its_own_stack),
        cmocka_unit_test(filters_are_asked_for_each_call),
        cmocka_unit_test(progress_is_seen),
        cmocka_unit_test(shadow_stacks_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
