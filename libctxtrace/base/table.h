/*
 * Hash tables: uthash, which by itself ends the program when memory runs out. Here an element that
 * there is no memory for is not added; whoever adds one asks TABLE_HAS() afterwards.
 */
#ifndef CTXTRACE_BASE_TABLE_H
#define CTXTRACE_BASE_TABLE_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Is the element, which was just added, in the table? */
#define TABLE_HAS(element) ((element)->hh.tbl != NULL)

#endif
