/*
 * Whatever becomes of who stops a program, it goes on when the limit is over: readers and stoppers
 * that are killed, stopped, or slow; programs that start others while they are stopped; numbers
 * that become those of other processes.
 */
#include "base/clock.h"
#include "base/error.h"
#include "image/process.h"
#include "image/urgency.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND   INT64_C(1000000000)
#define LIMIT_NS (SECOND / 5)
#define LONG_NS  (60 * SECOND)
#define THREADS  8

/* What target and readers tell, in memory that all share. */
static struct {
    _Atomic uint64_t steps;
    _Atomic int64_t longest_gap_ns; /* between two steps of one thread */
    _Atomic int threads;
    _Atomic bool stopped; /* a reader has stopped the target */
    _Atomic int end;      /* what a reader was told of its stop, once it was over */
    _Atomic bool told;
    _Atomic bool executing; /* the target is about to */
    _Atomic bool executed;
} * shared;

static int target;

static void nap(void)
{
    usleep(1000);
}

static void note_gap(int64_t gap_ns)
{
    int64_t longest = atomic_load(&shared->longest_gap_ns);
    while (gap_ns > longest &&
           !atomic_compare_exchange_weak(&shared->longest_gap_ns, &longest, gap_ns))
        ;
}

static void *count(void *unused)
{
    (void)unused;
    atomic_fetch_add(&shared->threads, 1);
    for (int64_t before = now_ns();;) {
        usleep(200);
        int64_t now = now_ns();
        note_gap(now - before);
        before = now;
        atomic_fetch_add(&shared->steps, 1);
    }
    return NULL;
}

static void run_target(void)
{
    pthread_t thread;
    for (int i = 1; i < THREADS; i++)
        pthread_create(&thread, NULL, count, NULL);
    count(NULL);
}

static int start_target(void **state)
{
    (void)state;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    target = fork();
    if (target == 0)
        run_target();
    while (atomic_load(&shared->threads) < THREADS)
        nap();
    return 0;
}

static int end_target(void **state)
{
    (void)state;
    stopper_use_thread(false);
    kill(target, SIGKILL);
    waitpid(target, NULL, 0);
    munmap(shared, sizeof *shared);
    return 0;
}

static struct image *open_image(int pid)
{
    struct error error = {.sentence = ""};
    struct image *image = image_open_process(pid, &error);
    if (!image)
        fail_msg("%s", error.sentence);
    return image;
}

static int tracer_of(int pid)
{
    char path[64], line[256];
    int tracer = -1;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "TracerPid: %d", &tracer);
    if (file)
        fclose(file);
    return tracer;
}

/* Waits until all of its threads have made steps; fails when they do not. */
static void expect_target_goes_on(void)
{
    int64_t until_ns = now_ns() + 30 * SECOND;
    uint64_t before = atomic_load(&shared->steps);
    /* What was killed may take a moment to die. */
    while ((atomic_load(&shared->steps) < before + 100 || tracer_of(target) > 0) &&
           now_ns() < until_ns)
        nap();
    assert_true(atomic_load(&shared->steps) >= before + 100);
    assert_int_equal(tracer_of(target), 0);
}

/* A process that stops the target for at most `limit_ns` and does what it is told to then. */
static int start_reader(int64_t limit_ns, void (*then)(struct image *image))
{
    int reader = fork();
    if (reader)
        return reader;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = limit_ns};
    struct image *image = image_open_process(target, &error);
    if (!image || !process_stop(image, &pause, &error)) {
        fprintf(stderr, "%s\n", error.sentence);
        _exit(1);
    }
    shared->stopped = true;
    then(image);
    process_resume(image, &pause);
    shared->end = pause.end;
    shared->told = true;
    _exit(0);
}

static void stop_itself(struct image *image)
{
    (void)image;
    raise(SIGSTOP);
}

static void stay(struct image *image)
{
    (void)image;
    for (;;)
        pause();
}

static void await_flag(_Atomic bool *flag)
{
    for (int64_t until_ns = now_ns() + 60 * SECOND; !*flag && now_ns() < until_ns;)
        nap();
    assert_true(*flag);
}

static void reap(int pid)
{
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* The gap is the limit and what a busy machine adds; without a limit there would be no end. */
static void expect_gap_within(int64_t limit_ns)
{
    assert_true(atomic_load(&shared->longest_gap_ns) < limit_ns + 5 * SECOND);
}

static void test_a_reader_that_is_stopped_holds_nobody(void **state)
{
    (void)state;
    int reader = start_reader(LIMIT_NS, stop_itself);
    await_flag(&shared->stopped);
    expect_target_goes_on();
    expect_gap_within(LIMIT_NS);
    kill(reader, SIGCONT);
    await_flag(&shared->told);
    assert_int_equal(shared->end, STOP_LIMIT); /* it learns that what it has read is no snapshot */
    reap(reader);
}

static void test_a_reader_that_is_killed_holds_nobody(void **state)
{
    (void)state;
    int reader = start_reader(LONG_NS, stay);
    await_flag(&shared->stopped);
    int stopper = tracer_of(target);
    assert_true(stopper > 0 && stopper != reader);
    kill(reader, SIGKILL);
    reap(reader);
    expect_target_goes_on();
    expect_gap_within(0);
}

static void test_a_reader_that_is_killed_at_any_moment_holds_nobody(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        int reader = fork();
        assert_true(reader >= 0);
        if (reader == 0) {
            struct error error;
            struct pause pause = {.limit_ns = LONG_NS};
            struct image *image = image_open_process(target, &error);
            while (image && process_stop(image, &pause, &error))
                process_resume(image, &pause);
            _exit(1);
        }
        usleep((useconds_t)(1000 + i * 700));
        kill(reader, SIGKILL);
        reap(reader);
        expect_target_goes_on();
    }
    expect_gap_within(0);
}

static void test_a_stopper_that_is_killed_holds_nobody(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = LONG_NS};
    struct image *image = open_image(target);
    assert_true(process_stop(image, &pause, &error));
    kill(tracer_of(target), SIGKILL);
    expect_target_goes_on();
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_BROKEN);
    image_close(image);
}

static void test_a_stopper_that_is_stopped_holds_nobody(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = LIMIT_NS};
    struct image *image = open_image(target);
    assert_true(process_stop(image, &pause, &error));
    kill(tracer_of(target), SIGSTOP);
    expect_target_goes_on(); /* although nobody here has asked for it */
    expect_gap_within(LIMIT_NS);
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_BROKEN);
    image_close(image);
}

/* Reader and stopper at once: only the kernel's timer is left. */
static void test_both_stopped_hold_nobody(void **state)
{
    (void)state;
    int reader = start_reader(LIMIT_NS, stop_itself);
    await_flag(&shared->stopped);
    kill(tracer_of(target), SIGSTOP);
    expect_target_goes_on();
    expect_gap_within(LIMIT_NS);
    kill(reader, SIGCONT);
    await_flag(&shared->told);
    assert_int_not_equal(shared->end, STOP_HELD);
    reap(reader);
}

/* Where a hierarchy of version 2 is; false: nowhere. */
static bool find_groups(char path[256])
{
    char line[1024], type[64];
    bool found = false;
    FILE *mounts = fopen("/proc/mounts", "r");
    while (mounts && !found && fgets(line, sizeof line, mounts))
        found = sscanf(line, "%*s %255s %63s", path, type) == 2 && strcmp(type, "cgroup2") == 0;
    if (mounts)
        fclose(mounts);
    return found;
}

static bool write_number(const char *group, const char *name, int number)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", group, name);
    FILE *file = fopen(path, "w");
    bool written = file && fprintf(file, "%d", number) > 0;
    return file && fclose(file) == 0 && written;
}

static void await_empty(const char *group)
{
    for (int64_t until_ns = now_ns() + 10 * SECOND; rmdir(group) != 0 && now_ns() < until_ns;)
        nap();
}

/* As a container is. A stopper in a frozen group of version 2 can be killed, and is. */
static void test_a_frozen_group_holds_nobody(void **state)
{
    (void)state;
    char groups[256], group[320];
    if (!find_groups(groups))
        skip();
    snprintf(group, sizeof group, "%s/ctxtrace-test-%d", groups, getpid());
    if (mkdir(group, 0700) != 0)
        skip(); /* needs a privilege */
    int reader = start_reader(SECOND, stay);
    await_flag(&shared->stopped);
    int stopper = tracer_of(target);
    bool frozen = write_number(group, "cgroup.procs", reader) &&
                  write_number(group, "cgroup.procs", stopper) &&
                  write_number(group, "cgroup.freeze", 1);
    if (frozen)
        expect_target_goes_on();
    kill(reader, SIGKILL);
    reap(reader);
    await_empty(group);
    if (!frozen)
        skip();
    expect_gap_within(SECOND);
}

/* A stopped stopper whose reader asks it to let go does not keep the reader, either. */
static void test_a_stopped_stopper_does_not_hold_its_reader(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = SECOND};
    struct image *image = open_image(target);
    assert_true(process_stop(image, &pause, &error));
    kill(tracer_of(target), SIGSTOP);
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_BROKEN);
    expect_target_goes_on();
    image_close(image);
}

static void test_what_is_held_too_long_is_told(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = LIMIT_NS};
    struct image *image = open_image(target);
    assert_true(process_stop(image, &pause, &error));
    expect_target_goes_on();
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_LIMIT);
    assert_true(pause.took_ns < LIMIT_NS + 5 * SECOND);
    assert_non_null(strstr(process_end_text(pause.end), "longer"));
    image_close(image);
}

#define MANY 3000

static void *sleep_on(void *unused)
{
    (void)unused;
    atomic_fetch_add(&shared->threads, 1);
    for (;;)
        pause();
    return NULL;
}

static void run_many(void)
{
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (int i = 0; i < MANY; i++)
        if (pthread_create(&thread, &small, sleep_on, NULL) != 0)
            _exit(1);
    count(NULL);
}

/*
 * However many threads there are, and however the machine is: what cannot be done in the time that
 * there is, is not.
 */
static void test_many_threads_are_held_no_longer_than_a_few(void **state)
{
    (void)state;
    static const int64_t limits_ns[] = {SECOND / 500, SECOND / 50, SECOND / 10, SECOND / 4};
    struct error error = {.sentence = ""};
    atomic_store(&shared->threads, 0);
    int many = fork();
    if (many == 0)
        run_many();
    while (atomic_load(&shared->threads) < MANY && waitpid(many, NULL, WNOHANG) == 0)
        nap();
    if (atomic_load(&shared->threads) < MANY)
        skip(); /* they cannot be had */
    struct image *image = open_image(many);
    assert_true(process_estimate_ns(image) >= MANY * INT64_C(10000));
    for (size_t i = 0; i < sizeof limits_ns / sizeof limits_ns[0]; i++) {
        struct pause pause = {.limit_ns = limits_ns[i]};
        bool stopped = process_stop(image, &pause, &error);
        if (stopped)
            assert_true(image->thread_count >= MANY);
        else
            assert_true(strstr(error.sentence, "in time") ||
                        strstr(error.sentence, "could be stopped in the time"));
        process_resume(image, &pause);
        print_message("limit %d ms: %s, %d us\n", (int)(limits_ns[i] / 1000000),
                      stopped ? "stopped" : "given up", (int)(pause.took_ns / 1000));
        assert_true(pause.took_ns < limits_ns[i] + SECOND); /* that of a busy machine */
        assert_int_equal(tracer_of(many), 0);
    }
    image_close(image);
    kill(many, SIGKILL);
    reap(many);
}

/*
 * A reader that is urgent and goes on for too long on the only processor keeps the stopper from
 * nothing.
 */
static void test_an_urgent_reader_holds_nobody(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = LIMIT_NS};
    struct image *image = open_image(target);
    cpu_set_t before, one;
    if (!urgency_is_permitted())
        skip();
    sched_getaffinity(0, sizeof before, &before);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one); /* the stopper has it from us */
    assert_true(process_stop(image, &pause, &error));
    struct urgency urgency = urgency_begin();
    int64_t until_ns = now_ns() + 2 * SECOND;
    while (tracer_of(target) > 0 && now_ns() < until_ns)
        ;
    urgency_end(&urgency);
    sched_setaffinity(0, sizeof before, &before);
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_LIMIT);
    assert_true(pause.took_ns < SECOND);
    expect_target_goes_on();
    image_close(image);
}

/* As under Yama, where only ancestors may trace. */
static void test_a_thread_can_be_the_stopper(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = LIMIT_NS};
    char path[64];
    struct image *image = open_image(target);
    stopper_use_thread(true);
    assert_true(process_stop(image, &pause, &error));
    snprintf(path, sizeof path, "/proc/self/task/%d", tracer_of(target));
    assert_int_equal(access(path, F_OK), 0);
    assert_true(image->thread_count >= THREADS); /* sanitizers have their own, too */
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_HELD);
    expect_target_goes_on();
    assert_true(process_stop(image, &pause, &error));
    expect_target_goes_on(); /* behind the limit, unasked */
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_LIMIT);
    image_close(image);
}

static void test_the_stopper_has_nothing_of_the_reader(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = LONG_NS};
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    struct image *image = open_image(target);
    assert_true(process_stop(image, &pause, &error));
    int stopper = tracer_of(target);
    assert_int_equal(getsid(stopper), stopper); /* no key of our terminal reaches it */
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);    /* nobody else holds it open */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), 0); /* and it is none of the children we know */
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_HELD);
    assert_int_equal(kill(stopper, 0), -1);
    close(ends[0]);
    image_close(image);
}

static void test_a_reader_that_ignores_its_children_can_stop(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = LONG_NS};
    struct image *image = open_image(target);
    signal(SIGCHLD, SIG_IGN);
    bool stopped = process_stop(image, &pause, &error);
    process_resume(image, &pause);
    signal(SIGCHLD, SIG_DFL);
    assert_true(stopped);
    assert_int_equal(pause.end, STOP_HELD);
    expect_target_goes_on();
    image_close(image);
}

static void test_who_is_killed_while_stopped_is_told(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = LONG_NS};
    struct image *image = open_image(target);
    assert_true(process_stop(image, &pause, &error));
    kill(target, SIGKILL);
    reap(target); /* it does not wait for the limit */
    process_resume(image, &pause);
    assert_int_not_equal(pause.end, STOP_LIMIT);
    assert_false(process_stop(image, &pause, &error));
    assert_non_null(strstr(error.sentence, "has ended"));
    image_close(image);
    start_target(NULL);
}

/* ---- other programs, other processes ---- */

static void *execute_soon(void *unused)
{
    (void)unused;
    while (!shared->executing)
        sched_yield();
    execl("/bin/sleep", "sleep", "1000", (char *)NULL);
    _exit(1);
}

/* Has many threads that are to end first, and one that executes when it is told to. */
static void run_executing(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, execute_soon, NULL);
    run_target();
}

static bool is_sleep(int pid)
{
    char path[64], name[64] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%63s", name) != 1)
        name[0] = '\0';
    if (file)
        fclose(file);
    return strcmp(name, "sleep") == 0;
}

/*
 * It executes while it is being stopped, at a moment that differs from turn to turn: before,
 * between two of its threads, or after its end. It gets through each time, and not by our limit.
 */
static void test_a_program_that_executes_while_it_is_stopped_gets_through(void **state)
{
    (void)state;
    unsigned met = 0;
    for (unsigned turn = 0; turn < 60; turn++) {
        struct error error = {.sentence = ""};
        struct pause pause = {.limit_ns = 10 * LONG_NS};
        atomic_store(&shared->threads, 0);
        shared->executing = false;
        int executing = fork();
        if (executing == 0)
            run_executing();
        while (atomic_load(&shared->threads) < THREADS)
            nap();
        struct image *image = open_image(executing);
        int64_t began_ns = now_ns();
        shared->executing = true;
        for (volatile unsigned spin = 0; spin < turn * 2000; spin++)
            ;
        bool stopped = process_stop(image, &pause, &error);
        process_resume(image, &pause);
        met += !stopped;
        assert_true(now_ns() < began_ns + pause.limit_ns);
        while (!is_sleep(executing)) /* on a busy machine its turn comes late */
            nap();
        assert_int_equal(tracer_of(executing), 0);
        assert_false(image_refresh(image, &error)); /* it is not what was opened */
        assert_non_null(strstr(error.sentence, "another program"));
        image_close(image);
        kill(executing, SIGKILL);
        reap(executing);
    }
    print_message("%u of 60 were met in the middle of it\n", met);
}

/* A process with this number, or -1 where nobody may choose. It sleeps. */
static int fork_with_number(int pid)
{
    pid_t number = pid;
    struct clone_args arguments = {
        .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
    int made = (int)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (made == 0) {
        for (;;)
            count(NULL);
    }
    return made;
}

static void test_another_process_with_the_number_is_not_the_old_one(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = LIMIT_NS};
    struct image *image = open_image(target);
    int number = target;
    kill(number, SIGKILL);
    reap(number);
    int other = fork_with_number(number);
    if (other != number) {
        image_close(image);
        start_target(NULL);
        skip(); /* needs a privilege */
    }
    uint64_t before = atomic_load(&shared->steps);
    atomic_store(&shared->longest_gap_ns, 0);
    assert_false(process_stop(image, &pause, &error));
    assert_non_null(strstr(error.sentence, "has ended"));
    assert_false(image_refresh(image, &error));
    assert_non_null(strstr(error.sentence, "has ended"));
    struct image_thread thread;
    enum glance glance;
    process_glance(image, &number, 1, LIMIT_NS, &glance, &thread);
    assert_int_equal(glance, GLANCE_GONE);
    image_close(image);
    expect_target_goes_on(); /* the other one, that is */
    assert_true(atomic_load(&shared->steps) > before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reader_that_is_stopped_holds_nobody),
        cmocka_unit_test(test_a_reader_that_is_killed_holds_nobody),
        cmocka_unit_test(test_a_reader_that_is_killed_at_any_moment_holds_nobody),
        cmocka_unit_test(test_a_stopper_that_is_killed_holds_nobody),
        cmocka_unit_test(test_a_stopper_that_is_stopped_holds_nobody),
        cmocka_unit_test(test_both_stopped_hold_nobody),
        cmocka_unit_test(test_a_frozen_group_holds_nobody),
        cmocka_unit_test(test_a_stopped_stopper_does_not_hold_its_reader),
        cmocka_unit_test(test_what_is_held_too_long_is_told),
        cmocka_unit_test(test_many_threads_are_held_no_longer_than_a_few),
        cmocka_unit_test(test_an_urgent_reader_holds_nobody),
        cmocka_unit_test(test_a_thread_can_be_the_stopper),
        cmocka_unit_test(test_the_stopper_has_nothing_of_the_reader),
        cmocka_unit_test(test_a_reader_that_ignores_its_children_can_stop),
        cmocka_unit_test(test_who_is_killed_while_stopped_is_told),
        cmocka_unit_test(test_a_program_that_executes_while_it_is_stopped_gets_through),
        cmocka_unit_test(test_another_process_with_the_number_is_not_the_old_one),
    };
    struct CMUnitTest fresh[sizeof tests / sizeof tests[0]];
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        fresh[i] = tests[i];
        fresh[i].setup_func = start_target;
        fresh[i].teardown_func = end_target;
    }
    return cmocka_run_group_tests(fresh, NULL, NULL);
}
