/*
 * What the seccomp filters of a thread would do with system calls that it is to make.
 *
 * Every container has a filter, so that there is one says nothing. The kernel gives a filter's
 * program to who may trace the thread and has CAP_SYS_ADMIN (PTRACE_SECCOMP_GET_FILTER), and what
 * it would return for a call is found by running it. A call passes if each of a thread's filters
 * says "allow": also one that only logs, or asks a supervisor, is not met.
 *
 * By system calls only.
 */
#ifndef CTXTRACE_INJECT_FILTER_H
#define CTXTRACE_INJECT_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A system call as a filter sees it. */
struct filter_call {
    long number;
    uint32_t machine; /* AUDIT_ARCH_... */
    uint64_t pc;      /* behind its instruction */
    uint64_t arguments[6];
};

enum filter_answer {
    FILTER_PASSES,
    FILTER_FORBIDS, /* one of the calls */
    FILTER_UNREAD,  /* the filters may not be read */
};

/*
 * What the program returns for the call, an action of seccomp(2) with its data; that which ends the
 * process for a program that is none.
 */
uint32_t filter_run(const struct sock_filter *program, size_t length,
                    const struct filter_call *call);

/* Of a stopped thread that has filters. */
enum filter_answer filter_ask(int tid, const struct filter_call *calls, size_t count);

#endif
