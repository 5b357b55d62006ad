#include "inspect/source_table.h"

#include <stddef.h>

const struct source *const source_table[] = {
    &segment_source,
    &fixture_source,
    &go_process_source,
    NULL,
};
