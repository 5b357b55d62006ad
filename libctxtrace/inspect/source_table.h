/* The sources. A new one is a row here and a file that defines it. */
#ifndef CTXTRACE_INSPECT_SOURCE_TABLE_H
#define CTXTRACE_INSPECT_SOURCE_TABLE_H

#include "inspect/source.h"

#define SOURCES(ROW)                                                                               \
    ROW(segment)    /* C programs that record themselves */                                        \
    ROW(fixture)    /* text files, for tests */                                                    \
    ROW(go_process) /* Go programs that run */                                                     \
    ROW(go_core)    /* and what they left when they died */

#define SOURCE_DECLARE(name) extern const struct source name##_source;
SOURCES(SOURCE_DECLARE)

#endif
