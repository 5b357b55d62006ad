/* Sleeping, polling, reading and writing until a context ends; the descriptors here are pipes. */
#include "blocked.h"
#include "runtime_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

static int cancel_soon(ctxt_t *context, void *argument)
{
    (void)argument;
    pause_ns(5 * CTXT_MILLISECOND);
    ctxt_cancel(context);
    return 0;
}

/* A context that another task cancels in a moment. */
struct brief {
    ctxt_t *context;
    ctxt_task_t *canceller;
};

static struct brief brief_begin(void)
{
    struct brief brief = {.context = ctxt_with_cancel(ctxt_background())};
    brief.canceller = ctxt_go(brief.context, cancel_soon, NULL);
    return brief;
}

static void brief_end(struct brief *brief)
{
    ctxt_join(ctxt_background(), brief->canceller, NULL);
    ctxt_unref(brief->context);
}

struct pipe_ends {
    int read, write;
};

static struct pipe_ends pipe_new(void)
{
    int fds[2] = {-1, -1};
    assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
    return (struct pipe_ends){fds[0], fds[1]};
}

static void pipe_close(struct pipe_ends *ends)
{
    close(ends->read);
    close(ends->write);
}

static int count_in(const char *directory)
{
    DIR *open = opendir(directory);
    int count = 0;
    while (readdir(open))
        count++;
    closedir(open);
    return count;
}

/* ---- sleeping ---- */

static void sleeping(void **state)
{
    (void)state;
    int64_t before = ctxt_now();
    assert_int_equal(ctxt_sleep(ctxt_background(), 5 * CTXT_MILLISECOND), 0);
    assert_true(ctxt_now() - before >= 5 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_sleep(ctxt_background(), 0), 0);
    assert_int_equal(ctxt_sleep(ctxt_background(), -1), 0);

    struct brief brief = brief_begin();
    assert_int_equal(ctxt_sleep(brief.context, CTXT_NEVER), ECANCELED);
    assert_int_equal(ctxt_sleep(brief.context, CTXT_HOUR), ECANCELED);
    brief_end(&brief);

    ctxt_scope c = ctxt_with_timeout(ctxt_background(), 5 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_sleep(c, CTXT_HOUR), ETIMEDOUT);
}

/* ---- reading and writing ---- */

static void reading(void **state)
{
    (void)state;
    struct pipe_ends ends = pipe_new();
    char buffer[8] = "";
    assert_int_equal(write(ends.write, "abc", 3), 3);
    assert_int_equal(ctxt_read(ctxt_background(), ends.read, buffer, sizeof buffer), 3);
    assert_memory_equal(buffer, "abc", 3);

    struct brief brief = brief_begin();
    errno = 0;
    assert_int_equal(ctxt_read(brief.context, ends.read, buffer, sizeof buffer), -1);
    assert_int_equal(errno, ECANCELED);
    /* What has arrived stays there for somebody else. */
    assert_int_equal(write(ends.write, "d", 1), 1);
    assert_int_equal(ctxt_read(brief.context, ends.read, buffer, sizeof buffer), -1);
    assert_int_equal(ctxt_read(ctxt_background(), ends.read, buffer, sizeof buffer), 1);
    brief_end(&brief);

    close(ends.write);
    assert_int_equal(ctxt_read(ctxt_background(), ends.read, buffer, sizeof buffer), 0);
    close(ends.read);
    assert_int_equal(ctxt_read(ctxt_background(), ends.read, buffer, sizeof buffer), -1);
    assert_int_equal(errno, EBADF);
}

static int write_later(ctxt_t *context, void *argument)
{
    (void)context;
    pause_ns(5 * CTXT_MILLISECOND);
    return (int)write(*(int *)argument, "later", 5);
}

static void reading_waits_for_data(void **state)
{
    (void)state;
    ctxt_t *contexts[] = {ctxt_background(), ctxt_with_cancel(ctxt_background())};
    struct pipe_ends ends = pipe_new();
    for (int i = 0; i < 2; i++) {
        char buffer[8];
        ctxt_task_t *task = ctxt_go(ctxt_background(), write_later, &ends.write);
        assert_int_equal(ctxt_read(contexts[i], ends.read, buffer, sizeof buffer), 5);
        assert_memory_equal(buffer, "later", 5);
        ctxt_join(ctxt_background(), task, NULL);
    }
    ctxt_cancel(contexts[1]);
    ctxt_unref(contexts[1]);
    pipe_close(&ends);
}

static void blocking_descriptors_are_refused(void **state)
{
    (void)state;
    int fds[2];
    char buffer[4] = "";
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    errno = 0;
    assert_int_equal(ctxt_read(ctxt_background(), fds[0], buffer, 4), -1);
    assert_int_equal(errno, EINVAL);
    errno = 0;
    assert_int_equal(ctxt_write(ctxt_background(), fds[1], buffer, 4), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
    close(fds[0]);
    close(fds[1]);
}

static int cancel_when_full(ctxt_t *context, void *argument)
{
    struct pollfd polled = {.fd = *(int *)argument, .events = POLLOUT};
    while (poll(&polled, 1, 0) > 0)
        pause_ns(CTXT_MILLISECOND);
    ctxt_cancel(context);
    return 0;
}

static void partial_progress_is_returned(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    struct pipe_ends ends = pipe_new();
    char *data = malloc(SIZE);
    for (int i = 0; i < SIZE; i++)
        data[i] = (char)(i % 251);
    ctxt_scope c = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *canceller = ctxt_go(c, cancel_when_full, &ends.write);
    errno = 0;
    ssize_t written = ctxt_write_all(c, ends.write, data, SIZE);
    assert_int_equal(errno, ECANCELED);
    assert_true(written > 0 && written < SIZE);
    assert_int_equal(ctxt_write_all(c, ends.write, data, SIZE), -1);
    assert_int_equal(errno, ECANCELED);
    ctxt_join(ctxt_background(), canceller, NULL);
    char *got = malloc(SIZE);
    ssize_t read = 0, more;
    close(ends.write);
    while ((more = ctxt_read(ctxt_background(), ends.read, got + read, SIZE - (size_t)read)) > 0)
        read += more;
    assert_int_equal(read, written);
    assert_memory_equal(got, data, (size_t)read);
    close(ends.read);
    free(data);
    free(got);
}

struct copy {
    int fd;
    size_t size;
    uint64_t sum;
};

static int read_to_the_end(ctxt_t *context, void *argument)
{
    struct copy *copy = argument;
    unsigned char buffer[3000];
    ssize_t count;
    while ((count = ctxt_read(context, copy->fd, buffer, sizeof buffer)) > 0) {
        copy->size += (size_t)count;
        for (ssize_t i = 0; i < count; i++)
            copy->sum += buffer[i];
    }
    return count == 0 ? 0 : errno;
}

static void a_long_write_arrives_whole(void **state)
{
    (void)state;
    enum { SIZE = 3000000 };
    struct pipe_ends ends = pipe_new();
    struct copy copy = {.fd = ends.read};
    unsigned char *data = malloc(SIZE);
    uint64_t sum = 0;
    for (int i = 0; i < SIZE; i++)
        sum += data[i] = (unsigned char)(i * 7);
    ctxt_scope c = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(c, read_to_the_end, &copy);
    assert_int_equal(ctxt_write_all(c, ends.write, data, SIZE), SIZE);
    close(ends.write);
    int result;
    assert_int_equal(ctxt_join(ctxt_background(), task, &result), 0);
    assert_int_equal(result, 0);
    assert_int_equal(copy.size, SIZE);
    assert_int_equal(copy.sum, sum);
    close(ends.read);
    free(data);
}

/* ---- poll ---- */

static void polling(void **state)
{
    (void)state;
    struct pipe_ends ends = pipe_new();
    struct pollfd polled[2] = {{.fd = ends.read, .events = POLLIN},
                               {.fd = ends.write, .events = POLLOUT}};
    assert_int_equal(ctxt_poll(ctxt_background(), polled, 1, 0), 0);
    assert_int_equal(ctxt_poll(ctxt_background(), polled, 2, CTXT_NEVER), 1);
    assert_int_equal(polled[0].revents, 0);
    assert_int_equal(polled[1].revents, POLLOUT);
    int64_t before = ctxt_now();
    assert_int_equal(ctxt_poll(ctxt_background(), polled, 1, 5 * CTXT_MILLISECOND), 0);
    assert_true(ctxt_now() - before >= 5 * CTXT_MILLISECOND);

    struct brief brief = brief_begin();
    errno = 0;
    assert_int_equal(ctxt_poll(brief.context, polled, 1, CTXT_NEVER), -1);
    assert_int_equal(errno, ECANCELED);
    assert_int_equal(ctxt_poll(brief.context, polled, 2, 0), -1);
    assert_int_equal(errno, ECANCELED);
    brief_end(&brief);

    struct pollfd many[40];
    for (int i = 0; i < 40; i++)
        many[i] = polled[0];
    ctxt_scope c = ctxt_with_timeout(ctxt_background(), 5 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_poll(c, many, 40, CTXT_NEVER), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(write(ends.write, "x", 1), 1);
    assert_int_equal(ctxt_poll(ctxt_background(), many, 40, CTXT_NEVER), 40);
    assert_int_equal(many[39].revents, POLLIN);
    assert_int_equal(ctxt_poll(ctxt_background(), NULL, 0, CTXT_MILLISECOND), 0);
    pipe_close(&ends);
}

/* ---- contexts of the program's own making ---- */

static int fd_of(void *self)
{
    return *(int *)self;
}

static int err_of(void *self)
{
    struct pollfd done = {.fd = *(int *)self, .events = POLLIN};
    return poll(&done, 1, 0) > 0 ? ETIMEDOUT : 0;
}

static const ctxt_ops_t own_ops = {.name = "own", .err = err_of, .done_fd = fd_of};

static int end_own(ctxt_t *context, void *argument)
{
    (void)context;
    pause_ns(5 * CTXT_MILLISECOND);
    return eventfd_write(*(int *)argument, 1);
}

static void custom_contexts_end_them(void **state)
{
    (void)state;
    int fd = eventfd(0, EFD_CLOEXEC);
    ctxt_t *custom = ctxt_custom(&own_ops, &fd, NULL);
    struct pipe_ends ends = pipe_new();
    char buffer[4];
    ctxt_task_t *task = ctxt_go(ctxt_background(), end_own, &fd);
    errno = 0;
    assert_int_equal(ctxt_read(custom, ends.read, buffer, sizeof buffer), -1);
    assert_int_equal(errno, ETIMEDOUT);
    ctxt_join(ctxt_background(), task, NULL);

    uint64_t taken;
    assert_int_equal(read(fd, &taken, sizeof taken), sizeof taken);
    task = ctxt_go(ctxt_background(), end_own, &fd);
    assert_int_equal(ctxt_sleep(custom, CTXT_HOUR), ETIMEDOUT);
    ctxt_join(ctxt_background(), task, NULL);
    ctxt_unref(custom);
    close(fd);
    pipe_close(&ends);
}

/* ---- nothing is left, nothing disturbs ---- */

static void nothing_is_left_behind(void **state)
{
    (void)state;
    struct pipe_ends ends = pipe_new();
    char buffer[4];
    int threads = 0, descriptors = 0;
    for (int i = 0; i < 20; i++) {
        if (i == 1) { /* the first round has started the library's own threads */
            pause_ns(50 * CTXT_MILLISECOND);
            threads = count_in("/proc/self/task");
            descriptors = count_in("/proc/self/fd");
        }
        ctxt_t *c = ctxt_with_timeout(ctxt_background(), CTXT_MILLISECOND);
        assert_int_equal(ctxt_read(c, ends.read, buffer, sizeof buffer), -1);
        ctxt_unref(c);
    }
    /* The timers' thread may still be about to let go of the last context. */
    while (count_in("/proc/self/task") > threads || count_in("/proc/self/fd") > descriptors)
        pause_ns(CTXT_MILLISECOND);
    assert_true(fcntl(ends.read, F_GETFL) & O_NONBLOCK);
    pipe_close(&ends);
}

static void no_descriptors_left_is_an_error(void **state)
{
    (void)state;
    struct pipe_ends ends = pipe_new();
    struct rlimit before, none;
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = (rlim_t)ends.write + 1;
    char buffer[4];
    ctxt_scope c = ctxt_with_cancel(ctxt_background());
    setrlimit(RLIMIT_NOFILE, &none);
    errno = 0;
    ssize_t result = ctxt_read(c, ends.read, buffer, sizeof buffer);
    int error = errno;
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(result, -1);
    assert_int_equal(error, EMFILE);
    pipe_close(&ends);
}

static void ignore(int signal)
{
    (void)signal;
}

static _Atomic int pestering;

static int pester(ctxt_t *context, void *argument)
{
    while (ctxt_err(context) == 0 && pestering) {
        pthread_kill(*(pthread_t *)argument, SIGUSR1);
        pause_ns(200 * CTXT_MICROSECOND);
    }
    return 0;
}

static void signals_do_not_end_them(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = ignore}; /* without SA_RESTART */
    sigaction(SIGUSR1, &action, NULL);
    struct pipe_ends ends = pipe_new();
    pthread_t self = pthread_self();
    pestering = 1;
    ctxt_task_t *task = ctxt_go(ctxt_background(), pester, &self);
    char buffer[4];
    ctxt_scope c = ctxt_with_timeout(ctxt_background(), 20 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_read(c, ends.read, buffer, sizeof buffer), -1);
    assert_int_equal(errno, ETIMEDOUT);
    int64_t before = ctxt_now();
    assert_int_equal(ctxt_sleep(ctxt_background(), 20 * CTXT_MILLISECOND), 0);
    assert_int_equal(ctxt_poll(ctxt_background(), NULL, 0, 20 * CTXT_MILLISECOND), 0);
    assert_true(ctxt_now() - before >= 40 * CTXT_MILLISECOND);
    pestering = 0;
    ctxt_join(ctxt_background(), task, NULL);
    pipe_close(&ends);
}

static void misuse_is_reported(void **state)
{
    (void)state;
    char buffer[4];
    expect_misuse();
    assert_int_equal(ctxt_sleep(NULL, 1), EINVAL);
    assert_misuse("the context is NULL");
    assert_int_equal(ctxt_read(NULL, 0, buffer, 4), -1);
    assert_int_equal(errno, EINVAL);
    assert_misuse("the context is NULL");
    assert_int_equal(ctxt_poll(NULL, NULL, 0, 0), -1);
    assert_misuse("the context is NULL");
    end_misuse();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sleeping),
        cmocka_unit_test(reading),
        cmocka_unit_test(reading_waits_for_data),
        cmocka_unit_test(blocking_descriptors_are_refused),
        cmocka_unit_test(partial_progress_is_returned),
        cmocka_unit_test(a_long_write_arrives_whole),
        cmocka_unit_test(polling),
        cmocka_unit_test(custom_contexts_end_them),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(no_descriptors_left_is_an_error),
        cmocka_unit_test(signals_do_not_end_them),
        cmocka_unit_test(misuse_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
