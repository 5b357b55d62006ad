/*
 * A thread that is sent on an errand and comes back by itself, whatever becomes of who sent it: the
 * visitor is killed at each of its steps.
 */
#include "clone_target.h"
#include "inject/step.h"
#include "inject/visit.h"

#include <fcntl.h>
#include <sys/ptrace.h>

#define LONG_NS  (20 * NS_PER_SECOND)
#define LIMIT_NS (50 * NS_PER_MS)

static int target;

static int start(void **state)
{
    (void)state;
    target = clone_target_start();
    return 0;
}

static int end(void **state)
{
    (void)state;
    clone_target_end(target);
    return 0;
}

/* ---- a visitor: a process of its own, which can die ---- */

static unsigned steps_left;

static void die_at_step(void)
{
    if (steps_left && --steps_left == 0)
        raise(SIGKILL);
}

static bool stop(int tid)
{
    int status;
    return ptrace(PTRACE_SEIZE, tid, NULL, NULL) == 0 &&
           ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) == 0 && waitpid(tid, &status, __WALL) == tid;
}

/* Stops the waiter where it can be sent from: for a moment it may be between two waits. */
static enum inject_obstacle take(struct visit *visit, int tasks)
{
    int tid = atomic_load(&clone_target->waiter);
    enum inject_obstacle obstacle = INJECT_NO_THREAD;
    for (unsigned tries = 0; obstacle == INJECT_NO_THREAD && tries < 1000; tries++) {
        if (!stop(tid))
            return INJECT_LOST;
        obstacle = visit_take(visit, tasks, tid, false);
        if (obstacle == INJECT_NO_THREAD)
            ptrace(PTRACE_DETACH, tid, NULL, NULL);
    }
    return obstacle;
}

static enum inject_obstacle go(struct visit *visit, int tasks)
{
    int64_t until_ns = now_ns() + LONG_NS;
    enum inject_obstacle obstacle = take(visit, tasks);
    struct user_regs_struct registers;
    if (obstacle != INJECT_CLEAR)
        return obstacle;
    ptrace(PTRACE_GETREGS, visit->tid, NULL, &registers);
    if (place_covers(visit->place, registers.rip))
        return INJECT_OCCUPIED;
    obstacle = visit_send(visit);
    if (obstacle == INJECT_CLEAR)
        obstacle = visit_follow(visit, until_ns);
    if (obstacle == INJECT_CLEAR)
        obstacle = visit_see_off(visit, until_ns);
    ptrace(PTRACE_DETACH, visit->tid, NULL, NULL);
    inject_step();
    return obstacle;
}

/* Has it cloned, reads of the clone what shows that it is one, ends it, and has that taken note of.
 */
static enum inject_obstacle clone_and_reap(const struct inject_place *place)
{
    int64_t until_ns = now_ns() + LONG_NS;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", target);
    int tasks = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct visit visit = {.place = place,
                          .children = -1,
                          .errand = {.kind = ERRAND_FORK, .child_limit_ns = LIMIT_NS}};
    enum inject_obstacle obstacle = go(&visit, tasks);
    if (obstacle != INJECT_CLEAR)
        return obstacle;
    if (!visit.child || !visit_settle_child(&visit, until_ns))
        return INJECT_CALL_FAILED;
    visit_kill_child(&visit, until_ns);
    int child = (int)visit.result;
    visit.errand = (struct errand){.kind = ERRAND_REAP, .child = child};
    obstacle = go(&visit, tasks);
    return obstacle == INJECT_CLEAR && visit.result != child ? INJECT_CALL_FAILED : obstacle;
}

/* What it ended with: an obstacle; -1: it was killed. */
static int visitor(const struct inject_place *place, unsigned dies_at)
{
    int status, pid = fork();
    if (pid == 0) {
        steps_left = dies_at;
        inject_at_step = die_at_step;
        _exit((int)clone_and_reap(place));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- tests ---- */

static void a_thread_comes_back(void **state)
{
    (void)state;
    const struct inject_place place = clone_target_where();
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(visitor(&place, 0), INJECT_CLEAR);
        assert_true(clone_target_code_is_original(target));
        assert_int_equal(clone_target_child_count(target), 0);
        clone_target_check(target);
    }
}

/* As many as it takes until one does not come to die. */
static void a_visitor_may_die_at_any_step(void **state)
{
    (void)state;
    const struct inject_place place = clone_target_where();
    unsigned step = 1;
    if (!INVARIANTS) {
        print_message("skipped: no step is counted in a build without assertions\n");
        return;
    }
    for (int end = -1; end == -1; step++) {
        end = visitor(&place, step);
        if (end != -1)
            assert_int_equal(end, INJECT_CLEAR);
        clone_target_check(target);
        clone_target_await_zombies(target);
    }
    assert_true(step > 30); /* it has that many */
    /* The next one meets what the dead have left, and leaves nothing of it. */
    assert_int_equal(visitor(&place, 0), INJECT_CLEAR);
    assert_true(clone_target_code_is_original(target));
    clone_target_check(target);
}

static void code_of_others_is_left_alone(void **state)
{
    (void)state;
    struct inject_place place = clone_target_where();
    place.original[100] ^= 1;
    assert_int_equal(visitor(&place, 0), INJECT_ALTERED);
    assert_true(clone_target_code_is_original(target));
    clone_target_check(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_thread_comes_back, start, end),
        cmocka_unit_test_setup_teardown(a_visitor_may_die_at_any_step, start, end),
        cmocka_unit_test_setup_teardown(code_of_others_is_left_alone, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
