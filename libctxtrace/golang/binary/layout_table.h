/* The table of known Go releases. */
#ifndef CTXTRACE_GOLANG_BINARY_LAYOUT_TABLE_H
#define CTXTRACE_GOLANG_BINARY_LAYOUT_TABLE_H

#include "golang/binary/layout.h"

struct layout_row {
    int minor;
    const char *tested; /* the release that tests run with */
    struct release_traits traits;
    int32_t at[LAYOUT_FIELD_COUNT];
    const char *wait_reasons[LAYOUT_WAIT_REASONS];
};

extern const struct layout_row layout_rows[]; /* by release, oldest first */
extern const size_t layout_row_count;

#endif
