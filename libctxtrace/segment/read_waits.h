/* The waits: steps 1, 3 and 5, and what becomes of them. All are false when memory ran out. */
#ifndef CTXTRACE_SEGMENT_READ_WAITS_H
#define CTXTRACE_SEGMENT_READ_WAITS_H

#include "segment/reading.h"

bool look_at_waits(struct reading *reading);       /* step 1 */
bool hold_waits(struct reading *reading);          /* step 3 */
bool look_again_at_waits(struct reading *reading); /* step 5 */
bool add_waits(struct reading *reading);

#endif
