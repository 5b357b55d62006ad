/*
 * Forked children that may find a lock held for ever, by a thread that only their parent has.
 *
 * A child of one thread that sleeps in a futex without a time-out has nobody to wake it: that is a
 * deadlock for certain, however slow the machine is, and needs no time-out of the test's.
 */
#ifndef LONE_CHILD_H
#define LONE_CHILD_H

#include <linux/futex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_alone(pid_t child)
{
    char path[64], line[256];
    int threads = 0;
    snprintf(path, sizeof path, "/proc/%d/status", child);
    FILE *file = fopen(path, "re");
    while (file && threads == 0 && fgets(line, sizeof line, file))
        sscanf(line, "Threads: %d", &threads);
    if (file)
        fclose(file);
    return threads == 1;
}

static bool waits_for_ever(pid_t child)
{
    char path[64];
    long number;
    uint64_t word, operation, value, time_out;
    snprintf(path, sizeof path, "/proc/%d/syscall", child);
    FILE *file = fopen(path, "re");
    bool read = file && fscanf(file, "%ld %lx %lx %lx %lx", &number, &word, &operation, &value,
                               &time_out) == 5;
    if (file)
        fclose(file);
    return read && number == SYS_futex && time_out == 0 &&
           ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT ||
            (operation & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET);
}

/* What waitpid() says of it; one that is in a deadlock is killed. */
static int status_of_lone_child(pid_t child)
{
    int status;
    pid_t ended;
    while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
        if (is_alone(child) && waits_for_ever(child))
            kill(child, SIGKILL);
        usleep(200);
    }
    return ended == child ? status : -1;
}

#endif
