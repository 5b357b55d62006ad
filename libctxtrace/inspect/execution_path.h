/*
 * A process can become several programs in a row, and one of them that is not recorded does not
 * note what it becomes. Is the program in which a recorder started the one that was noted last?
 */
#ifndef CTXTRACE_INSPECT_EXECUTION_PATH_H
#define CTXTRACE_INSPECT_EXECUTION_PATH_H

#include "inspect/executions.h"

/*
 * `path` is the recorder's, see segment/executions.h; empty if it is not known. Then, and for a
 * name that was searched, the files decide whether it can be.
 */
bool execution_path_fits(const struct execution *noted, const char *path);

#endif
