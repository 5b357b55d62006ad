/*
 * The recorder under conditions that programs meet: full file systems, small limits, signal
 * handlers, thousands of threads, all kinds of exits. Each case runs in a child that records into a
 * directory of its own; what it left is looked at afterwards.
 */
#include "record/environment.h"
#include "record/record.h"
#include "segment/format.h"

#include <ctxtrace/ctxtrace.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__has_feature)
#define UNDER_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#else
#define UNDER_SANITIZER 0
#endif

static char directory[64];
static char segment_path[512];

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/ctxtrace-record-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    setenv("CTXTRACE_DIR", directory, 1);
    unsetenv("CTXTRACE_KEEP");
    return 0;
}

/* The only segment in the directory; false if there is none. */
static bool find_segment(void)
{
    DIR *entries = opendir(directory);
    segment_path[0] = '\0';
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (strstr(entry->d_name, SEGMENT_FILE_SUFFIX))
            snprintf(segment_path, sizeof segment_path, "%s/%s", directory, entry->d_name);
    if (entries)
        closedir(entries);
    return segment_path[0] != '\0';
}

static int remove_directory(void **state)
{
    (void)state;
    while (find_segment())
        unlink(segment_path);
    rmdir(directory);
    return 0;
}

/* Runs `body` in a child; returns its wait status. */
static int in_child(void (*body)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        body();
        exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

/* A copy of the header of the segment that a child left. */
static struct segment_header left_header(void)
{
    struct segment_header header = {0};
    assert_true(find_segment());
    int fd = open(segment_path, O_RDONLY);
    assert_int_equal(pread(fd, &header, sizeof header, 0), sizeof header);
    close(fd);
    return header;
}

static uint64_t left_exited(void)
{
    struct segment_header header = left_header();
    return header.end == SEGMENT_EXIT;
}

static uint64_t lost(const struct segment_header *header, int loss)
{
    uint64_t count = 0;
    for (int reason = 0; reason < LOSS_REASON_ROOM; reason++)
        count += header->losses[loss][reason];
    return count;
}

static uint64_t left_losses(enum loss loss)
{
    struct segment_header header = left_header();
    return lost(&header, loss);
}

/* How many slots of an area are in use in the segment that a child left. */
static unsigned left_slots(enum segment_area_kind kind)
{
    struct segment_header header = left_header();
    const struct segment_area *area = &header.areas[kind];
    int fd = open(segment_path, O_RDONLY);
    unsigned count = 0;
    for (uint64_t i = 0; i < area->used; i++) {
        uint64_t words[2];
        assert_int_equal(
            pread(fd, words, sizeof words, (off_t)(area->offset + i * area->item_size)),
            sizeof words);
        assert_int_equal(words[0] % 2, 0); /* nothing is half written */
        count += words[1] != 0;
    }
    close(fd);
    return count;
}

static void check(bool condition, int code)
{
    if (!condition)
        _exit(code);
}

/* ---- exits ---- */

static void work_and_clean_up(void)
{
    check(ctxt_trace_start() == 0, 2);
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_cancel(c);
    ctxt_unref(c);
}

static void leave_something_alive(void)
{
    check(ctxt_trace_start() == 0, 2);
    check(ctxt_with_cancel(ctxt_background()) != NULL, 3);
}

static void leave_by__exit(void)
{
    work_and_clean_up();
    _exit(0);
}

static void leave_by_abort(void)
{
    work_and_clean_up();
    abort();
}

static void an_exit_with_nothing_alive_removes_the_segment(void **state)
{
    (void)state;
    assert_int_equal(in_child(work_and_clean_up), 0);
    assert_false(find_segment());
}

static void keep_keeps_it(void **state)
{
    (void)state;
    setenv("CTXTRACE_KEEP", "1", 1);
    assert_int_equal(in_child(work_and_clean_up), 0);
    assert_int_equal(left_exited(), 1);
}

static void an_exit_with_something_alive_leaves_it(void **state)
{
    (void)state;
    assert_int_equal(in_child(leave_something_alive), 0);
    assert_int_equal(left_exited(), 1);
    assert_int_equal(left_slots(AREA_CONTEXTS), 2); /* background and the one that was left */
}

static void other_deaths_leave_it(void **state)
{
    (void)state;
    assert_int_equal(in_child(leave_by__exit), 0);
    assert_int_equal(left_exited(), 0);
    unlink(segment_path);
    assert_true(WIFSIGNALED(in_child(leave_by_abort)));
    assert_int_equal(left_exited(), 0);
}

/* ---- where ---- */

static void segment_is_private(void **state)
{
    (void)state;
    assert_int_equal(in_child(leave_something_alive), 0);
    struct stat status;
    assert_true(find_segment());
    assert_int_equal(stat(segment_path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
}

static void expect_eperm(void)
{
    check(ctxt_trace_start() == EPERM, 2);
    check(ctxt_trace_path() == NULL, 3);
}

static void a_directory_that_others_can_write_is_refused(void **state)
{
    (void)state;
    chmod(directory, 0777);
    assert_int_equal(in_child(expect_eperm), 0);
    assert_false(find_segment());
}

static void expect_eloop(void)
{
    int error = ctxt_trace_start();
    check(error == ELOOP || error == ENOTDIR, 2);
}

static void a_link_is_not_followed(void **state)
{
    (void)state;
    char link_path[128];
    snprintf(link_path, sizeof link_path, "%s-link", directory);
    assert_int_equal(symlink(directory, link_path), 0);
    setenv("CTXTRACE_DIR", link_path, 1);
    int status = in_child(expect_eloop);
    unlink(link_path);
    assert_int_equal(status, 0);
}

static void dead_segments_are_pruned(void **state)
{
    (void)state;
    setenv("CTXTRACE_DEAD", "3", 1);
    for (int i = 0; i < 8; i++)
        in_child(leave_something_alive);
    unsetenv("CTXTRACE_DEAD");
    unsigned count = 0;
    while (find_segment()) {
        unlink(segment_path);
        count++;
    }
    assert_int_equal(count, 4); /* three dead ones were left when the last began */
}

/*
 * What a child has left, as if it had been made without knowing when its process started, by a
 * process of that PID, on a file system without locks.
 */
static void leave_without_start(pid_t pid)
{
    struct segment_header header = left_header();
    char path[300];
    header.process_start_time = 0;
    header.optional_features &= ~(uint64_t)SEGMENT_HAS_LOCK;
    int fd = open(segment_path, O_WRONLY);
    assert_int_equal(pwrite(fd, &header, sizeof header, 0), sizeof header);
    close(fd);
    snprintf(path, sizeof path, "%s/%d-0-0%s", directory, (int)pid, SEGMENT_FILE_SUFFIX);
    assert_int_equal(rename(segment_path, path), 0);
}

static void what_may_be_of_a_living_process_is_not_pruned(void **state)
{
    (void)state;
    char path[300];
    setenv("CTXTRACE_DEAD", "0", 1);
    in_child(leave_something_alive);
    leave_without_start(getpid());
    in_child(leave_something_alive);
    snprintf(path, sizeof path, "%s/%d-0-0%s", directory, (int)getpid(), SEGMENT_FILE_SUFFIX);
    assert_int_equal(unlink(path), 0); /* it is still there */
    const pid_t gone = left_header().pid;
    leave_without_start(gone);
    in_child(leave_something_alive);
    unsetenv("CTXTRACE_DEAD");
    snprintf(path, sizeof path, "%s/%d-0-0%s", directory, (int)gone, SEGMENT_FILE_SUFFIX);
    assert_int_equal(access(path, F_OK), -1);
}

static unsigned count_segments(void)
{
    unsigned count = 0;
    DIR *entries = opendir(directory);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        count += strstr(entry->d_name, SEGMENT_FILE_SUFFIX) != NULL;
    if (entries)
        closedir(entries);
    return count;
}

/* Each of thousands of processes would otherwise look at what all before it have left. */
static void a_start_looks_at_few_of_many_segments(void **state)
{
    (void)state;
    enum { MANY_DEAD = 120, LOOKED_AT = 32 };
    setenv("CTXTRACE_DEAD", "1048576", 1);
    for (int i = 0; i < MANY_DEAD; i++)
        in_child(leave_something_alive);
    assert_int_equal(count_segments(), MANY_DEAD);
    setenv("CTXTRACE_DEAD", "0", 1);
    in_child(leave_something_alive);
    assert_in_range(count_segments(), MANY_DEAD + 1 - LOOKED_AT, MANY_DEAD);
    for (int i = 0; i < 40 && count_segments() > 1; i++)
        in_child(leave_something_alive);
    unsetenv("CTXTRACE_DEAD");
    assert_int_equal(count_segments(), 1);
}

static void want_and_make_nothing(void)
{
    check(ctxt_trace_want() == 0, 2);
    check(ctxt_trace_want() == EALREADY, 3);
    check(count_segments() == 0, 4);
}

static void want_and_make_something(void)
{
    int64_t before = ctxt_now();
    check(ctxt_trace_want() == 0, 2);
    check(count_segments() == 0, 3);
    int64_t between = ctxt_now();
    int64_t deadline = 0;
    ctxt_t *first = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    check(first && ctxt_deadline(first, &deadline), 4);
    check(count_segments() == 1 && ctxt_trace_start() == EALREADY, 5);
    struct segment_header header = left_header();
    /* The segment's making is not taken from its time. */
    check(deadline - CTXT_HOUR >= header.made_ns, 8);
    check(header.started_ns >= before && header.started_ns <= between, 6);
    check(header.made_ns >= between && header.unrecorded_contexts == 0, 7);
}

static void a_segment_is_made_when_there_is_something_to_record(void **state)
{
    (void)state;
    assert_int_equal(in_child(want_and_make_nothing), 0);
    assert_false(find_segment());
    assert_int_equal(in_child(want_and_make_something), 0);
    assert_int_equal(left_slots(AREA_CONTEXTS), 2);
}

/* ---- space and limits ---- */

enum { MANY = 30000 };

static void make_many(void)
{
    check(ctxt_trace_start() == 0, 2);
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < MANY; i++) {
        ctxt_t *c = ctxt_with_timeout(parent, CTXT_HOUR);
        check(c != NULL, 3);
        ctxt_set_name(c, "context %d", i);
    }
    _exit(0);
}

static void a_full_file_system_is_a_counted_loss(void **state)
{
    (void)state;
    if (geteuid() != 0 || mount("tmpfs", directory, "tmpfs", 0, "size=1m,mode=0700") != 0) {
        print_message("skipped: mounting a small tmpfs needs root\n");
        skip();
    }
    int status = in_child(make_many);
    struct segment_header header = left_header();
    unsigned kept = left_slots(AREA_CONTEXTS);
    unlink(segment_path);
    umount(directory);
    assert_int_equal(status, 0);
    assert_true(lost(&header, LOSS_CONTEXTS) > 0);
    assert_true(kept > 1000);
    /* background, the parent, the children: each is there or counted */
    assert_int_equal(kept + lost(&header, LOSS_CONTEXTS), MANY + 2);
}

static void a_full_table_is_a_counted_loss(void **state)
{
    (void)state;
    setenv("CTXTRACE_CONTEXTS", "1000", 1);
    int status = in_child(make_many);
    unsetenv("CTXTRACE_CONTEXTS");
    assert_int_equal(status, 0);
    assert_int_equal(left_slots(AREA_CONTEXTS), 1000);
    assert_int_equal(left_losses(LOSS_CONTEXTS), MANY + 2 - 1000);
}

static void limit_file_size(void)
{
    struct rlimit limit = {2 << 20, 2 << 20};
    check(setrlimit(RLIMIT_FSIZE, &limit) == 0, 9);
    make_many();
}

static void a_small_file_size_limit_raises_no_signal(void **state)
{
    (void)state;
    assert_int_equal(in_child(limit_file_size), 0);
    assert_true(left_header().file_size <= 2 << 20);
    assert_true(left_losses(LOSS_CONTEXTS) > 0);
}

static void limit_address_space(void)
{
    struct rlimit limit = {512 << 20, 512 << 20};
    check(setrlimit(RLIMIT_AS, &limit) == 0, 9);
    leave_something_alive();
}

static void a_small_address_space_is_respected(void **state)
{
    (void)state;
#if UNDER_SANITIZER
    skip(); /* the sanitizer itself needs terabytes of addresses */
#endif
    assert_int_equal(in_child(limit_address_space), 0);
    assert_int_equal(left_slots(AREA_CONTEXTS), 2);
}

/* ---- the program does not notice ---- */

static void keep_errno(void)
{
    check(ctxt_trace_start() == 0, 2);
    errno = 12345;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_t *d = ctxt_with_timeout(c, CTXT_HOUR);
    ctxt_set_name(d, "name");
    ctxt_cancel_cause(c, 1, "cause");
    ctxt_err(d);
    ctxt_unref(d);
    ctxt_unref(c);
    check(errno == 12345, 4);
}

static void errno_is_never_disturbed(void **state)
{
    (void)state;
    assert_int_equal(in_child(keep_errno), 0);
}

static ctxt_t *volatile interrupted;

static void ask_in_handler(int signal)
{
    (void)signal;
    static const ctxt_key_t key = {"key"};
    check(ctxt_err(interrupted) == 0, 5);
    check(ctxt_value(interrupted, &key) == NULL, 6);
}

static void record_through_signals(void)
{
    check(ctxt_trace_start() == 0, 2);
    interrupted = ctxt_with_cancel(ctxt_background());
    struct sigaction action = {.sa_handler = ask_in_handler, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval every = {{0, 100}, {0, 100}};
    setitimer(ITIMER_REAL, &every, NULL);
    int64_t until = ctxt_now() + CTXT_SECOND / 2;
    while (ctxt_now() < until) {
        ctxt_t *c = ctxt_with_cancel(interrupted);
        ctxt_set_name(c, "interrupted");
        ctxt_cancel_cause(c, 1, "cause");
        ctxt_unref(c);
    }
    _exit(0);
}

static void signal_handlers_interrupt_recording(void **state)
{
    (void)state;
    assert_int_equal(in_child(record_through_signals), 0);
    assert_int_equal(left_slots(AREA_CONTEXTS), 2);
}

static void *one_context(void *argument)
{
    ctxt_t *c = ctxt_with_cancel(argument);
    ctxt_cancel(c);
    ctxt_unref(c);
    return NULL;
}

static void come_and_go(void)
{
    check(ctxt_trace_start() == 0, 2);
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    pthread_t threads[50];
    for (int round = 0; round < 60; round++) {
        for (int i = 0; i < 50; i++)
            check(pthread_create(&threads[i], NULL, one_context, parent) == 0, 3);
        for (int i = 0; i < 50; i++)
            pthread_join(threads[i], NULL);
    }
    _exit(0);
}

static void threads_come_and_go_by_the_thousand(void **state)
{
    (void)state;
    assert_int_equal(in_child(come_and_go), 0);
    assert_int_equal(left_slots(AREA_CONTEXTS), 2);
    assert_int_equal(left_slots(AREA_TASKS), 1); /* the main thread */
    struct segment_header header = left_header();
    for (int loss = 0; loss < LOSS_COUNT; loss++)
        assert_int_equal(lost(&header, loss), 0);
    assert_true(header.areas[AREA_RINGS].used < 200); /* rings are handed on */
}

static void live_with_a_million(void)
{
    enum { MILLION = 1000000 };
    check(ctxt_trace_start() == 0, 2);
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < MILLION; i++)
        check(ctxt_with_cancel(parent) != NULL, 3);
    _exit(0);
}

static void a_million_live_contexts(void **state)
{
    (void)state;
    assert_int_equal(in_child(live_with_a_million), 0);
    struct segment_header header = left_header();
    assert_int_equal(lost(&header, LOSS_CONTEXTS), 0);
    assert_true(header.areas[AREA_CONTEXTS].used >= 1000002);
}

/* ---- switching on late ---- */

static void start_late(void)
{
    ctxt_t *early[5];
    for (int i = 0; i < 5; i++)
        early[i] = ctxt_with_cancel(ctxt_background());
    check(ctxt_trace_path() == NULL, 2);
    check(ctxt_trace_start() == 0, 3);
    check(ctxt_trace_start() == EALREADY, 4);
    ctxt_cancel(early[0]); /* unrecorded: nothing to write, nothing breaks */
    ctxt_unref(early[0]);
    ctxt_t *child = ctxt_with_cancel(early[1]);
    check(child != NULL, 5);
    _exit(0);
}

static void contexts_made_before_are_counted(void **state)
{
    (void)state;
    assert_int_equal(in_child(start_late), 0);
    assert_int_equal(left_header().unrecorded_contexts, 5);
    assert_int_equal(left_slots(AREA_CONTEXTS), 1);
}

static void environment_table_is_sound(void **state)
{
    (void)state;
    for (const struct environment_variable *v = environment_table; v->name; v++) {
        assert_int_equal(strncmp(v->name, "CTXTRACE", 8), 0);
        assert_true(strlen(v->meaning) > 10);
        assert_true(v->standard >= v->least && v->standard <= v->most);
    }
    setenv("CTXTRACE_FRAMES", "1000", 1);
    assert_int_equal(environment_number("CTXTRACE_FRAMES"), 64);
    setenv("CTXTRACE_FRAMES", "many", 1);
    assert_int_equal(environment_number("CTXTRACE_FRAMES"), 16);
    unsetenv("CTXTRACE_FRAMES");
    assert_int_equal(environment_number("CTXTRACE_FRAMES"), 16);
}

#define in_own_directory(test)                                                                     \
    cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_own_directory(an_exit_with_nothing_alive_removes_the_segment),
        in_own_directory(keep_keeps_it),
        in_own_directory(an_exit_with_something_alive_leaves_it),
        in_own_directory(other_deaths_leave_it),
        in_own_directory(segment_is_private),
        in_own_directory(a_directory_that_others_can_write_is_refused),
        in_own_directory(a_link_is_not_followed),
        in_own_directory(dead_segments_are_pruned),
        in_own_directory(what_may_be_of_a_living_process_is_not_pruned),
        in_own_directory(a_start_looks_at_few_of_many_segments),
        in_own_directory(a_segment_is_made_when_there_is_something_to_record),
        in_own_directory(a_full_file_system_is_a_counted_loss),
        in_own_directory(a_full_table_is_a_counted_loss),
        in_own_directory(a_small_file_size_limit_raises_no_signal),
        in_own_directory(a_small_address_space_is_respected),
        in_own_directory(errno_is_never_disturbed),
        in_own_directory(signal_handlers_interrupt_recording),
        in_own_directory(threads_come_and_go_by_the_thousand),
        in_own_directory(a_million_live_contexts),
        in_own_directory(contexts_made_before_are_counted),
        cmocka_unit_test(environment_table_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
