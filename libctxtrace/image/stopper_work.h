/*
 * What a stopper does, in its own process or thread: only system calls, on memory that was there
 * before (see stopper.h).
 */
#ifndef CTXTRACE_IMAGE_STOPPER_WORK_H
#define CTXTRACE_IMAGE_STOPPER_WORK_H

#include "image/stopper_threads.h"

/* Stops, answers on the socket, holds, lets go. */
void stopper_work(struct stopper_state *work);

#endif
