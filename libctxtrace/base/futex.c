#include "base/futex.h"

#include "base/clock.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t until_ns)
{
    int saved = errno;
    struct timespec until = timespec_of(until_ns);
    long failed =
        syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected,
                until_ns == FUTEX_NO_TIMEOUT ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
    int result = failed && errno == ETIMEDOUT ? ETIMEDOUT : 0;
    errno = saved;
    return result;
}

void futex_wake(_Atomic uint32_t *word, int count)
{
    int saved = errno;
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    errno = saved;
}
