/* Which owners of locks are certain. */
#ifndef CTXTRACE_SEGMENT_CERTAIN_OWNERS_H
#define CTXTRACE_SEGMENT_CERTAIN_OWNERS_H

#include "segment/reading.h"

/* Does the owner certainly hold what is waited for? To be asked after step 5 (reading.h). */
bool owner_is_certain(const struct reading *reading, const struct held_wait *wait);
/* Is the lock that is waited for held by a thread that does not belong to this process? */
bool owner_is_gone(const struct held_wait *wait);

#endif
