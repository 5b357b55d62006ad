#include "image/stopper_work.h"

#include "base/clock.h"
#include "image/stopper_fork.h"
#include "image/stopper_threads.h"
#include "image/urgency.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- holding and letting go ---- */

/* That it holds all of them, or has, or why it does not. */
static void answer(const struct stopper_state *work, enum stopper_result result)
{
    work->page->result = result;
    send(work->socket, "", 1, MSG_NOSIGNAL);
}

/* The reader has spoken, or has gone. */
static bool is_asked(const struct stopper_state *work)
{
    char word;
    ssize_t got = recv(work->socket, &word, 1, MSG_DONTWAIT);
    return got >= 0 || (errno != EAGAIN && errno != EINTR);
}

static enum stop_end hold(struct stopper_state *work, int64_t until_ns)
{
    for (;;) {
        if (is_asked(work))
            return stopper_still_asleep(work);
        if (stopper_is_ending(work))
            return STOP_TARGET_ENDED;
        if (now_ns() >= until_ns)
            return STOP_LIMIT;
        stopper_sleep_until(work, until_ns, true);
    }
}

/* The clone, while it is read. */
static void hold_child(struct stopper_state *work)
{
    int64_t until_ns = now_ns() + work->request->child_limit_ns;
    while (!is_asked(work)) {
        if (now_ns() >= until_ns || !stopper_child_lives(work)) {
            work->page->child_ended = true;
            return;
        }
        stopper_sleep_until(work, until_ns, true);
    }
}

static enum stopper_result open_tasks(struct stopper_state *work)
{
    work->tasks = openat(work->request->directory, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return work->tasks >= 0 ? STOPPER_STOPPED : STOPPER_ENDED;
}

static enum stopper_result glance_at_all(struct stopper_state *work)
{
    for (size_t i = 0; i < work->request->tid_count; i++)
        stopper_glance_at(work, work->request->tids[i]);
    return STOPPER_STOPPED;
}

static void hold_all(struct stopper_state *work)
{
    struct stopper_page *page = work->page;
    work->holds = true;
    urgency_above_all(0); /* not before: threads have to run to stop */
    if (work->request->place && stopper_fork(work)) {
        answer(work, STOPPER_STOPPED);
        hold_child(work);
        stopper_end_fork(work);
        return;
    }
    page->until_ns = stopper_hold_until(work);
    answer(work, STOPPER_STOPPED);
    page->end = hold(work, page->until_ns);
    stopper_let_go_all(work);
}

void stopper_work(struct stopper_state *work)
{
    struct stopper_page *page = work->page;
    enum stopper_result result = open_tasks(work);
    page->began_ns = now_ns();
    work->give_up_ns = page->began_ns + work->request->patience_ns;
    if (result == STOPPER_STOPPED)
        result = work->request->tids ? glance_at_all(work) : stopper_stop_all(work);
    if (result == STOPPER_STOPPED && !work->request->tids) {
        page->stopped_ns = now_ns();
        hold_all(work);
    } else {
        stopper_let_go_all(work);
        answer(work, result);
    }
    if (work->tasks >= 0)
        close(work->tasks);
}
