/*
 * May anything be done to programs on this machine? For those who are about to; see
 * image/machine_settings.h.
 */
#ifndef CTXTRACE_INSPECT_READ_ONLY_H
#define CTXTRACE_INSPECT_READ_ONLY_H

#include "base/error.h"
#include "inspect/source.h"

/* false and a sentence that begins with `what` ("The command is not run") if it is forbidden. */
bool read_only_permits(const char *what, struct error *error);

#endif
