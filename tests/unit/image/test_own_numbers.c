/* Threads of a process in another PID namespace, by the numbers that it knows them by. */
#include "image/own_numbers.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define THREADS 3

static int to_parent[2], to_child[2];

/* Tells the parent this thread's own number, and that of the thread in the parent's namespace. */
static void *say_who(void *parents_proc)
{
    char link[64] = "";
    int pid, numbers[2] = {(int)syscall(SYS_gettid), 0};
    /* The parent's /proc is still mounted here, and "thread-self" is as it sees this thread. */
    if (readlinkat(*(int *)parents_proc, "thread-self", link, sizeof link - 1) > 0)
        sscanf(link, "%d/task/%d", &pid, &numbers[1]);
    if (write(to_parent[1], numbers, sizeof numbers) != sizeof numbers)
        _exit(1);
    for (;;)
        pause();
}

static void run_child(void)
{
    pthread_t thread;
    char word;
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread, NULL, say_who, &proc);
    if (read(to_child[0], &word, 1) == 1)
        pthread_create(&thread, NULL, say_who, &proc);
    for (;;)
        pause();
}

/* In a namespace of its own, or in ours. 0: nobody may do that here. */
static pid_t start(bool apart)
{
    assert_int_equal(pipe(to_parent), 0);
    assert_int_equal(pipe(to_child), 0);
    pid_t pid = (pid_t)syscall(SYS_clone, (apart ? CLONE_NEWPID : 0) | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        run_child();
    return pid > 0 ? pid : 0;
}

static void stop(pid_t pid, int directory)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(directory);
    for (int i = 0; i < 2; i++) {
        close(to_parent[i]);
        close(to_child[i]);
    }
}

static int directory_of(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", pid);
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(directory >= 0);
    return directory;
}

static void hear(int numbers[2])
{
    assert_int_equal(read(to_parent[0], numbers, 2 * sizeof *numbers), 2 * sizeof *numbers);
    assert_true(numbers[1] > 0);
}

static void a_thread_has_the_number_of_its_namespace(void **state)
{
    (void)state;
    struct own_numbers numbers;
    int heard[THREADS + 1][2];
    pid_t pid = start(true);
    if (!pid)
        skip();
    int directory = directory_of(pid);
    for (int i = 0; i < THREADS; i++)
        hear(heard[i]);
    own_numbers_find(&numbers, directory);
    assert_true(numbers.differ);
    assert_true(numbers.count >= THREADS + 1);      /* a sanitizer has one, too */
    assert_int_equal(write(to_child[1], "", 1), 1); /* one more, which is not in the table */
    hear(heard[THREADS]);
    assert_int_equal(own_numbers_of(&numbers, pid), 1);
    for (int i = 0; i <= THREADS; i++) {
        assert_int_not_equal(heard[i][0], heard[i][1]);
        assert_int_equal(own_numbers_of(&numbers, heard[i][1]), heard[i][0]);
    }
    own_numbers_free(&numbers);
    stop(pid, directory);
}

static void in_the_same_namespace_nothing_is_looked_up(void **state)
{
    (void)state;
    struct own_numbers numbers;
    pid_t pid = start(false);
    assert_int_not_equal(pid, 0);
    int directory = directory_of(pid);
    own_numbers_find(&numbers, directory);
    assert_false(numbers.differ);
    assert_int_equal(numbers.count, 0);
    assert_int_equal(own_numbers_of(&numbers, pid), pid);
    own_numbers_free(&numbers);
    stop(pid, directory);
}

/* A thread that has ended is not another one's number. */
static void a_thread_that_is_gone_keeps_the_number_that_is_known(void **state)
{
    (void)state;
    struct own_numbers numbers;
    pid_t pid = start(true);
    if (!pid)
        skip();
    int directory = directory_of(pid), heard[2];
    for (int i = 0; i < THREADS; i++)
        hear(heard);
    own_numbers_find(&numbers, directory);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(own_numbers_of(&numbers, heard[1]), heard[0]);
    own_numbers_free(&numbers);
    close(directory);
    for (int i = 0; i < 2; i++) {
        close(to_parent[i]);
        close(to_child[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_has_the_number_of_its_namespace),
        cmocka_unit_test(in_the_same_namespace_nothing_is_looked_up),
        cmocka_unit_test(a_thread_that_is_gone_keeps_the_number_that_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
