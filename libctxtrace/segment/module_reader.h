/* The modules of a segment: which file an address of a recorded stack was in. */
#ifndef CTXTRACE_SEGMENT_MODULE_READER_H
#define CTXTRACE_SEGMENT_MODULE_READER_H

#include "segment/reader.h"

struct module_table {
    struct segment_module *items; /* by ascending begin */
    uint64_t *highest_end;        /* of this one and all before it */
    size_t count, capacity;
    uint64_t left_out; /* more than a reader takes */
};

/* Reads all. False when memory ran out. */
bool module_table_read(struct module_table *table, const struct segment_file *file,
                       uint64_t *in_flight);
void module_table_free(struct module_table *table);

/* The module that `address` was in at module generation `generation`, or NULL. */
const struct segment_module *module_table_find(const struct module_table *table, uint64_t address,
                                               uint64_t generation);

#endif
