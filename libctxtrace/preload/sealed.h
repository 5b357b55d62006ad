/* Is the process forbidden system calls, or about to be? wrap_seccomp.c sees it coming. */
#ifndef CTXTRACE_PRELOAD_SEALED_H
#define CTXTRACE_PRELOAD_SEALED_H

#include <stdbool.h>

bool preload_is_sealed(void);
void preload_set_sealed(bool sealed);

#endif
