/*
 * Everything fails once: memory, files, mappings, threads.
 *
 * What the code under test calls of the functions below is wrapped by the linker (CMakeLists.txt),
 * so that the n-th call of any of them can be made to fail. A scenario is run for n = 1, 2, ...
 * until it ends without having met the n-th call; behind the first `dense` ones, of which there can
 * be thousands, in growing steps. Each time it has to end, to have given back what it allocated and
 * opened, and to have said why it failed, in one line, if it says that it did.
 *
 * Calls from within libraries (C, SQLite, libdw) are not counted: they are theirs to test. What
 * they say when they have no memory is ours to hear: those of which the allocator can be chosen,
 * SQLite and jansson, are given this one where a scenario makes use of them.
 */
#ifndef CTXTRACE_TESTS_FAILING_H
#define CTXTRACE_TESTS_FAILING_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FAILING_ALL ULONG_MAX

/* Returns whether it did what it is for; if not, `said` is why. */
typedef bool failing_scenario(char *said, size_t size);

/*
 * Fails the test with the first n that does not hold. `kept` is how many blocks may come and go by
 * themselves (what is kept for the next time, what another thread gives back); each n is then run
 * so often that what is lost each time is more than that.
 */
void failing_drive(const char *name, failing_scenario *scenario, unsigned long dense, long kept);

/* The n-th call from now on fails. Returns from failing_disarm() whether it was reached. */
void failing_arm(unsigned long n);
bool failing_disarm(void);
/* What the scenario does for itself, to look at what has come of it, counts for nothing. */
void failing_suspend(bool is_suspended);
unsigned long failing_number(void);
/* The error number that it has failed with; 0: not so far. */
int failing_error(void);

#endif
