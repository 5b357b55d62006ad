#include "image/urgency.h"

#include <sched.h>

enum { URGENT = 1, ABOVE = 2 };

/* 0 is the calling thread. */
static bool set(int pid, int policy, int priority)
{
    const struct sched_param parameter = {.sched_priority = priority};
    return sched_setscheduler(pid, policy, &parameter) == 0;
}

struct urgency urgency_begin(void)
{
    struct sched_param before = {0};
    struct urgency urgency = {.policy = sched_getscheduler(0)};
    if (urgency.policy < 0 || sched_getparam(0, &before) != 0)
        return urgency;
    urgency.priority = before.sched_priority;
    urgency.urgent = set(0, SCHED_FIFO, URGENT);
    return urgency;
}

void urgency_end(const struct urgency *urgency)
{
    if (urgency->urgent)
        set(0, urgency->policy, urgency->priority);
}

bool urgency_is_permitted(void)
{
    struct urgency urgency = urgency_begin();
    urgency_end(&urgency);
    return urgency.urgent;
}

void urgency_above_all(int pid)
{
    set(pid, SCHED_FIFO | SCHED_RESET_ON_FORK, ABOVE);
}
