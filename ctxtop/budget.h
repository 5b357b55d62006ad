/*
 * How often to look without the watched program noticing.
 *
 * A look takes processor time, which somebody else goes without on a busy machine. So looking is
 * limited to a hundredth of the machine's processor time, and to a tenth of what is idle. A delay
 * that the user names is kept, as long as looking takes no more than half of the time.
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
/* After a look that began `cost_ns` ago: how long to wait until the next one. */
int64_t budget_end_look(struct budget *budget, int64_t delay_ns, int64_t cost_ns);

/* The rule: `cpu_ns` is what the look used of processors. */
int64_t budget_wait(const struct budget *budget, int64_t delay_ns, int64_t cost_ns, int64_t cpu_ns);

#endif
