/* Stacks of the segment. */
#ifndef CTXTRACE_RECORD_STACKS_H
#define CTXTRACE_RECORD_STACKS_H

#include "record/recorder.h"

/* A reference to the calling thread's stack; 0 unknown. */
uint32_t stack_here(const void *site); /* the site is a hint, see capture.h; NULL: none */
void stacks_reset(void);

#endif
