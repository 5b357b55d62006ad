/*
 * The registers of a stopped thread; and what a stop does to the system call that the thread was
 * in. By system calls only: it runs in the stopper.
 */
#ifndef CTXTRACE_IMAGE_STOPPER_REGISTERS_H
#define CTXTRACE_IMAGE_STOPPER_REGISTERS_H

#include "image/stopper.h"

/*
 * Fills in what is seen of the thread. A call that would return EINTR is made to restart, unless
 * `thread->before` says that its caller expects EINTR. `directory` is the process's in /proc.
 */
bool stopper_registers_take(struct stopper_thread *thread, int directory);

#endif
