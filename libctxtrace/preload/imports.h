/* Which functions of other libraries the program's modules call by name. */
#ifndef CTXTRACE_PRELOAD_IMPORTS_H
#define CTXTRACE_PRELOAD_IMPORTS_H

#include <stdbool.h>

/*
 * Can anything in this process cancel a thread? Not if no module that is loaded refers to
 * pthread_cancel(). (One that asks dlsym() for it is not seen.) Looked up again whenever modules
 * have come or gone; a few microseconds otherwise. Thread-safe.
 */
bool imports_thread_cancellation(void);

#endif
