/* The functions that are wrapped. */
#ifndef CTXTRACE_PRELOAD_WRAPPED_TABLE_H
#define CTXTRACE_PRELOAD_WRAPPED_TABLE_H

#include "preload/preload.h"

/* Ends with NULL. */
extern struct wrapped *const wrapped_table[];

#endif
