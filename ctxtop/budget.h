/*
 * How often to look so that the program that is watched does not notice.
 *
 * A look costs processor time, which on a machine that is busy somebody else goes without. So
 * looking is held to a hundredth of the machine's processor time, and to a tenth of what is idle.
 * Whoever names a delay gets it, as far as half of the time is enough.
 */
#ifndef CTXTOP_BUDGET_H
#define CTXTOP_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct budget {
    bool is_fixed;              /* the user named the delay */
    unsigned processors;        /* of the machine */
    int64_t idle_ns, moment_ns; /* what the machine had idled, when that was read; 0: not yet */
    int64_t cpu_ns;             /* what this process had used then */
    double idle_processors;     /* how many idled since the time before */
    unsigned looks;
};

void budget_begin(struct budget *budget, bool is_fixed);
/* Before a look. */
void budget_start_look(struct budget *budget);
/* Behind it: how long to wait for the next one, that began `cost_ns` ago. */
int64_t budget_end_look(struct budget *budget, int64_t delay_ns, int64_t cost_ns);

/* The rule: `cpu_ns` is what the look used of processors. */
int64_t budget_wait(const struct budget *budget, int64_t delay_ns, int64_t cost_ns, int64_t cpu_ns);

#endif
