#include "image/stopper_fork.h"

#include "base/clock.h"
#include "image/urgency.h"
#include "inject/step.h"

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#define LATE_NS    (2 * NS_PER_SECOND) /* for a thread that no longer keeps others waiting */
#define TRIES      20                  /* to find a thread that can be sent */
#define BETWEEN_NS (5 * NS_PER_MS)

static int64_t reap_limit_ns(const struct stopper_state *work)
{
    return work->request->limit_ns + stopper_grace_ns(work->request->limit_ns) + LATE_NS;
}

/* ---- who goes ---- */

static bool is_place_free(const struct stopper_state *work)
{
    for (size_t i = 0; i < work->page->count; i++) {
        const struct stopper_thread *thread = &work->page->threads[i];
        bool known = thread->read || thread->watched || thread->gone;
        if (!known || (!thread->gone && place_covers(work->request->place, thread->seen.pc)))
            return false;
    }
    return true;
}

static bool may_go(const struct stopper_state *work, const struct stopper_thread *thread,
                   unsigned wait)
{
    return thread->waited && thread->read && !thread->gone && !thread->signal &&
           place_wait_of(work->request->place, thread->seen.pc) == wait;
}

static enum inject_obstacle choose_in(struct stopper_state *work, unsigned wait, bool takes_eintr)
{
    enum inject_obstacle obstacle = INJECT_NO_THREAD;
    for (size_t i = 0; obstacle == INJECT_NO_THREAD && i < work->page->count; i++) {
        struct stopper_thread *thread = &work->page->threads[i];
        if (!may_go(work, thread, wait))
            continue;
        obstacle = visit_take(&work->visit, work->tasks, thread->tid, takes_eintr);
        thread->away = obstacle == INJECT_CLEAR;
    }
    return obstacle;
}

/* Takes the first that can be sent, of those whose waits are the better ones. */
static enum inject_obstacle choose(struct stopper_state *work)
{
    const struct inject_place *place = work->request->place;
    enum inject_obstacle obstacle = INJECT_NO_THREAD;
    if (!is_place_free(work))
        return INJECT_OCCUPIED;
    for (unsigned wait = 0; obstacle == INJECT_NO_THREAD && wait < INJECT_WAITS; wait++)
        obstacle = choose_in(work, wait, false);
    for (unsigned wait = 0; obstacle == INJECT_NO_THREAD && wait < INJECT_WAITS; wait++)
        if (place->takes_eintr[wait])
            obstacle = choose_in(work, wait, true);
    return obstacle;
}

static void stay(struct stopper_state *work)
{
    for (size_t i = 0; i < work->page->count; i++)
        work->page->threads[i].away = false;
}

/* Where it has not been seen to come back, it goes on from where it is, and comes back by itself.
 */
static void let_go_visitor(const struct stopper_state *work)
{
    ptrace(PTRACE_DETACH, work->visit.tid, NULL, NULL);
    inject_step();
}

/* ---- cloning ---- */

static struct visit new_visit(const struct stopper_state *work)
{
    return (struct visit){
        .place = work->request->place,
        .children = work->children,
        .errand = {.kind = ERRAND_FORK, .child_limit_ns = work->request->child_limit_ns}};
}

/* INJECT_CLEAR: it has cloned. INJECT_LATE: it is about to; the others cannot be held for that. */
static enum inject_obstacle clone(struct stopper_state *work)
{
    struct visit *visit = &work->visit;
    enum inject_obstacle obstacle = choose(work);
    if (obstacle == INJECT_CLEAR)
        obstacle = visit_send(visit);
    if (obstacle == INJECT_CLEAR)
        obstacle = visit_follow(visit, stopper_hold_until(work));
    if (obstacle != INJECT_CLEAR || visit->child)
        return obstacle;
    work->page->call_error = (int)-visit->result;
    obstacle = visit_see_off(visit, stopper_hold_until(work));
    return obstacle == INJECT_CLEAR ? INJECT_CALL_FAILED : obstacle;
}

/* The thread goes home, and its child to sleep, while the target runs. */
static void settle(struct stopper_state *work, bool late)
{
    struct visit *visit = &work->visit;
    int64_t until_ns = now_ns() + LATE_NS + (late ? work->request->child_limit_ns : 0);
    if (!late || visit_follow(visit, until_ns) == INJECT_CLEAR)
        visit_see_off(visit, until_ns);
    let_go_visitor(work);
    if (visit->child && !visit_settle_child(visit, until_ns))
        work->page->child_ended = true;
}

bool stopper_fork(struct stopper_state *work)
{
    struct stopper_page *page = work->page;
    work->visit = new_visit(work);
    page->obstacle = clone(work);
    bool is_late = page->obstacle == INJECT_LATE;
    if (page->obstacle != INJECT_CLEAR && !is_late) {
        stay(work);
        return false;
    }
    int64_t cloned_ns = now_ns();
    page->end = is_late ? STOP_LIMIT : stopper_still_asleep(work);
    page->until_ns = cloned_ns + work->request->child_limit_ns;
    stopper_let_go_all(work);
    inject_step();
    stopper_arm(work, 2 * work->request->child_limit_ns + LATE_NS + reap_limit_ns(work));
    settle(work, is_late);
    page->child = work->visit.child;
    page->child_ns = cloned_ns;
    return true;
}

/* ---- the clone ---- */

bool stopper_child_lives(const struct stopper_state *work)
{
    int status, child = work->visit.child;
    int got = child ? waitpid(child, &status, __WALL | __WNOTHREAD | WNOHANG) : -1;
    if (got == child && WIFSTOPPED(status)) /* somebody stops all that is called so */
        ptrace(PTRACE_CONT, child, NULL, NULL);
    return got == 0 || (got == child && WIFSTOPPED(status));
}

/* ---- its end ---- */

static bool reap(struct stopper_state *work, int child)
{
    struct visit *visit = &work->visit;
    int64_t until_ns = now_ns() + LATE_NS;
    visit->errand = (struct errand){.kind = ERRAND_REAP, .child = child};
    return visit_send(visit) == INJECT_CLEAR && visit_follow(visit, until_ns) == INJECT_CLEAR &&
           visit_see_off(visit, until_ns) == INJECT_CLEAR;
}

/* All others run by now. */
static bool reap_all(struct stopper_state *work, int child)
{
    const struct stop_request *request = work->request;
    bool back = child <= 0 || reap(work, child);
    for (size_t i = 0; back && i < request->zombie_count; i++)
        back = reap(work, request->zombies[i]);
    let_go_visitor(work);
    return back;
}

static enum inject_obstacle stop_and_choose(struct stopper_state *work)
{
    work->give_up_ns = now_ns() + work->request->patience_ns;
    work->page->began_ns = now_ns();
    stopper_forget_all(work);
    enum inject_obstacle obstacle = INJECT_LOST;
    if (stopper_stop_all(work) == STOPPER_STOPPED) {
        work->holds = true;
        obstacle = choose(work);
    }
    stopper_let_go_all(work);
    inject_step();
    return obstacle;
}

static bool send_to_reap(struct stopper_state *work, int child)
{
    work->visit.errand = (struct errand){.kind = ERRAND_REAP, .child = child};
    for (unsigned tries = 0; tries < TRIES; tries++) {
        const struct timespec pause = timespec_of(BETWEEN_NS * (int64_t)tries);
        nanosleep(&pause, NULL);
        stopper_arm(work, reap_limit_ns(work));
        int64_t began_ns = now_ns();
        enum inject_obstacle obstacle = stop_and_choose(work);
        int64_t took_ns = now_ns() - began_ns;
        if (took_ns > work->page->visit_ns)
            work->page->visit_ns = took_ns;
        if (obstacle == INJECT_CLEAR)
            return reap_all(work, child);
    }
    return false;
}

void stopper_end_fork(struct stopper_state *work)
{
    struct stopper_page *page = work->page;
    int child = (int)work->visit.result; /* as the target knows it */
    if (work->visit.child)
        visit_kill_child(&work->visit, now_ns() + LATE_NS);
    page->child_ns = now_ns() - page->child_ns;
    bool reaped = send_to_reap(work, child);
    page->left = reaped ? 0 : 1 + (int)work->request->zombie_count;
}
