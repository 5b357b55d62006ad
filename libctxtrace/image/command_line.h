/* The command line of a process, as it is now: programs overwrite it to say what they are doing. */
#ifndef CTXTRACE_IMAGE_COMMAND_LINE_H
#define CTXTRACE_IMAGE_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* Cut to `size`, words separated by blanks. False and "": the process is gone, or has none. */
bool command_line_read(int pid, char *text, size_t size);

#endif
