#include "inspect/source_table.h"

#include <stddef.h>

const struct source *const source_table[] = {
    &segment_source,    /* C programs that record themselves */
    &fixture_source,    /* text files, for tests */
    &go_process_source, /* Go programs that run */
    &go_core_source,    /* and what they left when they died */
    NULL,
};
