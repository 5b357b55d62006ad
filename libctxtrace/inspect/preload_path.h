/*
 * What to put into LD_PRELOAD for a library at some path. The dynamic linker splits the variable at
 * blanks and colons and expands dollar signs, and there is no way to quote them; for a path with
 * any of these a link to its directory is made, in the user's directory of segments.
 *
 * The link stays, for the programs that outlive us and start others: the same for the same
 * directory, so there are no more of them than there are installations.
 */
#ifndef CTXTRACE_INSPECT_PRELOAD_PATH_H
#define CTXTRACE_INSPECT_PRELOAD_PATH_H

#include "base/error.h"
#include "inspect/source.h"

/*
 * Writes to `name` what to put into LD_PRELOAD for the library at `path`, which is absolute. False
 * and a sentence if there is no way.
 */
bool preload_path_name(const char *path, char *name, size_t size, struct error *error);

#endif
