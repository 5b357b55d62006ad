#include "ctxtop/budget.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

#define BUSY_SHARE 0.01 /* of all processors */
#define IDLE_SHARE 0.1  /* of those that idle */

/* What all processors together have idled since the machine started; 0 if it is not told. */
static int64_t machine_idle_ns(void)
{
    unsigned long long idle = 0;
    FILE *file = fopen("/proc/stat", "re");
    if (!file)
        return 0;
    if (fscanf(file, "cpu %*u %*u %*u %llu", &idle) != 1)
        idle = 0;
    fclose(file);
    return (int64_t)(idle * ((uint64_t)NS_PER_SECOND / (unsigned long long)sysconf(_SC_CLK_TCK)));
}

void budget_begin(struct budget *budget, bool is_fixed)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *budget = (struct budget){.is_fixed = is_fixed,
                              .processors = processors > 0 ? (unsigned)processors : 1};
}

void budget_start_look(struct budget *budget)
{
    int64_t now = now_ns(), idle = machine_idle_ns();
    if (budget->moment_ns != 0 && now > budget->moment_ns && idle >= budget->idle_ns)
        budget->idle_processors =
            (double)(idle - budget->idle_ns) / (double)(now - budget->moment_ns);
    budget->looks++;
    budget->moment_ns = now;
    budget->idle_ns = idle;
    budget->cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t budget_wait(const struct budget *budget, int64_t delay_ns, int64_t cost_ns, int64_t cpu_ns)
{
    if (budget->is_fixed)
        return cost_ns > delay_ns / 2 ? cost_ns : delay_ns - cost_ns;
    double share = BUSY_SHARE * budget->processors + IDLE_SHARE * budget->idle_processors;
    int64_t period = (int64_t)((double)cpu_ns / share);
    if (period < delay_ns)
        period = delay_ns;
    return period > cost_ns ? period - cost_ns : 0;
}

int64_t budget_end_look(struct budget *budget, int64_t delay_ns, int64_t cost_ns)
{
    /* The first opened the program, too: that says nothing of what the others will cost. */
    int64_t cpu_ns = budget->looks > 1 ? clock_ns(CLOCK_PROCESS_CPUTIME_ID) - budget->cpu_ns : 0;
    return budget_wait(budget, delay_ns, cost_ns, cpu_ns);
}
