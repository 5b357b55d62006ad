/* A process whose main thread has left ends with the program's last thread, as it would without us.
 */
#include "runtime_test.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORK_US = 200000 };

static int done_pipe[2];

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

/* In a child: what keeps threads of the library's own waiting for ever. */
static void leave_main(bool with_function)
{
    alarm(60); /* it would stay for ever */
    pthread_t thread;
    ctxt_t *late = ctxt_with_timeout(ctxt_background(), CTXT_HOUR);
    ctxt_t *context = ctxt_with_cancel(late);
    if (!ctxt_after_func(context, say_done, NULL))
        _exit(71);
    if (with_function)
        ctxt_cancel(context);
    else if (pthread_create(&thread, NULL, work, NULL) != 0 || pthread_detach(thread) != 0)
        _exit(72);
    pthread_exit(NULL);
}

static void assert_ends(bool with_function)
{
    fflush(NULL);
    assert_int_equal(pipe(done_pipe), 0);
    pid_t child = fork();
    if (child == 0)
        leave_main(with_function);
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
    assert_ends(false);
}

static void a_function_of_the_programs_is_waited_for(void **state)
{
    (void)state;
    assert_ends(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_thread_ends_the_process),
        cmocka_unit_test(a_function_of_the_programs_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
