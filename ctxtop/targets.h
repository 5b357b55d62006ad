/*
 * The programs on this machine that can be watched (inspect/watchable.h), as a list to choose from.
 */
#ifndef CTXTOP_TARGETS_H
#define CTXTOP_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct target_entry {
    char target[1024]; /* what session_open() takes */
    char command[256]; /* escaped for the terminal */
    char source[32];   /* how it is watched: "segment", "go process" */
    int32_t pid;
    bool alive;
    int64_t started_realtime_ns; /* 0: unknown */
};

struct target_list {
    struct target_entry *entries;
    uint32_t count;
    size_t room;
};

/* Looks again; living targets first, the newest of each first. */
void targets_refresh(struct target_list *list);
void targets_free(struct target_list *list);

#endif
