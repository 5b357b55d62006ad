/* Live processes: reading them, stopping them, and leaving them as they were. */
#include "base/error.h"
#include "image/process.h"
#include "image/reread.h"

#include <dirent.h>
#include <errno.h>
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
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define THREADS 4

/* What the child tells, in memory that both share. */
struct report {
    _Atomic uint64_t steps, interrupted;
    _Atomic int signals;
    _Atomic bool complete;
};

static struct report *report;
static int child;
static const char marker[] = "only the child changed this";
static char changed[64];
static unsigned char sparse[64 * 4096] __attribute__((aligned(4096))); /* the child writes page 7 */

static void *count_steps(void *unused)
{
    (void)unused;
    for (;;)
        atomic_fetch_add(&report->steps, 1);
    return NULL;
}

/* Sleeps where a stop would show as EINTR. */
static void *wait_for_events(void *unused)
{
    (void)unused;
    int queue = epoll_create1(0);
    struct epoll_event event;
    for (;;)
        if (epoll_wait(queue, &event, 1, 30) < 0 && errno == EINTR)
            atomic_fetch_add(&report->interrupted, 1);
    return NULL;
}

static void note_signal(int number)
{
    (void)number;
    atomic_fetch_add(&report->signals, 1);
}

static void run_child(void)
{
    pthread_t threads[THREADS];
    strcpy(changed, marker);
    strcpy((char *)sparse + 7 * 4096, marker);
    signal(SIGUSR1, note_signal);
    pthread_create(&threads[0], NULL, count_steps, NULL);
    for (int i = 1; i < THREADS; i++)
        pthread_create(&threads[i], NULL, wait_for_events, NULL);
    atomic_store(&report->complete, true); /* with all of its threads */
    for (;;)
        usleep(1000);
}

static int start(void **state)
{
    (void)state;
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset(report, 0, sizeof *report);
    child = fork();
    if (child == 0)
        run_child();
    while (atomic_load(&report->steps) < 1000 || !atomic_load(&report->complete))
        usleep(1000);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    kill(child, SIGKILL);
    /* After a failure its threads are still traced, and each has to be waited for. */
    while (waitpid(-1, NULL, __WALL) > 0)
        ;
    munmap(report, sizeof *report);
    return 0;
}

static struct image *open_child(void)
{
    struct error error = {.sentence = ""};
    struct image *image = image_open_process(child, &error);
    if (!image)
        fail_msg("%s", error.sentence);
    return image;
}

static void test_reads_memory(void **state)
{
    (void)state;
    struct image *image = open_child();
    char text[64];
    assert_true(memory_read(image->memory, (uint64_t)(uintptr_t)changed, text, sizeof marker));
    assert_string_equal(text, marker);
    assert_string_not_equal(changed, marker);
    image_close(image);
}

static unsigned pages_present(void)
{
    char path[64];
    uint64_t entries[sizeof sparse / 4096];
    unsigned count = 0;
    snprintf(path, sizeof path, "/proc/%d/pagemap", child);
    FILE *pagemap = fopen(path, "rb");
    assert_non_null(pagemap);
    assert_int_equal(fseek(pagemap, (long)((uintptr_t)sparse / 4096 * 8), SEEK_SET), 0);
    assert_int_equal(fread(entries, sizeof entries, 1, pagemap), 1);
    fclose(pagemap);
    for (size_t i = 0; i < sizeof sparse / 4096; i++)
        count += entries[i] >> 63;
    return count;
}

/* Looking through memory that a program has reserved must not give it that memory. */
static void test_pages_that_never_were_are_not_made(void **state)
{
    (void)state;
    static unsigned char copy[sizeof sparse];
    struct image *image = open_child();
    const struct memory_range range = {(uintptr_t)sparse, (uintptr_t)sparse + sizeof sparse};
    unsigned before = pages_present();
    assert_true(before < sizeof sparse / 4096);
    memset(copy, 1, sizeof copy);
    memory_read_present(image->memory, &range, copy);
    assert_string_equal((char *)copy + 7 * 4096, marker);
    assert_int_equal(copy[0], 0);
    assert_int_equal(copy[sizeof copy - 1], 0);
    assert_int_equal(pages_present(), before);
    image_close(image);
}

/* A busy machine may let it wait for a while; one that is stopped makes none ever. */
static bool makes_steps_within(unsigned milliseconds)
{
    uint64_t before = atomic_load(&report->steps);
    for (unsigned i = 0; i < milliseconds && atomic_load(&report->steps) == before; i++)
        usleep(1000);
    return atomic_load(&report->steps) > before;
}

/* Sanitizers add threads of their own. */
static unsigned threads_of_child(void)
{
    char path[64];
    unsigned count = 0;
    snprintf(path, sizeof path, "/proc/%d/task", child);
    DIR *tasks = opendir(path);
    assert_non_null(tasks);
    for (struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks))
        count += entry->d_name[0] != '.';
    closedir(tasks);
    assert_true(count >= THREADS + 1);
    return count;
}

static int tracer_of(int pid)
{
    char path[64], line[256];
    int tracer = -1;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        sscanf(line, "TracerPid: %d", &tracer);
    fclose(file);
    return tracer;
}

/* For as long as a test needs, and of all threads: nobody is left asleep. */
static struct pause any_pause(void)
{
    return (struct pause){.limit_ns = INT64_C(60000000000), .mover_count = PAUSE_MOVERS};
}

static void test_stops_and_resumes(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = any_pause();
    struct image *image = open_child();
    assert_true(process_stop(image, &pause, &error));
    assert_int_equal(image->thread_count, threads_of_child());
    for (size_t i = 0; i < image->thread_count; i++)
        assert_true(image->threads[i].pc != 0 && image->threads[i].sp != 0);
    assert_false(makes_steps_within(100));
    process_resume(image, &pause);
    assert_int_equal(pause.end, STOP_HELD);
    assert_true(pause.took_ns >= 100000000);
    assert_int_equal(tracer_of(child), 0);
    assert_true(makes_steps_within(10000));
    image_close(image);
}

static void test_closing_resumes(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = any_pause();
    struct image *image = open_child();
    assert_true(process_stop(image, &pause, &error));
    image_close(image);
    assert_true(makes_steps_within(10000));
}

static void test_no_call_is_interrupted_and_no_signal_is_lost(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = any_pause();
    struct image *image = open_child();
    for (int i = 0; i < 100; i++) {
        usleep(1000);
        assert_true(process_stop(image, &pause, &error));
        process_resume(image, &pause);
    }
    assert_int_equal(atomic_load(&report->interrupted), 0);
    for (int i = 1; i <= 20; i++) { /* one at a time: equal pending ones become one */
        kill(child, SIGUSR1);
        assert_true(process_stop(image, &pause, &error));
        process_resume(image, &pause);
        while (atomic_load(&report->signals) < i)
            usleep(1000);
        assert_int_equal(atomic_load(&report->signals), i);
    }
    image_close(image);
}

/* ---- a thread that does not stop in time ---- */

#define VFORK_MS 1500

static int sleep_and_end(void *unused)
{
    const struct timespec length = {VFORK_MS / 1000, VFORK_MS % 1000 * 1000000L};
    (void)unused;
    syscall(SYS_nanosleep, &length, NULL);
    return 0;
}

/*
 * As vfork() does it: the parent waits in the kernel, where nothing interrupts it, until the end.
 */
static void run_vfork(void)
{
    static _Alignas(16) char stack[65536];
    for (;;) {
        int vforked =
            clone(sleep_and_end, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
        waitpid(vforked, NULL, 0);
        usleep(3000 * VFORK_MS);
    }
}

/* Whoever waits in the kernel for the end of a vfork() cannot stop, and is let go all the same. */
static void test_a_thread_that_does_not_stop_is_named_and_let_go(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = 200000000};
    char thread[32];
    int vforking = fork();
    if (vforking == 0)
        run_vfork();
    usleep(200000);
    struct image *image = image_open_process(vforking, &error);
    assert_non_null(image);
    assert_false(process_stop(image, &pause, &error));
    snprintf(thread, sizeof thread, "thread %d of", vforking);
    assert_non_null(strstr(error.sentence, thread));
    assert_non_null(strstr(error.sentence, "did not stop in time"));
    assert_true(pause.took_ns >= 100000000);
    assert_int_equal(tracer_of(vforking), 0); /* at once, not when it has come back */
    pause = any_pause();
    if (!process_stop(image, &pause, &error))
        fail_msg("%s", error.sentence);
    assert_true(image->thread_count >= 1); /* sanitizers have their own, too */
    process_resume(image, NULL);
    assert_int_equal(tracer_of(vforking), 0);
    image_close(image);
    kill(vforking, SIGKILL);
    waitpid(vforking, NULL, 0);
}

static void test_a_process_that_is_not_there_gets_a_sentence(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    assert_null(image_open_process(0x3ffffff, &error));
    assert_non_null(strstr(error.sentence, "no process"));
}

static void test_a_process_that_ended_gets_a_sentence(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    struct image *image = open_child();
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_false(image_refresh(image, &error));
    assert_non_null(strstr(error.sentence, "has ended"));
    image_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_memory, start, stop),
        cmocka_unit_test_setup_teardown(test_pages_that_never_were_are_not_made, start, stop),
        cmocka_unit_test_setup_teardown(test_stops_and_resumes, start, stop),
        cmocka_unit_test_setup_teardown(test_closing_resumes, start, stop),
        cmocka_unit_test_setup_teardown(test_no_call_is_interrupted_and_no_signal_is_lost, start,
                                        stop),
        cmocka_unit_test(test_a_thread_that_does_not_stop_is_named_and_let_go),
        cmocka_unit_test_setup_teardown(test_a_process_that_is_not_there_gets_a_sentence, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_a_process_that_ended_gets_a_sentence, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
