/* Waiting for a thread that is traced to stop. By system calls only. */
#ifndef CTXTRACE_INJECT_STOP_WAIT_H
#define CTXTRACE_INJECT_STOP_WAIT_H

#include <stdint.h>

enum stop_wait { STOP_WAIT_STOPPED, STOP_WAIT_LATE, STOP_WAIT_GONE };

/* `children`: a signalfd for SIGCHLD; -1: look again and again. */
enum stop_wait stop_wait(int tid, int children, int64_t until_ns, int *status);

#endif
