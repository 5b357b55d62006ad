/*
 * Hash tables: uthash, but that what cannot be added for want of memory is told, where uthash by
 * itself ends the program. Whoever adds an element asks TABLE_HAS() behind it.
 */
#ifndef CTXTRACE_BASE_TABLE_H
#define CTXTRACE_BASE_TABLE_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Is the element, which was just added, in the table? */
#define TABLE_HAS(element) ((element)->hh.tbl != NULL)

#endif
