#include "image/urgency.h"

#include <errno.h>
#include <sys/resource.h>

#define URGENT (-10)

/* Linux's niceness is a thread's own; 0 is the calling thread. */
struct urgency urgency_begin(void)
{
    errno = 0;
    struct urgency urgency = {.before = getpriority(PRIO_PROCESS, 0)};
    urgency.urgent = !errno && urgency.before > URGENT && setpriority(PRIO_PROCESS, 0, URGENT) == 0;
    return urgency;
}

void urgency_end(const struct urgency *urgency)
{
    if (urgency->urgent)
        setpriority(PRIO_PROCESS, 0, urgency->before);
}

bool urgency_is_permitted(void)
{
    struct urgency urgency = urgency_begin();
    urgency_end(&urgency);
    return urgency.urgent || urgency.before <= URGENT;
}
