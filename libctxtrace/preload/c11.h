/*
 * The names of C11's threads are also those of libraries that were written before libc had them,
 * and whose types and results are others. Where such a one comes behind us its functions are only
 * called.
 */
#ifndef CTXTRACE_PRELOAD_C11_H
#define CTXTRACE_PRELOAD_C11_H

#include <stdbool.h>

struct wrapped;

/* To be called once the real functions, of which these are all, have been looked up. */
void c11_start(const struct wrapped *const *functions);

/* Are they those of libc? Not before c11_start(). */
extern bool c11_is_of_libc;

#endif
