/*
 * Is there memory for a clone of a process? It shares all pages at first; each that the process
 * then writes to is there twice. So in the worst case as much is needed once more as the process
 * has of its own, on the machine and in each control group that the process is in.
 */
#ifndef CTXTRACE_IMAGE_CLONE_ROOM_H
#define CTXTRACE_IMAGE_CLONE_ROOM_H

#include "base/error.h"

/* Where the kernel tells; tests have their own. */
struct clone_room_places {
    const char *memory;    /* /proc/meminfo */
    const char *groups;    /* /sys/fs/cgroup, of version 2 */
    const char *groups_v1; /* of version 1: /sys/fs/cgroup/memory */
};

extern const struct clone_room_places clone_room_system;

/* `directory` is the process's in /proc. false and a clause: there is not enough, or who knows. */
bool clone_room_is_there(int directory, const struct clone_room_places *places,
                         struct error *why_not);

#endif
