/* How long a thread of a live process has computed in its own code. */
#ifndef CTXTRACE_IMAGE_USER_TIME_H
#define CTXTRACE_IMAGE_USER_TIME_H

#include "image/image.h"

#include <stdint.h>

/*
 * In clock ticks (sysconf(_SC_CLK_TCK), 10 ms): what the kernel counts as spent in user mode. Begun
 * ticks do not count, so a difference of n means more than n - 1. -1 when it cannot be known.
 */
int64_t user_time_ticks(const struct image *image, int tid);

/*
 * Of a line of /proc/PID/task/TID/stat; see proc_pid_stat(5), field 14. -1 when it is not there:
 * the name, which stands before it in brackets, can hold anything.
 */
int64_t user_time_parse(const char *stat);

#endif
