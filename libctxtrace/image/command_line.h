/* The command line of a process, as it is now: programs write over it, to say what they are at. */
#ifndef CTXTRACE_IMAGE_COMMAND_LINE_H
#define CTXTRACE_IMAGE_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* Cut to `size`, words apart by a blank. False, and "": it is gone, or has none. */
bool command_line_read(int pid, char *text, size_t size);

#endif
