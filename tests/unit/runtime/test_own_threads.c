/* A process whose main thread has left ends with the program's last thread, as it would without us.
 */
#include "blocked.h"
#include "runtime_test.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORK_US = 200000, PATIENCE_SECONDS = 60 };

static int done_pipe[2];

/* Time for others to look between the decision to make a thread and the thread. */
static bool slow_to_start;

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*function)(void *), void *restrict argument)
{
    static __typeof__(pthread_create) *next;
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "pthread_create");
    if (slow_to_start)
        usleep(WORK_US);
    return next(thread, attributes, function, argument);
}

static void say_done(void *unused)
{
    (void)unused;
    usleep(WORK_US);
    if (write(done_pipe[1], "d", 1) != 1)
        _exit(70);
}

static void *work(void *unused)
{
    say_done(unused);
    return NULL;
}

static void keep_threads_of_the_library_waiting(bool with_function)
{
    ctxt_t *late = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    ctxt_t *context = ctxt_with_cancel(late);
    if (!ctxt_after_func(context, say_done, NULL))
        _exit(71);
    if (with_function)
        ctxt_cancel(context);
}

static void start_detached(void *(*function)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, NULL) != 0 || pthread_detach(thread) != 0)
        _exit(72);
}

static void leave_main_to_a_thread(void)
{
    keep_threads_of_the_library_waiting(false);
    start_detached(work);
    pthread_exit(NULL);
}

static void leave_main_to_a_function(void)
{
    keep_threads_of_the_library_waiting(true);
    pthread_exit(NULL);
}

/* ---- a main thread that never calls the library ---- */

static char state_of_main(void)
{
    char text[256], *name_end;
    int file = open("/proc/self/stat", O_RDONLY);
    ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (length <= 0)
        _exit(73);
    close(file);
    text[length] = '\0';
    name_end = strrchr(text, ')');
    return name_end ? name_end[2] : '?';
}

static void *work_with_the_library(void *unused)
{
    keep_threads_of_the_library_waiting(false);
    return work(unused);
}

static void *work_with_the_library_when_main_has_left(void *unused)
{
    while (state_of_main() != 'Z')
        usleep(1000);
    return work_with_the_library(unused);
}

static void leave_main_that_never_calls(void)
{
    start_detached(work_with_the_library);
    pthread_exit(NULL);
}

static void leave_main_before_anybody_calls(void)
{
    start_detached(work_with_the_library_when_main_has_left);
    pthread_exit(NULL);
}

/* The child of a thread that is not the main thread, in a process that has not used the library. */
static void *fork_again(void *unused)
{
    pid_t child = fork();
    int status;
    if (child == 0) {
        alarm(PATIENCE_SECONDS);
        leave_main_before_anybody_calls();
    }
    if (waitpid(child, &status, 0) != child || status != 0)
        _exit(74);
    return unused;
}

static void leave_main_of_a_threads_child(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, fork_again, NULL) != 0 || pthread_join(thread, NULL) != 0)
        _exit(75);
    _exit(0);
}

/* A process whose main thread has left forks: the child's main thread is there. */
static void *fork_when_main_has_left(void *unused)
{
    while (state_of_main() != 'Z')
        usleep(1000);
    pid_t child = fork();
    int status;
    if (child == 0) {
        keep_threads_of_the_library_waiting(false);
        say_done(NULL);
        usleep(WORK_US);
        _exit(5); /* unless somebody has taken it for gone */
    }
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 5)
        _exit(76);
    return unused;
}

static void leave_main_and_fork(void)
{
    start_detached(fork_when_main_has_left);
    pthread_exit(NULL);
}

/* ---- */

/* What cmocka has allocated was known to the main thread only, which is no leak of ours. */
static void skip_the_leak_sanitizer(int status, void *unused)
{
    (void)unused;
    _exit(status);
}

static void assert_ends(void (*leave_main)(void))
{
    if (UNDER_THREAD_SANITIZER) /* which has a thread of its own in each process */
        skip();
    fflush(NULL);
    assert_int_equal(pipe(done_pipe), 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(PATIENCE_SECONDS); /* it would stay for ever */
        on_exit(skip_the_leak_sanitizer, NULL);
        leave_main();
    }
    int status;
    char letter = 0;
    close(done_pipe[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(read(done_pipe[0], &letter, 1), 1); /* not before its work was done */
    close(done_pipe[0]);
}

static void the_last_thread_ends_the_process(void **state)
{
    (void)state;
    assert_ends(leave_main_to_a_thread);
}

static void a_function_of_the_programs_is_waited_for(void **state)
{
    (void)state;
    assert_ends(leave_main_to_a_function);
}

static void main_need_not_have_called_the_library(void **state)
{
    (void)state;
    assert_ends(leave_main_that_never_calls);
    assert_ends(leave_main_before_anybody_calls);
}

/* The first thread of the library's own, and the one that watches, begin when main has left. */
static void leave_main_to_threads_that_start_slowly(void)
{
    start_detached(work_with_the_library_when_main_has_left);
    slow_to_start = true;
    pthread_exit(NULL);
}

static void a_thread_that_is_being_made_is_not_counted(void **state)
{
    (void)state;
    assert_ends(leave_main_to_threads_that_start_slowly);
}

static void main_may_be_a_thread_that_has_forked(void **state)
{
    (void)state;
    assert_ends(leave_main_of_a_threads_child);
    assert_ends(leave_main_and_fork);
}

int main(void)
{
    if (THREAD_SANITIZER)
        return 0; /* there is no last thread; see runtime_test.h */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_thread_ends_the_process),
        cmocka_unit_test(a_function_of_the_programs_is_waited_for),
        cmocka_unit_test(main_need_not_have_called_the_library),
        cmocka_unit_test(a_thread_that_is_being_made_is_not_counted),
        cmocka_unit_test(main_may_be_a_thread_that_has_forked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
