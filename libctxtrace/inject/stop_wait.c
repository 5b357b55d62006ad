#include "inject/stop_wait.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONGEST_SLEEP  (500 * NS_PER_US) /* something may come that wakes nobody */
#define SHORTEST_SLEEP (20 * NS_PER_US)  /* where nothing wakes us */

static void sleep_until(int children, int64_t until_ns)
{
    struct pollfd source = {.fd = children, .events = POLLIN};
    int64_t left_ns = until_ns - now_ns();
    int64_t longest_ns = children < 0 ? SHORTEST_SLEEP : LONGEST_SLEEP;
    const struct timespec left = timespec_of(left_ns < longest_ns ? left_ns : longest_ns);
    char news[512];
    if (left_ns <= 0)
        return;
    ppoll(&source, 1, &left, NULL);
    if (source.revents & POLLIN && read(children, news, sizeof news) < 0)
        return;
}

enum stop_wait stop_wait(int tid, int children, int64_t until_ns, int *status)
{
    for (;;) {
        int got = waitpid(tid, status, __WALL | __WNOTHREAD | WNOHANG);
        if (got == tid)
            return WIFSTOPPED(*status) ? STOP_WAIT_STOPPED : STOP_WAIT_GONE;
        if (got < 0 && errno != EINTR)
            return STOP_WAIT_GONE;
        if (now_ns() >= until_ns)
            return STOP_WAIT_LATE;
        sleep_until(children, until_ns);
    }
}
