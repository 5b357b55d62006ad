/*
 * What depends on the processor: the blob, the signal frame in it, and which threads can be sent
 * there. A file for each processor, processor_x86_64.c.
 */
#ifndef CTXTRACE_INJECT_PROCESSOR_H
#define CTXTRACE_INJECT_PROCESSOR_H

#include "inject/errand.h"
#include "inject/filter.h"
#include "inject/place.h"

#include <sys/user.h>

/* ---- of a stopped thread; by system calls only ---- */

bool inject_registers(int tid, struct user_regs_struct *registers);
bool inject_set_registers(int tid, const struct user_regs_struct *registers);

/*
 * The registers with which the thread makes the call once more that its stop has interrupted. false
 * if it is in none that can be made again without its showing; unless it `takes_eintr`: that is
 * then what it gets.
 */
bool inject_rewind(int tid, const struct user_regs_struct *registers, bool takes_eintr,
                   struct user_regs_struct *rewound);

/* Are its control words, and rights to memory, what the kernel resets them to? */
bool inject_is_reset(int tid);

/* Does /proc/PID/status say that returns are checked against a stack that we do not write? */
bool inject_has_shadow_stack(const char *status);

/* ---- the blob ---- */

/* All of it, but for the mark at its end, for a thread with these registers and signal mask. */
void inject_blob(const struct errand *errand, const struct user_regs_struct *rewound, uint64_t mask,
                 unsigned char blob[INJECT_SIZE]);

/* The registers with which the thread enters it. */
void inject_enter(const struct errand *errand, uint64_t start,
                  const struct user_regs_struct *rewound, struct user_regs_struct *entering);
/* The same for one whose signals have been blocked: a stop less, for which others wait. */
void inject_enter_blocked(struct user_regs_struct *entering);

#define INJECT_CALLS 6

/* The system calls that it makes, as a filter sees them. Returns how many. */
size_t inject_calls(const struct errand *errand, uint64_t start,
                    struct filter_call calls[INJECT_CALLS]);

/* Where a thread in the blob has got to, at a stop before or after a system call. */
enum inject_progress {
    INJECT_UNDER_WAY,
    INJECT_DONE, /* the errand is, `*result` is what its call returned */
    INJECT_BACK, /* it has its own registers */
};
enum inject_progress inject_progress(const struct errand *errand, uint64_t start,
                                     const struct user_regs_struct *rewound,
                                     const struct user_regs_struct *registers, int64_t *result);

/* Has a cloned child, stopped at a system call, got its name? */
bool inject_is_named(const struct user_regs_struct *registers);

#endif
