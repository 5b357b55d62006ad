#include "ctxreport/grace.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_WAITED_FOR = 256 };

struct grace grace_begin(int milliseconds)
{
    return (struct grace){now_ns() + (int64_t)milliseconds * NS_PER_MS};
}

struct waiting {
    struct pollfd ends[MOST_WAITED_FOR];
    nfds_t count;
    bool one_has_ended;
};

/* Of more than can be waited for, the first ones: when one of them ends, others take its place. */
static void wait_for(struct waiting *waiting, int pid)
{
    if (waiting->count == MOST_WAITED_FOR)
        return;
    int descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
    if (descriptor >= 0)
        waiting->ends[waiting->count++] = (struct pollfd){.fd = descriptor, .events = POLLIN};
    else
        waiting->one_has_ended |= errno == ESRCH;
}

static bool poll_until(struct waiting *waiting, int64_t until_ns)
{
    int ready;
    do {
        int64_t left_ns = until_ns - now_ns();
        if (left_ns <= 0 || waiting->count == 0)
            return false;
        ready = poll(waiting->ends, waiting->count, (int)(left_ns / NS_PER_MS) + 1);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

bool grace_wait_for_one(const struct grace *grace, const struct executions *found)
{
    struct waiting waiting = {.count = 0};
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].is_alive)
            wait_for(&waiting, found->items[i].pid);
    bool ended = now_ns() < grace->until_ns &&
                 (waiting.one_has_ended || poll_until(&waiting, grace->until_ns));
    for (nfds_t i = 0; i < waiting.count; i++)
        close(waiting.ends[i].fd);
    return ended;
}
