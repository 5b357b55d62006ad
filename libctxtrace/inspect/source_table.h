/* The rows of the table of sources: one extern for each source's own file. */
#ifndef CTXTRACE_INSPECT_SOURCE_TABLE_H
#define CTXTRACE_INSPECT_SOURCE_TABLE_H

#include "inspect/source.h"

extern const struct source segment_source;
extern const struct source fixture_source;
extern const struct source go_process_source;
extern const struct source go_core_source;

#endif
