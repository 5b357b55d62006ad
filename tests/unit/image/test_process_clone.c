/*
 * Reading a clone that a program was made to make of itself: what is in it, what is left of it, and
 * what becomes of the program when its reader dies at any step.
 */
#include "../inject/clone_target.h"
#include "image/process.h"
#include "inject/step.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>

#define LONG_NS (10 * NS_PER_SECOND)
#define TRIES   1000

static int target;
static struct image *image;
static struct inject_place place;

static void start_with(void (*prepare)(void))
{
    struct error error;
    target = clone_target_start_with(prepare);
    place = clone_target_where();
    image = image_open_process(target, &error);
    assert_non_null(image);
}

static int start(void **state)
{
    (void)state;
    start_with(NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    image_close(image);
    clone_target_end(target);
    return 0;
}

/* Until it is cloned: for a moment no thread of it may be where one can be sent from. */
static struct pause pause_for_clone(int64_t clone_limit_ns)
{
    struct error error;
    struct pause pause = {.limit_ns = LONG_NS, .place = &place, .clone_limit_ns = clone_limit_ns};
    for (unsigned tries = 0; tries < TRIES; tries++) {
        assert_true(process_stop(image, &pause, &error));
        if (pause.cloned || pause.obstacle != INJECT_NO_THREAD)
            return pause;
        process_resume(image, &pause);
    }
    fail_msg("no thread could be sent");
    return pause;
}

static uint64_t own_rounds(void)
{
    memory_begin_reading(image->memory);
    return memory_word(image->memory, (uint64_t)(uintptr_t)clone_target_own);
}

static bool is_covered(const void *address)
{
    return memory_covers(image->memory, (uint64_t)(uintptr_t)address, 8);
}

/* ---- what is in it ---- */

static void a_clone_stands_still_and_the_program_runs_on(void **state)
{
    (void)state;
    struct error error;
    struct pause pause = pause_for_clone(LONG_NS);
    assert_true(pause.cloned);
    assert_true(image_refresh(image, &error));
    uint64_t rounds = own_rounds();
    assert_true(rounds > 0);
    clone_target_check(target);
    assert_int_equal(own_rounds(), rounds);
    assert_int_equal(clone_target_child_count(target), 1);
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_HELD);
    assert_true(pause.took_ns > 0 && pause.took_ns < LONG_NS);
    assert_true(own_rounds() > rounds); /* it is the program again */
    assert_int_equal(image->clones.count, 1);
    assert_int_equal(clone_target_child_count(target), 0);
    assert_true(clone_target_code_is_original(target));
    clone_target_check(target);
}

static void what_is_not_of_that_moment_is_not_read(void **state)
{
    (void)state;
    struct error error;
    assert_true(is_covered(clone_target) && is_covered(clone_target_not_cloned) &&
                is_covered(clone_target_wiped));
    struct pause pause = pause_for_clone(LONG_NS);
    assert_true(image_refresh(image, &error));
    assert_true(is_covered(clone_target_own));
    assert_false(is_covered(clone_target));            /* shared */
    assert_false(is_covered(clone_target_not_cloned)); /* MADV_DONTFORK */
    assert_false(is_covered(clone_target_wiped));      /* MADV_WIPEONFORK */
    process_resume(image, &pause);
    assert_true(image_refresh(image, &error));
    assert_true(is_covered(clone_target) && is_covered(clone_target_wiped));
}

static void who_waits_for_a_descriptor_does_not_wait_for_the_clone(void **state)
{
    (void)state;
    struct pause pause = pause_for_clone(LONG_NS);
    int children[1] = {0};
    assert_int_equal(clone_target_children(target, children, 1), 1);
    /* One table for both: that is what CLONE_FILES is. */
    assert_int_equal(syscall(SYS_kcmp, target, children[0], 2 /* KCMP_FILES */, 0, 0), 0);
    assert_true(syscall(SYS_kcmp, target, children[0], 1 /* KCMP_VM */, 0, 0) != 0);
    process_resume(image, &pause);
}

static void a_clone_ends_in_time(void **state)
{
    (void)state;
    struct pause pause = pause_for_clone(50 * NS_PER_MS);
    assert_true(pause.cloned);
    while (clone_target_child_count(target)) /* without a word of the reader's */
        usleep(1000);
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_CLONE_ENDED);
    assert_int_equal(clone_target_child_count(target), 0);
    clone_target_check(target);
}

/* ---- who may not be cloned is stopped ---- */

static void forbid_clones(void)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_wait4, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {.len = 4, .filter = program};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

/* The clone itself would be allowed: what it would need at its end is not. */
static void a_filter_is_asked_first(void **state)
{
    (void)state;
    start_with(forbid_clones);
    struct pause pause = pause_for_clone(LONG_NS);
    assert_false(pause.cloned);
    assert_true(pause.obstacle == INJECT_FILTERED || pause.obstacle == INJECT_FILTER_UNREAD);
    uint64_t rounds = own_rounds();
    assert_int_equal(own_rounds(), rounds); /* it is stopped instead */
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_HELD);
    assert_int_equal(image->clones.count, 0);
    clone_target_check(target);
    assert_true(clone_target_code_is_original(target));
}

/* ---- readers that die ---- */

static unsigned steps_left;

static void die_at_step(void)
{
    if (steps_left && --steps_left == 0) {
        kill(getppid(), SIGKILL); /* the reader, whose stopper this is */
        raise(SIGKILL);
    }
}

__attribute__((noreturn)) static void read_once(int64_t clone_limit_ns)
{
    struct error error;
    struct image *own = image_open_process(target, &error);
    struct pause pause = {.limit_ns = LONG_NS, .place = &place, .clone_limit_ns = clone_limit_ns};
    while (process_stop(own, &pause, &error) && !pause.cloned)
        process_resume(own, &pause);
    image_close(own);
    _exit(0);
}

/* true: it has died. */
static bool reader(unsigned dies_at, int64_t clone_limit_ns)
{
    int status, pid = fork();
    if (pid == 0) {
        steps_left = dies_at;
        inject_at_step = die_at_step;
        read_once(clone_limit_ns);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status);
}

static void a_reader_may_die_at_any_step(void **state)
{
    (void)state;
    if (!INVARIANTS) {
        print_message("skipped: no step is counted in a build without assertions\n");
        return;
    }
    unsigned step = 1;
    for (; reader(step, 100 * NS_PER_MS); step++) {
        clone_target_check(target);
        clone_target_await_zombies(target);
    }
    assert_true(step > 20);
    while (clone_target_child_count(target)) { /* as many as a reader takes at a time */
        struct pause pause = pause_for_clone(LONG_NS);
        process_resume(image, &pause);
    }
    assert_true(clone_target_code_is_original(target));
    clone_target_check(target);
}

static void a_reader_may_die_at_any_moment(void **state)
{
    (void)state;
    unsigned seed = 1;
    for (unsigned i = 0; i < 40; i++) {
        int pid = fork();
        if (pid == 0)
            read_once(100 * NS_PER_MS);
        usleep((useconds_t)(rand_r(&seed) % 4000));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        clone_target_check(target);
    }
    clone_target_await_zombies(target);
    clone_target_check(target);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(a_clone_stands_still_and_the_program_runs_on),
        TEST(what_is_not_of_that_moment_is_not_read),
        TEST(who_waits_for_a_descriptor_does_not_wait_for_the_clone),
        TEST(a_clone_ends_in_time),
        cmocka_unit_test_teardown(a_filter_is_asked_first, end),
        TEST(a_reader_may_die_at_any_step),
        TEST(a_reader_may_die_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
