/*
 * The registers of a stopped thread; and what a stop does to the system call that the thread was
 * in. By system calls only: it runs in the stopper.
 */
#ifndef CTXTRACE_IMAGE_STOPPER_REGISTERS_H
#define CTXTRACE_IMAGE_STOPPER_REGISTERS_H

#include "image/stopper.h"

/*
 * Fills in what is seen of the thread. A call that would return EINTR is made to restart, unless
 * `known` (NULL: nothing is known of the thread) says that its caller expects EINTR.
 */
bool stopper_registers_take(struct stopper_thread *thread, const struct sleeper *known);

#endif
