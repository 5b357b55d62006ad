/* The futex system call (futex(2)), for words private to the process. errno is left as it was. */
#ifndef CTXTRACE_BASE_FUTEX_H
#define CTXTRACE_BASE_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

#define FUTEX_NO_TIMEOUT INT64_MAX

/*
 * Sleeps while *word is `expected`, but no longer than until `until_ns` on the monotonic clock.
 * Returns ETIMEDOUT when that time has come, otherwise 0: the word changed, or the wakeup is
 * spurious.
 */
int futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t until_ns);

/* Wakes up to `count` sleepers. The word may be gone already: only its address is used. */
void futex_wake(_Atomic uint32_t *word, int count);

#endif
