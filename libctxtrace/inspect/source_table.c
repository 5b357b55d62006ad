#include "inspect/source_table.h"

#define ENTRY(name) &name##_source,
const struct source *const source_table[] = {SOURCES(ENTRY) NULL};
