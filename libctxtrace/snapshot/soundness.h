/* What holds for every finished snapshot, whatever it was built from. */
#ifndef CTXTRACE_SNAPSHOT_SOUNDNESS_H
#define CTXTRACE_SNAPSHOT_SOUNDNESS_H

#include "snapshot/snapshot.h"

/*
 * Asserts it (base/invariant.h): every index is one of its array or SNAPSHOT_NONE, every string
 * lies in the texts, and links and counts agree: each child is in its parent's list, one deeper;
 * each wait is among those of its task and of its object. In time that grows with the snapshot.
 */
void snapshot_assert_sound(const struct snapshot *snapshot);

#endif
