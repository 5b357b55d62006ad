/*
 * Being in a hurry, because somebody stands still for us: where it is permitted, this thread gets
 * its turns before others. On a machine that is busy with others, a copy would otherwise take as
 * many times as long as there are others.
 */
#ifndef CTXTRACE_IMAGE_URGENCY_H
#define CTXTRACE_IMAGE_URGENCY_H

#include <stdbool.h>

struct urgency {
    int before; /* the thread's niceness */
    bool urgent;
};

/* Of the calling thread, and of those that it makes. From and to the same thread; not nested. */
struct urgency urgency_begin(void);
void urgency_end(const struct urgency *urgency);
bool urgency_is_permitted(void); /* to the calling thread */

#endif
